from __future__ import annotations

from datetime import date

import pytest

from spokes.audiences.profiles.exceptions import ProfileFileRefused
from spokes.audiences.profiles.reading import read_listening, read_openings


def faults_of(read, text, **options):
    with pytest.raises(ProfileFileRefused) as caught:
        read(text, **options)
    return [(fault.line, fault.column) for fault in caught.value.faults]


def test_a_person_counts_once_for_an_artist_however_often_and_however_spelt():
    found = read_listening("person,artist,count\nann,Nas,9\nann,nas,1\nben,NAS,2\n")
    assert found.listeners == {"nas": 2}
    assert found.people == 2
    assert found.spelt == {"nas": "Nas"}


def test_a_person_who_never_listened_is_nobody():
    found = read_listening("person,artist,count\nann,Nas,0\nben,Nas,1\n")
    assert (found.listeners, found.people) == ({"nas": 1}, 1)


def test_the_count_of_a_person_may_be_left_out():
    assert read_listening("user;artist".replace(";", ",") + "\nann,Nas\n").listeners == {"nas": 1}


def test_without_persons_the_count_is_of_listeners():
    found = read_listening("artist,listeners\nNas,30\nOasis,10\n", people=60)
    assert (found.listeners, found.people) == ({"nas": 30, "oasis": 10}, 60)


def test_without_their_number_the_people_are_those_of_the_most_listened_to_artist():
    assert read_listening("artist,count\nNas,30\nOasis,10\n").people == 30


def test_a_mark_at_the_start_quotes_and_blank_lines_do_no_harm():
    text = '\ufeff"Artist","Plays"\r\n\r\n"Earth, Wind & Fire",3\r\n'
    assert list(read_listening(text).spelt.values()) == ["Earth, Wind & Fire"]


def test_every_fault_is_told_with_line_and_column_and_nothing_is_given():
    text = "person,artist,count\nann,,3\nben,Nas,many\ncarl,Nas\n,Nas,-1\n"
    assert faults_of(read_listening, text) == [
        (2, "artist"),
        (3, "count"),
        (4, ""),
        (5, "count"),
        (5, "person"),
    ]


def test_a_fault_says_what_is_there():
    with pytest.raises(ProfileFileRefused, match=r"line 2, column “count”: “3\.5” is no whole"):
        read_listening("artist,count\nNas,3.5\n")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("artist,count\nNas,2\n", "2 listen, but there is only 1 person"),
        ("artist,count\nNas\n", "it has 1 column, but the first row names 2"),
    ],
)
def test_a_fault_counts_one_as_one(text, said):
    with pytest.raises(ProfileFileRefused, match=said):
        read_listening(text, people=1)


def test_more_listeners_than_people_are_a_fault():
    assert faults_of(read_listening, "artist,count\nNas,9\n", people=5) == [(2, "count")]


@pytest.mark.parametrize(
    ("text", "column"),
    [("", "artist"), ("name,plays\nNas,1\n", "artist"), ("artist\nNas\n", "count")],
)
def test_a_missing_column_stops_the_reading_at_once(text, column):
    assert (1, column) in faults_of(read_listening, text)


def test_two_columns_for_one_thing_are_a_fault():
    assert faults_of(read_listening, "artist,count,plays\nNas,1,2\n") == [(1, "plays")]


def test_a_message_tells_ten_faults_and_how_many_more():
    text = "artist,count\n" + "Nas,x\n" * 30
    with pytest.raises(ProfileFileRefused, match="and 20 more") as caught:
        read_listening(text)
    assert len(caught.value.faults) == 30


def test_openings_are_counted_by_the_post_as_the_file_names_it():
    found = read_openings("post,count\nnew-album,3\nnew-album,4\n7,1\nold,0\n")
    assert found.counts == {"new-album": 7, "7": 1}
    assert (found.first, found.last) == (None, None)


def test_a_row_without_a_count_is_one_opening_and_may_say_when():
    text = "link;time\nhttps://a.example/x;2026-03-02T18:30:00Z\nhttps://a.example/x;2026-03-01\n"
    found = read_openings(text)
    assert found.counts == {"https://a.example/x": 2}
    assert (found.first, found.last) == (date(2026, 3, 1), date(2026, 3, 2))


def test_a_listener_counts_once_for_a_post_under_all_its_names():
    found = read_openings("post,listener,count\na,ann,9\na,ann,1\nb,ann,\na,ben,2\nb,carl,0\n")
    assert (found.counts, found.references) == ({}, ["a", "b"])
    assert (found.of(["a"]), found.of(["b"]), found.of(["a", "b"])) == (2, 1, 2)


def test_faults_of_openings_are_told_with_line_and_column():
    text = "post,count,time\n,1,\na,many,\nb,2,last week\n" + "x" * 1001 + ",1,\n"
    assert faults_of(read_openings, text) == [
        (2, "post"),
        (3, "count"),
        (4, "time"),
        (5, "post"),
    ]
    assert faults_of(read_openings, "listener,post\n,a\n") == [(2, "listener")]
    assert (1, "post") in faults_of(read_openings, "title,count\na,1\n")

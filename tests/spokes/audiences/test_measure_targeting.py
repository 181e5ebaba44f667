from __future__ import annotations

import pytest
from django.db import transaction

from content.measured import write_figures
from spokes.audiences.measuring.figures import Crowd, Figures, lift_at, matched_by_popularity
from spokes.audiences.measuring.house import build_house, followers_by_rank, followers_by_share
from spokes.audiences.measuring.listens import (
    UnreadableListens,
    read_listens,
    shuffle_hidden,
    split_listens,
)
from spokes.audiences.measuring.run import FIT, FLOORS, Setting, measure
from spokes.audiences.measuring.words import HEADING, MARK, lines, markdown
from tests.spokes.audiences.town import HEARD, USERS, write_town

RAP, POP = ("genre", 1), ("genre", 2)


@pytest.fixture
def folder(tmp_path):
    return write_town(tmp_path)


@pytest.fixture
def listens(folder):
    return read_listens(folder)


@pytest.fixture(scope="module")
def built(django_db_setup, django_db_blocker, tmp_path_factory):
    """Build the house once for all tests of this file; what one changes is rolled back."""
    folder = write_town(tmp_path_factory.mktemp("town"))
    with django_db_blocker.unblock(), transaction.atomic():
        yield build_house(read_listens(folder))
        transaction.set_rollback(True)


@pytest.fixture
def house(built, db):
    return built


def at(measured, floor):
    return measured.all_posts[Setting(FIT, floor)]


def test_no_artist_is_both_known_and_hidden(listens):
    for by in ("user", "artist"):
        halves = split_listens(listens, by=by, seed=1)
        for user, heard in listens.heard.items():
            assert halves.known[user] | halves.hidden[user] == heard
            assert not halves.known[user] & halves.hidden[user]


def test_a_split_by_artist_hides_an_artist_from_everybody(listens):
    halves = split_listens(listens, by="artist", seed=1)
    known = set().union(*halves.known.values())
    assert not known & set().union(*halves.hidden.values())


def test_fans_get_what_was_hidden_and_it_is_routed_as_the_scores_say(house, listens):
    measured = measure(house, listens, split="user", spokes=2, seeds=[1, 2], checked_floor=0.6)
    assert at(measured, 0.5).lift > 1.3
    assert at(measured, 0.5).reached > 0.7
    assert at(measured, 0.5).on_taste == 1


def test_what_nobody_is_known_to_hear_finds_its_people_by_what_it_is(house, listens):
    measured = measure(house, listens, split="artist", spokes=2, seeds=[1])
    assert measured.cold_posts == measured.posts
    assert at(measured, 0.5).lift > 1.3


def test_nothing_looks_at_the_hidden_half(house, listens):
    measured = measure(house, listens, split="user", spokes=2, seeds=range(4), shuffled=True)
    assert at(measured, 0.5).lift == pytest.approx(1, abs=0.1)


def test_shuffling_leaves_what_is_known_and_how_much_is_hidden(listens):
    halves = split_listens(listens, by="user", seed=1)
    shuffled = shuffle_hidden(halves, seed=1)
    assert shuffled.known == halves.known
    assert shuffled.hidden != halves.hidden
    assert {u: len(a) for u, a in shuffled.hidden.items()} == {
        u: len(a) for u, a in halves.hidden.items()
    }


def test_figures_count_hits_against_broadcasting():
    marks, hearing = {"one": [RAP, POP], "two": [POP]}, {RAP: "a", POP: "b"}
    crowd = Crowd("abcd", {"one": "a", "two": "b"}, marks, hearing)
    ranked = {"one": [(0.9, 0)], "two": [(0.2, 0)]}
    found = crowd.curve([crowd.mask("ab")], ranked, (0.1, 0.5), ["one", "two"], as_if={})
    # one hit in two deliveries, where everybody getting everything is two in eight
    assert (found[0.5].lift, found[0.5].reached, found[0.5].deliveries) == (2.0, 0.5, 0.5)
    assert (found[0.5].on_taste, found[0.5].off_taste) == (1.0, 0.0)
    # the lower floor takes both
    assert (found[0.1].lift, found[0.1].reached, found[0.1].off_taste) == (2.0, 1.0, 0.25)


def test_a_listener_of_two_spokes_gets_a_post_once():
    crowd = Crowd("ab", {"one": "a"}, {"one": [RAP]}, {RAP: "a"})
    masks, ranked = [crowd.mask("ab"), crowd.mask("b")], {"one": [(0.9, 1), (0.9, 0)]}
    found = crowd.curve(masks, ranked, (0.5,), ["one"], as_if={})[0.5]
    assert (found.lift, found.deliveries, found.off_taste) == (1.0, 1.0, 0.5)


def test_the_lift_at_a_reach_mixes_the_deliveries_of_two_floors():
    curve = [Figures(lift, reached, 1, 0, 0) for lift, reached in ((8, 0.2), (4, 0.4), (2, 0.8))]
    assert lift_at(curve, 0.4) == 4
    # 0.1 of all deliveries at the one, 0.4 at the other: 0.25 between them
    assert lift_at(curve, 0.6) == pytest.approx(0.6 / 0.25)
    assert lift_at(curve, 0.1) == 8
    assert lift_at(curve, 0.9) is None


def test_listeners_follow_what_is_most_theirs():
    tastes = {"ann": {1: 0.5, 2: 0.3, 3: 0.2}, "bob": {1: 0.9}, "cat": {}}
    assert followers_by_rank(tastes, [1, 2, 3], 2) == {1: {"bob"}, 2: {"ann"}, 3: {"ann"}}
    assert followers_by_share(tastes, [1, 2], 0.4) == {1: {"ann", "bob"}, 2: frozenset()}


def test_the_control_takes_the_routing_of_one_as_popular():
    popularity = {"a": 0, "b": 0, "c": 9, "d": 9}
    swapped = matched_by_popularity(popularity, popularity.__getitem__, seed=1)
    assert sorted(swapped.values()) == sorted(popularity)
    assert all(popularity[post] == popularity[other] for post, other in swapped.items())


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(UnreadableListens, match=r"user_artists\.dat"):
        read_listens(tmp_path)


def test_a_short_row_is_named(folder):
    with (folder / "user_artists.dat").open("a") as file:
        file.write("7\n")
    with pytest.raises(UnreadableListens, match=f"line {USERS * HEARD + 2}"):
        read_listens(folder)


def test_other_ends_of_line_marks_and_names_of_columns_are_read(folder):
    before = read_listens(folder)
    for name, head, other in (
        ("user_artists.dat", "userID\tartistID", "user_id\tartist_id"),
        ("tags.dat", "tagID\ttagValue", "id\ttag_value"),
    ):
        text = (folder / name).read_text().replace(head, other).replace("\n", "\r\n")
        (folder / name).write_bytes(text.encode("utf-8-sig"))
    after = read_listens(folder)
    assert (after.heard, after.tagged) == (before.heard, before.tagged)
    assert not after.notes


def test_tags_in_latin_1_are_read(folder):
    with (folder / "tags.dat").open("ab") as file:
        file.write("99\tpós-punk\n".encode("latin-1"))
    assert "pós-punk" in read_listens(folder).tags.values()


def test_a_column_that_is_not_there_is_named(folder):
    path = folder / "user_artists.dat"
    path.write_text(path.read_text().replace("\t", ","))
    with pytest.raises(UnreadableListens, match=r"user_artists\.dat, line 1: .* userID"):
        read_listens(folder)


def test_an_id_that_is_nobodys_is_left_out_and_noted(folder):
    before = read_listens(folder)
    with (folder / "user_artists.dat").open("a") as file:
        file.write("0\t777\t1\n0\t778\t1\n")
    after = read_listens(folder)
    assert after.heard == before.heard
    line = USERS * HEARD + 2
    assert len(after.notes) == 1
    assert f"user_artists.dat, line {line}: there is no “777”" in after.notes[0]
    assert "2 such rows" in after.notes[0]


def test_a_folder_in_which_nobody_hears_anything_is_refused(folder):
    (folder / "user_artists.dat").write_text("userID\tartistID\tweight\n")
    with pytest.raises(UnreadableListens, match="Nobody"):
        read_listens(folder)


def test_the_two_parts_share_no_listener(folder):
    even, odd = (set(read_listens(folder, part=part).heard) for part in ("even", "odd"))
    assert not even & odd
    assert len(even | odd) == USERS


def test_the_page_keeps_what_others_wrote(house, listens, tmp_path):
    measured = [measure(house, listens, split="user", spokes=2, seeds=[1])]
    page = tmp_path / "targeting.md"
    page.write_text("# Targeting\n\nOther words.\n")
    for _ in range(2):
        write_figures(markdown(measured), mark=MARK, heading=HEADING, page=page)
    text = page.read_text()
    assert text.startswith("# Targeting\n\nOther words.")
    assert text.count("### Half of each listener's artists hidden, 2 spokes") == 1
    assert sum(line.startswith("| 0.") for line in text.splitlines()) == 2 * len(FLOORS)
    assert "| whatever fits | " in text
    assert any("2 spokes" in line for line in lines(measured))

"""What is warned of in an expression that can be read."""

from __future__ import annotations

import pytest

from spokes.audiences.actions import save_audience
from spokes.audiences.language import check


def warned(text):
    checked = check(text)
    assert checked.errors == ()
    return [(warning.code, text[warning.start : warning.end]) for warning in checked.warnings]


@pytest.mark.parametrize(
    ("text", "code", "piece"),
    [
        ("kind:tour AND kind:video", "contradiction", "kind:video"),
        ("explicit:yes AND explicit:no", "contradiction", "explicit:no"),
        ("lang:pt AND lang:de", "contradiction", "lang:de"),
        ("year:>2020 AND year:<2020", "contradiction", "year:<2020"),
        ("kind:tour AND NOT kind:tour", "contradiction", "kind:tour"),
        ("lang:pt-BR AND NOT lang:pt", "contradiction", "lang:pt"),
        ("year:2020 AND NOT year:>=2019", "contradiction", "year:>=2019"),
        ("tag:festival* AND NOT tag:fest*", "contradiction", "tag:fest*"),
        ("genre:trap AND NOT genre:hip-hop", "contradiction", "genre:hip-hop"),
        ("genre:(trap AND NOT hip-hop)", "contradiction", "hip-hop"),
    ],
)
def test_what_can_never_hold_is_marked(make_genre, make_tag, text, code, piece):
    make_genre("Trap", make_genre("Hip Hop", make_genre("Music")))
    make_tag("festival")
    assert set(warned(text)) == {(code, piece), ("matches_nothing", text)}


@pytest.mark.parametrize(
    "text",
    [
        "priority:>=1",
        "explicit:yes OR explicit:no",
        "kind:tour OR priority:<=5",
        "priority:<=3 OR priority:>2",
        "kind:(release OR interview OR tour OR playlist OR feature OR video)",
    ],
)
def test_what_every_post_matches_is_said(db, text):
    assert warned(text) == [("matches_everything", text)]


@pytest.mark.parametrize(
    "text",
    [
        "genre:trap AND genre:hip-hop",
        "genre:hip-hop AND NOT genre:trap",
        "lang:pt AND lang:pt-BR",
        "market:DE AND market:US",
        "year:>=2020 AND year:<=2020",
        "year:<=9999",
        "tag:uk OR tag:festival",
        "kind:tour OR kind:video",
    ],
)
def test_what_may_be_meant_is_left_in_peace(make_genre, make_tag, text):
    make_genre("Trap", make_genre("Hip Hop", make_genre("Music")))
    make_tag("uk"), make_tag("festival")
    assert warned(text) == []


def test_a_part_that_never_holds_does_not_spoil_the_whole(db):
    text = "lang:en OR (kind:tour AND kind:video)"
    assert warned(text) == [("contradiction", "kind:video")]


def test_what_stands_twice_is_marked_once(db):
    assert warned("kind:tour OR lang:en OR kind:tour") == [("said_twice", "kind:tour")]


def test_a_beginning_that_no_tag_has_is_marked(make_tag):
    make_tag("festival")
    assert warned("tag:fest* OR tag:xyz*") == [("no_tag_begins_so", "tag:xyz*")]


def test_an_audience_that_never_holds_makes_a_whole_that_never_holds(db):
    save_audience(name="Nobody", expression="kind:tour AND kind:video")
    text = "audience:nobody AND lang:en"
    assert warned(text) == [("matches_nothing", text)]


def test_a_check_gives_the_canonical_text(db):
    checked = check(" (kind:TOUR)  OR(kind:video) ")
    assert checked.expression
    assert checked.formatted == "kind:(tour OR video)"


@pytest.mark.parametrize("text", ["", "(", "tag:x", "\x00", "NOT explicit:yes", "a" * 8001])
def test_a_check_of_what_cannot_be_read_gives_errors_alone(db, text):
    checked = check(text)
    assert checked.errors
    assert (checked.expression, checked.warnings, checked.formatted) == (None, (), "")

"""Words that stand alone are read for what they were meant to be, by the names that there are."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from spokes.audiences.language import check, guess


@pytest.fixture
def names(make_genre, make_tag, make_artist) -> None:
    hop = make_genre("Hip Hop")
    for name in ("Trap", "Drill"):
        make_genre(name, hop)
    make_genre("Drum and Bass")
    make_tag("Festival")
    make_tag("Drill")
    make_artist("Four Tet", hop)


def meant(text: str) -> list[str]:
    """Give what the first words without a field may have meant, in place of them."""
    error = next(error for error in check(text).errors if error.code == "bare_word")
    found = guess(text, error)
    return [text[: found.start] + said + text[found.end :] for said in found.texts] if found else []


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("trap", "genre:trap"),
        ("festival", "tag:festival"),
        ("four tet", 'artist:"four tet"'),
        ("drum and bass", 'genre:"drum and bass"'),
        ("trap or drill", "genre:trap OR genre:drill"),
        ("trap, drill", "genre:trap OR genre:drill"),
        ("trap festival", "genre:trap AND tag:festival"),
        ("explicit", "explicit:yes"),
        ("not explicit", "explicit:no"),
        ("trap without festival", "genre:trap AND NOT tag:festival"),
        ("trap since 2020", "genre:trap AND year:>=2020"),
        ("genre:hip hop", 'genre:"hip hop"'),
        ("genre:hip hop festival", 'genre:"hip hop" AND tag:festival'),
        ("genre:trap, drill", "genre:trap OR genre:drill"),
        ("genre:trap or drill but clean", "(genre:trap OR genre:drill) AND explicit:no"),
        ("kind:tour AND trap or drill", "kind:tour AND (genre:trap OR genre:drill)"),
        ("year:after 2020", "year:>2020"),
    ],
)
def test_the_likeliest_is_offered_and_can_be_read(names, text: str, first: str) -> None:
    assert meant(text)[0] == first
    assert not check(first).errors


def test_a_whole_sentence_becomes_one_expression_with_one_fault(names) -> None:
    text = "people who like trap or drill, but nothing explicit, released after 2020"
    said = "(genre:trap OR genre:drill) AND explicit:no AND year:>2020"
    assert meant(text) == [said]
    [error] = check(text).errors
    assert error.hint == f"Did you mean {said}?"


@pytest.mark.parametrize(
    ("text", "unread"),
    [
        ("people who like trap or drill, but no interviews", "interviews"),
        ("trap interviews and quizzes", "interviews, quizzes"),
        ("genre:trap but no interviews", "interviews"),
        ("trap in english", "english"),
        ("trap for everyone", ""),
        ("whoever adores trap music, and the fans of drill", ""),
    ],
)
def test_a_word_that_nobody_is_called_is_not_left_out_in_silence(names, text, unread) -> None:
    [error] = check(text).errors
    _, left_out, words = error.hint.partition(" Left out, for nothing here has such a name: ")
    assert words == (f"{unread}." if left_out else unread)


@pytest.mark.parametrize("text", ["everyone", "all posts", "people who like anything"])
def test_who_wants_everybody_needs_no_audience(names, text: str) -> None:
    [error] = check(text).errors
    assert error.hint == "For every post, leave the channel without an audience."


def test_a_tag_for_everyone_is_a_tag(names, make_tag) -> None:
    make_tag("Everyone")
    assert meant("everyone") == ["tag:everyone"]


def test_a_name_of_several_kinds_is_offered_as_each(names) -> None:
    assert meant("drill") == ["genre:drill", "tag:drill"]


@pytest.mark.parametrize("text", ["vaporwave", "salt and pepper", "people who like nothing"])
def test_what_nobody_is_called_is_not_guessed(names, text: str) -> None:
    assert meant(text) == []
    [error] = check(text).errors
    assert error.hint.startswith("Write tag:")


def test_a_long_text_of_loose_words_asks_the_database_as_little(names) -> None:
    def queries(text: str) -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            check(text)
        return len(asked)

    assert queries("trap drill " * 400) == queries("trap drill")
    assert queries("kind:tour AND trap AND " * 90 + "trap") < 60


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("year:2021-2024", "Write year:2021..2024."),
        ("year:2021–2024", "Write 2021..2024."),
        ("year:2020+", "Write >=2020."),
        ("year:>2019!", 'Write ">2019!".'),
        ("lang:english", "Did you mean lang:en?"),
        ("market:France", "Did you mean market:FR?"),
        ("kind:releases", "Did you mean kind:release?"),
        ("released:>2020", "Did you mean year:?"),
        ("country:DE", "Did you mean market:?"),
        ("genre=trap", "Write genre:trap."),
        (
            "genre:trap|drill",
            'Write (trap OR drill) for any of them, or "trap|drill" if it is one name.',
        ),
    ],
)
def test_other_habits_are_answered_with_what_was_meant(names, text: str, hint: str) -> None:
    assert [error.hint for error in check(text).errors] == [hint]

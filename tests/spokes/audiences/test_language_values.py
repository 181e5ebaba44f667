"""Numbers that compare, lists of values, and tags by how they begin."""

from __future__ import annotations

from datetime import date

import pytest

from content.catalogue.models import Track
from content.editorial.models import Post
from spokes.audiences.facts import facts_of
from spokes.audiences.language import (
    And,
    Not,
    Or,
    Prefix,
    Range,
    Term,
    format_expression,
    parse,
    predicate,
    query,
)


@pytest.fixture
def takes():
    """Ask both back ends whether the expression takes the post; they must agree."""

    def ask(expression, post):
        tree = parse(expression)
        in_memory = predicate(tree)(facts_of(post))
        assert Post.objects.filter(query(tree), pk=post.pk).exists() is in_memory
        return in_memory

    return ask


@pytest.fixture
def genres(make_genre):
    music = make_genre("Music")
    rap = make_genre("Hip Hop", music)
    return {name: make_genre(name, rap) for name in ("Trap", "Drill", "Grime")}


# --- numbers ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "least", "most", "canonical"),
    [
        ("priority:3", 3, 3, "priority:3"),
        ("priority:=3", 3, 3, "priority:3"),
        ("priority:>3", 4, None, "priority:>3"),
        ("priority:>=3", 3, None, "priority:>=3"),
        ("priority:≥3", 3, None, "priority:>=3"),
        ("priority:<3", None, 2, "priority:<3"),
        ("priority:≤3", None, 3, "priority:<=3"),
        ("priority:2..4", 2, 4, "priority:2..4"),
        ("priority:2..", 2, None, "priority:>=2"),
        ("priority:..4", None, 4, "priority:<=4"),
        ("priority:4..4", 4, 4, "priority:4"),
        ('year:">=2020"', 2020, None, "year:>=2020"),
    ],
)
def test_numbers_are_compared(db, text, least, most, canonical):
    term = parse(text)
    assert isinstance(term, Term)
    assert term.value == Range(least, most)
    assert format_expression(term) == canonical
    assert parse(canonical) == term


@pytest.mark.parametrize(
    ("text", "code", "piece"),
    [
        ("year:soon", "bad_number", "soon"),
        ("year:20*", "bad_number", "20*"),
        ("year:>", "bad_number", ">"),
        ("year:..", "bad_number", ".."),
        ("year:=>2020", "bad_number", "=>2020"),
        ("year:12345", "bad_number", "12345"),
        ("year:-5", "bad_number", "-5"),
        ("year:0", "number_out_of_range", "0"),
        ("priority:6", "number_out_of_range", "6"),
        ("priority:>5", "empty_range", ">5"),
        ("priority:<1", "empty_range", "<1"),
        ("year:2000..1990", "empty_range", "2000..1990"),
        ("year:> 2020", "space_at_colon", "year:> 2020"),
        ("year>2020", "bare_word", "year>2020"),
        ("year > 2020", "bare_word", "year > 2020"),
        ("genre:>2020", "no_comparison", ">2020"),
        ("kind:1..3", "no_comparison", "1..3"),
        ("genre:tra*", "no_wildcard", "tra*"),
        ("tag:*", "lone_wildcard", "*"),
        ("tag:f**", "needs_quotes", "f**"),
        ("tag:*fest", "needs_quotes", "*fest"),
    ],
)
def test_a_faulty_value_is_one_error_at_its_place(faults, text, code, piece):
    assert faults(text) == [(code, piece)]


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("year>2020", "Write year:>2020."),
        ("yeer > 2020", "Write year:>2020."),
        ("priority>=4", "Write priority:>=4."),
        ("year:> 2020", "Write year:>2020."),
        ("year:soon", "Write year:2020, year:>=2020 or year:<2020."),
        ("year:2000..1990", "Write 1990..2000."),
        ("genre:>2020", "What can be compared: year, priority."),
        ("artist:M*", 'Leave the * out; or write "M*" if it belongs to the name.'),
    ],
)
def test_a_hint_says_how_the_value_is_written(hints, text, hint):
    assert hints(text) == [hint]


@pytest.mark.parametrize(
    ("expression", "priority", "taken"),
    [
        ("priority:>=3", 3, True),
        ("priority:>3", 3, False),
        ("priority:<3", 2, True),
        ("priority:2..4", 5, False),
        ("priority:(1 OR 5)", 5, True),
    ],
)
def test_a_priority_is_compared(takes, make_post, expression, priority, taken):
    assert takes(expression, make_post(priority=priority)) is taken


def test_the_year_is_that_of_the_day_it_happens_on(takes, make_post, make_artist):
    post = make_post(happens_on=date(2024, 12, 31))
    post.tracks.add(Track.objects.create(artist=make_artist("A"), title="T", released="1999"))
    assert takes("year:2024", post)
    assert takes("year:>=2024", post)
    assert takes("year:<=2024", post)
    assert not takes("year:>2024", post)
    assert not takes("year:1999", post)


@pytest.mark.parametrize("released", ["2019", "2019-11", "2019-12-31"])
def test_without_a_day_the_year_is_that_of_the_newest_track(
    takes, make_post, make_artist, released
):
    post, artist = make_post(), make_artist("A")
    for title, day in [("Old", "1999-01-01"), ("New", released), ("Unknown", "")]:
        post.tracks.add(Track.objects.create(artist=artist, title=title, key=title, released=day))
    assert takes("year:2019", post)
    assert takes("year:2018..2020", post)
    assert not takes("year:1999", post)
    assert not takes("year:<2019", post)
    assert not takes("year:>2019", post)


def test_of_a_post_without_a_year_no_comparison_holds(takes, make_post):
    post = make_post()
    assert not takes("year:>=1", post)
    assert not takes("year:<2020", post)
    assert takes("explicit:no AND NOT year:>2020", post)


def test_the_first_and_the_last_year_are_read(takes, make_post):
    assert takes("year:>=1", make_post(happens_on=date(1, 1, 1)))
    assert takes("year:<=9999", make_post(happens_on=date(9999, 12, 31)))


# --- lists ------------------------------------------------------------------------------------


def test_a_list_is_the_same_as_its_terms_one_by_one(genres):
    assert parse("genre:(trap OR drill)") == parse("genre:trap OR genre:drill")
    nested = parse("genre:(trap AND NOT (drill OR grime))")
    assert isinstance(nested, And)
    trap, other = nested.operands
    assert isinstance(trap, Term)
    assert isinstance(other, Not)
    assert isinstance(other.operand, Or)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("genre:trap OR genre:drill", "genre:(trap OR drill)"),
        ("genre:( trap   OR (drill) )", "genre:(trap OR drill)"),
        ("genre:(trap)", "genre:trap"),
        ("NOT NOT genre:(trap OR drill)", "NOT NOT genre:(trap OR drill)"),
        ("genre:(trap AND NOT drill)", "genre:(trap AND NOT drill)"),
        ("kind:tour AND (genre:trap OR genre:drill)", "kind:tour AND genre:(trap OR drill)"),
        ("genre:((trap AND drill) OR grime)", "genre:((trap AND drill) OR grime)"),
        ("(genre:trap AND kind:tour) OR genre:drill", "(genre:trap AND kind:tour) OR genre:drill"),
        ("year:(2019 OR >2021)", "year:(2019 OR >2021)"),
    ],
)
def test_values_of_one_field_are_written_as_a_list(genres, text, canonical):
    assert format_expression(parse(text)) == canonical
    assert parse(canonical) == parse(text)


def test_a_value_that_is_called_like_an_operator_is_quoted_in_a_list(make_tag):
    for name in ("and", "uk"):
        make_tag(name)
    text = 'tag:("and" OR uk)'
    assert format_expression(parse("tag:and OR tag:uk")) == text
    assert format_expression(parse(text)) == text


def test_a_value_in_a_list_knows_where_it_stood(genres):
    tree = parse("kind:tour AND genre:(trap OR drill)")
    assert isinstance(tree, And)
    group = tree.operands[1]
    assert isinstance(group, Or)
    assert [(term.start, term.end) for term in group.operands] == [(21, 25), (29, 34)]


@pytest.mark.parametrize(
    ("text", "code", "piece"),
    [
        ("genre:()", "empty_group", "genre:()"),
        ("genre:(trap", "unclosed_parenthesis", "genre:("),
        ("genre:(trap drill)", "missing_operator", "trap drill"),
        ("genre:(trap or drill)", "missing_operator", "trap or drill"),
        ("genre:(trap AND drill OR grime)", "mixed_operators", "trap AND drill OR grime"),
        ("genre:(trap OR tag:uk)", "field_in_list", "tag:"),
        ("genre:(trap OR NOT drill)", "only_negative", "genre:(trap OR NOT drill)"),
        ("genre:(trap OR vaporwave)", "unknown_genre", "vaporwave"),
        ("genre: (trap)", "space_at_colon", "genre: ("),
        ("gener:(trap OR drill)", "unknown_field", "gener"),
        (":(trap)", "lone_colon", ":"),
        ("genre:(d&b)", "needs_quotes", "d&b"),
    ],
)
def test_one_fault_of_a_list_is_one_error(genres, make_tag, faults, text, code, piece):
    make_tag("uk")
    assert faults(text) == [(code, piece)]


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("genre:(trap drill)", 'Write "trap drill" if it is one name, or trap OR drill.'),
        ("genre:(trap and drill)", 'Write "trap and drill" if it is one name, or trap AND drill.'),
        (
            "genre:(trap AND drill OR grime)",
            "Write (trap AND drill) OR grime or trap AND (drill OR grime).",
        ),
        ("gener:(trap)", "Did you mean genre:?"),
    ],
)
def test_a_hint_puts_the_list_right(genres, hints, text, hint):
    assert hints(text) == [hint]


# --- beginnings of tags -------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["tag:fest*", "tag:Fest*", 'tag:"fest*"', "tag:FÉST*"])
def test_a_tag_is_named_by_how_it_begins(db, text):
    term = parse(text)
    assert isinstance(term, Term)
    assert term.value == Prefix("fest")


def test_a_beginning_of_several_words_stands_in_quotes(db):
    text = 'tag:"uk gar*"'
    assert format_expression(parse(text)) == text
    assert parse(text).value == Prefix("ukgar")


def test_a_beginning_takes_the_tags_that_come_later_too(takes, make_post, make_tag):
    tree = parse("tag:fest*")
    wanted, condition = predicate(tree), query(tree)
    later = make_post(tags=[make_tag("Festival season")])
    other = make_post(tags=[make_tag("A festival")])
    assert wanted(facts_of(later))
    assert not wanted(facts_of(other))
    assert list(Post.objects.filter(condition)) == [later]


def test_signs_do_not_matter_in_a_beginning(takes, make_post, make_tag):

    assert takes("tag:f-e_s*", make_post(tags=[make_tag("festival")]))

"""The expression language reads what is right and says all that is wrong, where, at once."""

from __future__ import annotations

import pytest

from spokes.audiences.language import (
    And,
    ExpressionErrors,
    Not,
    Or,
    Term,
    format_expression,
    parse,
    parse_many,
    predicate,
)
from spokes.audiences.language.errors import ExpressionError


@pytest.fixture
def names(make_genre, make_artist, make_tag, make_alias):
    """A few names that expressions may use."""
    music = make_genre("Music")
    for name in ("Hip Hop", "Drum and Bass", "Techno", "Trip Hop", "日本語ロック"):
        make_genre(name, music)
    for name in ("uk", "festival", "AND"):
        make_tag(name)
    for name in ("Four Tet", 'The "Quoted" \\ One', "!!!"):
        make_artist(name)


def test_a_whole_expression_becomes_a_tree(names):
    tree = parse("genre:hip-hop AND (tag:uk OR tag:festival) AND NOT explicit:yes")
    assert isinstance(tree, And)
    genre, tags, explicit = tree.operands
    assert isinstance(genre, Term)
    assert genre.name == "Hip Hop"
    assert isinstance(tags, Or)
    assert isinstance(explicit, Not)


def test_a_tree_knows_where_it_stood():
    tree = parse(" (kind:tour OR NOT kind:video) AND lang:de")
    assert isinstance(tree, And)
    group, lang = tree.operands
    assert (tree.start, tree.end) == (1, 42)
    assert (group.start, group.end) == (2, 29)
    assert (lang.start, lang.end) == (35, 42)


def test_trees_are_equal_wherever_they_stood():
    assert parse("kind:tour AND lang:de") == parse("  ( kind:tour )\nAND\tlang:de")


@pytest.mark.parametrize(
    "value",
    ["hip-hop", '"Hip Hop"', "HIPHOP", "hip_hop", '"hip hop"'],
)
def test_a_genre_is_named_in_any_spelling(names, value):
    term = parse(f"genre:{value}")
    assert isinstance(term, Term)
    assert term.name == "Hip Hop"


def test_a_genre_is_named_by_an_alias(make_genre, make_alias):
    genre = make_genre("Drum and Bass")
    make_alias("dnb", genre)
    term = parse("genre:DnB")
    assert isinstance(term, Term)
    assert term.value == {genre.pk}


def test_the_name_of_a_genre_goes_over_the_alias_of_another(make_genre, make_alias):
    make_alias("club", make_genre("House"))
    club = make_genre("Clubs")
    club.slug = "club"
    club.save()
    term = parse("genre:club")
    assert isinstance(term, Term)
    assert term.value == {club.pk}


def test_names_stand_in_any_script(names):
    assert format_expression(parse("genre:日本語ロック")) == "genre:日本語ロック"


def test_a_name_of_signs_stands_in_quotes(names):
    term = parse('artist:"!!!"')
    assert isinstance(term, Term)
    assert term.name == "!!!"


def test_quotes_and_backslashes_in_a_name_are_escaped(names):
    text = r'artist:"The \"Quoted\" \\ One"'
    term = parse(text)
    assert isinstance(term, Term)
    assert term.text == 'The "Quoted" \\ One'
    assert format_expression(term) == text


def test_a_slug_names_one_artist_and_a_name_all_who_bear_it(make_artist):
    first = make_artist("Nirvana")
    second = make_artist("Nirvana 2")
    second.name, second.key = "Nirvana", first.key
    second.save()
    by_name, by_slug = parse('artist:"Nirvana"'), parse("artist:nirvana-2")
    assert isinstance(by_name, Term)
    assert isinstance(by_slug, Term)
    assert by_name.value == {first.pk, second.pk}
    assert by_slug.value == {second.pk}


def test_an_operators_word_may_be_a_value(names):
    assert format_expression(parse("tag:AND")) == "tag:AND"


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("kind:TOUR", "kind:tour"),
        ("lang:PT-br", "lang:pt-BR"),
        ("lang:zh-hant-tw", "lang:zh-Hant-TW"),
        ("market:de", "market:DE"),
        ("explicit:No", "explicit:no"),
        ("((kind:tour))", "kind:tour"),
        ("(kind:tour AND lang:de) AND market:DE", "(kind:tour AND lang:de) AND market:DE"),
        ("NOT (NOT kind:tour)", "NOT NOT kind:tour"),
        ("kind:tour\n  AND NOT(lang:de OR lang:fr)", "kind:tour AND NOT lang:(de OR fr)"),
    ],
)
def test_the_canonical_text_is_written(db, text, canonical):
    assert format_expression(parse(text)) == canonical


# --- one fault each ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "code", "piece"),
    [
        ("", "empty_expression", ""),
        (" \n ", "empty_expression", " \n "),
        ("()", "empty_group", "()"),
        ("kind:tour AND ( )", "empty_group", "( )"),
        ("festival", "bare_word", "festival"),
        ("big festival", "bare_word", "big festival"),
        ('"big festival"', "bare_word", '"big festival"'),
        ("kind:tour AND festival", "bare_word", "festival"),
        ("genre:hip hop", "bare_word", "hop"),
        ("genre:drum and bass", "bare_word", "and bass"),
        ("salt and pepper", "bare_word", "salt and pepper"),
        ("gener:techno", "unknown_field", "gener"),
        ("Genre:techno", "unknown_field", "Genre"),
        ("not:techno", "unknown_field", "not"),
        ('"genre":techno', "unknown_field", '"genre"'),
        ("kind:tour and lang:de", "lowercase_operator", "and"),
        ("kind:tour Or lang:de", "lowercase_operator", "Or"),
        ("kind:tour AND not lang:de", "lowercase_operator", "not"),
        ("kind:tour && lang:de", "symbol_operator", "&&"),
        ("kind:tour AND !lang:de", "symbol_operator", "!"),
        ("kind:tour lang:de", "missing_operator", "lang:de"),
        ("kind:tour NOT lang:de", "missing_operator", "NOT lang:de"),
        ("kind:tour (lang:de)", "missing_operator", "(lang:de)"),
        ("AND kind:tour", "stray_operator", "AND"),
        ("kind:tour OR", "stray_operator", "OR"),
        ("kind:tour AND NOT", "stray_operator", "NOT"),
        ("kind:tour AND OR lang:de", "stray_operator", "OR"),
        ("kind:tour AND NOT OR lang:de", "stray_operator", "NOT"),
        ("NOT", "stray_operator", "NOT"),
        ("( AND )", "stray_operator", "AND"),
        ("(kind:tour", "unclosed_parenthesis", "("),
        ("(kind:tour AND lang:de OR market:DE", "unclosed_parenthesis", "("),
        ("kind:tour)", "unopened_parenthesis", ")"),
        ("kind:tour AND lang:de) OR market:DE", "unopened_parenthesis", ")"),
        (
            "kind:tour AND lang:de OR market:DE",
            "mixed_operators",
            "kind:tour AND lang:de OR market:DE",
        ),
        ('genre:"techno AND (kind:tour)', "unterminated_quote", '"techno AND (kind:tour)'),
        ("genre:“hip hop”", "foreign_quotes", "“hip hop”"),
        (":techno", "lone_colon", ":"),
        ("genre:", "missing_value", "genre:"),
        ('genre:"  "', "missing_value", 'genre:"  "'),
        ("genre: AND kind:tour", "missing_value", "genre:"),
        ("genre: kind:tour", "missing_value", "genre:"),
        ("kind: tour", "space_at_colon", "kind: tour"),
        ("kind :tour", "space_at_colon", "kind :tour"),
        ("genre:d&b", "needs_quotes", "d&b"),
        ("artist:!!!", "needs_quotes", "!!!"),
        ("genre:a:b", "needs_quotes", "a:b"),
        ('genre:"hip"hop', "needs_quotes", '"hip"hop'),
        ("kind:tour\x00", "control_character", "\x00"),
        ('tag:"a\x07b"', "control_character", "\x07"),
        ("tag:a\u202eb", "control_character", "\u202e"),
        ("tag:\ud800", "control_character", "\ud800"),
        ("genre:vaporwave", "unknown_genre", "vaporwave"),
        ("tag:rave", "unknown_tag", "rave"),
        ('artist:"Nobody At All"', "unknown_artist", '"Nobody At All"'),
        ("kind:song", "unknown_kind", "song"),
        ("lang:x", "bad_language", "x"),
        ("lang:portuguese", "bad_language", "portuguese"),
        ("market:UK", "unknown_market", "UK"),
        ("explicit:maybe", "bad_choice", "maybe"),
        ("NOT explicit:yes", "only_negative", "NOT explicit:yes"),
        ("kind:tour OR NOT lang:de", "only_negative", "kind:tour OR NOT lang:de"),
        ("NOT (kind:tour AND lang:de)", "only_negative", "NOT (kind:tour AND lang:de)"),
    ],
)
def test_one_fault_is_one_error_at_its_place(faults, text, code, piece):
    assert faults(text) == [(code, piece)]


@pytest.mark.parametrize("text", ["NOT NOT kind:tour", "kind:tour AND NOT lang:de", "explicit:no"])
def test_something_that_must_hold_is_enough(db, text):
    parse(text)


def test_all_faults_come_at_once_in_the_order_of_the_text(faults):
    text = "gener:techno and (kind:song OR ) AND market:UK AND festival"
    assert faults(text) == [
        ("unknown_field", "gener"),
        ("lowercase_operator", "and"),
        ("unknown_kind", "song"),
        ("stray_operator", "OR"),
        ("unknown_market", "UK"),
        ("bare_word", "festival"),
    ]


def test_a_name_cut_in_two_is_one_fault_and_nobody_looks_for_its_half(faults):
    assert faults("genre:vapor wave") == [("bare_word", "wave")]


# --- hints ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("gener:techno", "Did you mean genre:?"),
        ("festival", "Write tag:festival."),
        ("big festival", 'Write tag:"big festival".'),
        ("kind:tour and lang:de", "Write AND."),
        ("kind:tour lang:de", "Write kind:tour AND lang:de, for instance."),
        ("kind:tour OR lang:de lang:fr", "Write lang:de OR lang:fr, for instance."),
        ("kind: tour", "Write kind:tour."),
        ("genre:d&b", 'Write "d&b".'),
        ("genre:“hip hop”", 'Write "hip hop".'),
        ("market:uk", "Did you mean market:GB?"),
        ("kind:song", "The kinds are release, interview, tour, playlist, feature, video."),
        ("genre:(kind:tour)", "Leave kind: out, or close the parenthesis before it."),
        (
            "genre:hip hop",
            'Write genre:"hip hop" if it belongs to the name before it, or AND tag:hop.',
        ),
    ],
)
def test_a_hint_says_what_would_be_right(hints, text, hint):
    assert hints(text) == [hint]


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("kind:tour -lang:de", "kind:tour AND NOT lang:de"),
        ("-kind:tour lang:de", "NOT kind:tour AND lang:de"),
        ("kind:tour -lang:(de OR fr)", "kind:tour AND NOT lang:(de OR fr)"),
        ("kind:tour (-lang:de AND market:DE)", "kind:tour AND (NOT lang:de AND market:DE)"),
        ("kind:tour lnag:de", "kind:tour AND lang:de"),
        ("kind:tour !lang:de", "kind:tour AND NOT lang:de"),
        ("kind:tour not lang:de", "kind:tour AND NOT lang:de"),
        ("kind:tour (lang:de && market:DE)", "kind:tour AND (lang:de AND market:DE)"),
    ],
)
def test_a_missing_operator_shows_nothing_that_is_faulty_itself(hints, text, right):
    assert f"Write {right}, for instance." in hints(text)
    assert parse(right)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("genre:hiphopp", 'Did you mean genre:"Hip Hop" or genre:"Trip Hop"?'),
        ("genre:drum", 'Did you mean genre:"Drum and Bass"?'),
        ("tag:festivals", "Did you mean tag:festival?"),
        ('artist:"Four Tat"', 'Did you mean artist:"Four Tet"?'),
    ],
)
def test_an_unknown_name_offers_near_ones(names, hints, text, hint):
    assert hints(text) == [hint]


def test_mixed_operators_offer_both_readings_in_full(hints):
    (hint,) = hints("kind:tour AND lang:de OR NOT (lang:fr) AND market:DE")
    first = "(kind:tour AND lang:de) OR (NOT (lang:fr) AND market:DE)"
    second = "kind:tour AND (lang:de OR NOT (lang:fr)) AND market:DE"
    assert hint == f"Write {first} or {second}."


def test_mixed_operators_inside_parentheses_span_only_these(faults):
    text = "market:DE AND (kind:tour AND lang:de OR lang:fr)"
    assert faults(text) == [("mixed_operators", "kind:tour AND lang:de OR lang:fr")]


# --- limits -----------------------------------------------------------------------------------


def codes(text: str) -> list[str]:
    with pytest.raises(ExpressionErrors) as caught:
        parse(text)
    return [error.code for error in caught.value.errors]


def test_8000_characters_are_read_and_no_more(db):
    text = "kind:tour" + " " * 7991
    assert parse(text) == Term("kind", "tour", "tour", "tour")
    assert codes(text + " ") == ["too_long"]


def test_400_terms_are_read_and_no_more(db):
    assert parse(" OR ".join(["lang:de"] * 400))
    assert codes(" OR ".join(["lang:de"] * 401)) == ["too_many_terms"]


@pytest.mark.parametrize(("opening", "closing"), [("(", ")"), ("NOT ", "")])
def test_nesting_is_read_200_deep_and_no_more(db, opening, closing):
    assert parse(opening * 200 + "kind:tour" + closing * 200)
    assert codes(opening * 201 + "kind:tour" + closing * 201) == ["too_deep"]
    assert codes(opening * 1500 + "kind:tour" + closing * 1500) == ["too_deep"]


def test_depth_counts_what_is_open_and_not_what_was(db):
    assert parse(" AND ".join(["(NOT (NOT kind:tour))"] * 120))


# --- queries ----------------------------------------------------------------------------------


def test_many_expressions_cost_as_many_queries_as_one(names, django_assert_num_queries):
    texts = [
        f"genre:techno AND tag:uk AND artist:four-tet AND lang:{lang}" for lang in ("de", "fr")
    ]
    with django_assert_num_queries(3):
        read = parse_many(texts)
    assert [format_expression(read[text]) for text in texts] == texts


def test_many_expressions_are_read_beside_a_faulty_one(db):
    read = parse_many(["kind:tour", "kind:song"])
    assert read["kind:tour"] == Term("kind", "tour", "tour", "tour")
    assert isinstance(read["kind:song"], ExpressionErrors)


def test_a_predicate_asks_the_database_nothing(names, make_post, django_assert_num_queries):
    tree = parse("genre:techno OR tag:uk OR artist:four-tet")
    with django_assert_num_queries(0):
        predicate(tree)


# --- drawing a fault --------------------------------------------------------------------------


def test_a_fault_is_marked_under_its_line():
    text = "kind:tour\nAND gener:x"
    assert ExpressionError(14, 19, "", "").marked(text) == "AND gener:x\n    ^^^^^"


def test_a_mark_counts_wide_letters_twice():
    assert ExpressionError(2, 4, "", "").marked("日本ab") == "日本ab\n    ^^"


def test_a_fault_without_width_gets_one_mark():
    assert ExpressionError(0, 0, "", "").marked("") == "\n^"


def test_a_long_line_is_cut_around_the_fault():
    text = "a" * 500 + "!" + "b" * 500
    drawn, marker = ExpressionError(500, 501, "", "").marked(text).split("\n")
    assert drawn == "… " + "a" * 60 + "!" + "b" * 60 + " …"
    assert drawn[marker.index("^")] == "!"

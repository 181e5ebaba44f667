"""What is offered at each place of an expression."""

from __future__ import annotations

import pytest

from content.catalogue.models import Artist
from content.editorial.models import AudienceTag
from spokes.audiences.actions import save_audience
from spokes.audiences.language import complete


def offered(marked):
    """Complete at the | of a text; give what would stand there with each option put in."""
    cursor = marked.index("|")
    text = marked.replace("|", "")
    found = complete(text, cursor)
    return [text[: found.start] + option.insert + text[found.end :] for option in found.options]


def labels(marked):
    found = complete(marked.replace("|", ""), marked.index("|"))
    return {option.label: option.help for option in found.options}


def test_an_empty_text_offers_every_field_and_not(db):
    assert offered("|") == [
        *("genre:", "tag:", "artist:", "kind:", "lang:", "market:", "explicit:"),
        *("year:", "priority:", "audience:", "NOT "),
    ]


def test_a_field_is_offered_by_how_it_begins(db):
    assert offered("kind:tour AND ge|") == ["kind:tour AND genre:"]
    assert offered("kind:tour AND GE|") == ["kind:tour AND genre:"]
    assert offered("(N|") == ["(NOT "]


def test_a_genre_is_offered_by_name_alias_and_inside_its_name(make_genre, make_alias):
    for name in ("Trap", "Trap Soul", "Latin Trap", "Drum and Bass", "R&B", "日本語ロック"):
        make_genre(name)
    make_alias("dnb", make_genre("Jungle"))
    assert offered("genre:tra|") == ["genre:trap", "genre:trap-soul", "genre:latin-trap"]
    assert offered("genre:tra|p AND kind:tour") == [
        "genre:trap AND kind:tour",
        "genre:trap-soul AND kind:tour",
        "genre:latin-trap AND kind:tour",
    ]
    assert labels("genre:dn|") == {"Jungle": "also called dnb"}
    assert offered('genre:"drum an|') == ["genre:drum-and-bass"]
    assert offered('genre:"drum an|"') == ["genre:drum-and-bass"]
    assert offered("genre:drum an|") == ["genre:drum-and-bass"]
    assert offered("genre:r|") == ['genre:"R&B"']
    assert offered("genre:日|") == ["genre:日本語ロック"]


def test_values_are_offered_in_lists_too(make_genre, make_tag):
    make_genre("Trap"), make_genre("Drill"), make_tag("AND")
    assert offered("genre:(trap OR dr|") == ["genre:(trap OR drill"]
    begun = "genre:(trap OR ("
    assert offered(f"{begun}|") == [f"{begun}drill", f"{begun}trap", f"{begun}NOT "]
    assert offered("tag:(an|") == ['tag:("and"']


def test_a_tag_is_offered_with_its_meaning_and_with_all_that_begin_so(make_tag):
    make_tag("Festival"), make_tag("Festive"), make_tag("UK Festival")
    assert labels("tag:fest|") == {
        "Festival": "About Festival.",
        "Festive": "About Festive.",
        "UK Festival": "About UK Festival.",
        "all that begin with fest": "2 tags today",
    }
    assert offered("tag:fes|t*")[-1] == "tag:fes*"


def test_an_artist_is_offered_by_the_beginning_of_the_name(make_artist):
    make_artist("Four Tet"), make_artist("Fourth"), make_artist("The Four")
    assert offered("artist:four|") == ["artist:four-tet", "artist:fourth"]
    assert offered("artist:|") == []


def test_the_rest_is_offered_by_code_and_by_name(db):
    save_audience(name="Super Fans", expression="kind:tour", note="Who come to everything")
    assert offered("kind:re|") == ["kind:release"]
    assert offered("market:germ|") == ["market:DE"]
    assert offered("market:DE|")[0] == "market:DE"
    assert offered("lang:portug|") == ["lang:pt"]
    assert offered("explicit:|") == ["explicit:yes", "explicit:no"]
    assert offered("priority:|")[0] == "priority:>=4"
    assert offered("year:>|") != []
    assert labels("audience:sup|") == {"Super Fans": "Who come to everything"}


def test_a_word_without_a_field_is_offered_as_what_it_may_be(make_genre, make_tag):
    make_genre("Trap"), make_tag("trapeze")
    assert offered("tra|") == ["genre:trap", "tag:trapeze"]


@pytest.mark.parametrize(
    ("marked", "options"),
    [
        ("kind:tour |", ["kind:tour AND ", "kind:tour OR "]),
        ("kind:tour A|", ["kind:tour AND "]),
        ("kind:tour OR lang:en |", ["kind:tour OR lang:en OR "]),
        ("(kind:tour |", ["(kind:tour AND ", "(kind:tour OR ", "(kind:tour )"]),
        ("(kind:tour OR lang:en) |", ["(kind:tour OR lang:en) AND ", "(kind:tour OR lang:en) OR "]),
        ("kind:song:|", []),
        ("colour:|", []),
        ("colour:(|", ["colour:(NOT "]),
    ],
)
def test_operators_are_offered_after_a_term(db, marked, options):
    assert offered(marked) == options


@pytest.mark.parametrize(
    "text", ["", ":", "(((", '"', 'tag:"\\', "\x00", "é" * 9000, ") AND", "a:b:c"]
)
def test_any_text_at_any_place_is_answered(db, text):
    for cursor in (-1, 0, len(text) // 2, len(text), len(text) + 5):
        found = complete(text, cursor)
        assert 0 <= found.start <= found.end <= len(text)


def test_completion_stays_quick_among_many_names(db, django_assert_max_num_queries):
    Artist.objects.bulk_create(
        Artist(name=f"Artist {number}", key=f"artist{number}", slug=f"artist-{number}")
        for number in range(3000)
    )
    AudienceTag.objects.bulk_create(
        AudienceTag(name=f"Tag {number}", key=f"tag{number}", slug=f"tag-{number}")
        for number in range(3000)
    )
    with django_assert_max_num_queries(1):
        assert len(complete("artist:art", 10).options) == 12
    with django_assert_max_num_queries(1):
        assert len(complete("tag:ta", 6).options) == 12

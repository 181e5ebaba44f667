"""The longest, widest and deepest expressions are read, or refused in words, and quickly."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from content.catalogue.alike import begins_with
from content.editorial.models import AudienceTag, Post
from spokes.audiences.actions import save_audience
from spokes.audiences.explain import GenreTree, explain
from spokes.audiences.facts import PostFacts, facts_of, facts_of_many
from spokes.audiences.language import (
    Expression,
    check,
    complete,
    format_expression,
    parse,
    predicate,
    query,
    read_saved,
)

# frames that a request, its middleware and a task take before the language is asked
FRAMES_BEFORE = 300


def from_deep_down(step: Callable[[], object], frames: int = FRAMES_BEFORE) -> object:
    return from_deep_down(step, frames - 1) if frames else step()


def deep(depth: int) -> str:
    """Nest (… OR NOT (… AND NOT (…))) as deep as that, NOTs and parentheses counted."""
    text = "kind:tour"
    for place in range(depth // 2):
        operator = "AND" if place % 2 else "OR"
        text = f"lang:en {operator} NOT ({text})"
    return f"kind:video AND ({text})" if depth % 2 else text


DEEPEST = {
    "groups": "(" * 199 + "kind:tour" + ")" * 199,
    "negations": "NOT " * 200 + "kind:tour",
    "groups of two": "(kind:tour AND " * 200 + "lang:en" + ")" * 200,
    "both in turn": f"kind:tour AND ({deep(198)})",
    "a list": "kind:(" + "(tour OR " * 199 + "video" + ")" * 200,
}


@pytest.mark.parametrize("name", DEEPEST)
def test_200_deep_no_back_end_runs_out_of_frames(make_post, name):
    facts, text = facts_of(make_post(kind="tour")), DEEPEST[name]

    def everything() -> None:
        tree = parse(text)
        written = format_expression(tree)
        assert format_expression(parse(written)) == written
        in_memory = predicate(tree)(facts)
        assert Post.objects.filter(query(tree)).exists() is in_memory
        assert explain(tree, facts, GenreTree()).holds is in_memory
        assert check(text).errors == ()

    from_deep_down(everything)


def test_a_deep_audience_inside_a_deep_audience_runs_out_of_nothing(make_post):
    facts = facts_of(make_post(kind="tour"))
    save_audience(name="Inner", expression=f"kind:tour AND ({deep(98)})")
    text = "(lang:en AND " * 95 + "audience:inner" + ")" * 95

    def everything() -> None:
        tree = parse(text)
        in_memory = predicate(tree)(facts)
        assert Post.objects.filter(query(tree)).exists() is in_memory
        assert explain(tree, facts, GenreTree()).holds is in_memory

    from_deep_down(everything)


def test_400_terms_200_deep_are_asked_of_the_database(make_post, make_genre, make_tag):
    genre, tag = make_genre("G"), make_tag("T")
    make_post(genres=[genre], tags=[tag])
    make_post(kind="tour")
    terms = ["genre:g", "tag:t*", "kind:tour", "year:>2000", "market:DE", "priority:<3"]
    text = "lang:de"
    for place in range(199):
        one, other = terms[place % 6], terms[(place + 1) % 6]
        text = f"{one} OR {other} OR ({text})" if place % 2 else f"{one} AND {other} AND ({text})"
    agree(parse(text), facts_of_many(Post.objects.all()))


def agree(tree: Expression, facts: dict[int, PostFacts]) -> None:
    wanted = predicate(tree)
    in_memory = sorted(pk for pk, known in facts.items() if wanted(known))
    in_database = sorted(Post.objects.filter(query(tree)).values_list("pk", flat=True))
    assert in_memory == in_database


def test_8000_characters_of_faults_are_told_at_once(db):
    for text in ["(" * 8000, ")" * 8000, "a:" * 4000, '"' * 7999, "tag:x " * 1300, "NOT " * 2000]:
        checked = check(text)
        assert checked.errors
        assert all(0 <= error.start <= error.end <= len(text) for error in checked.errors)


def test_a_text_beyond_the_limit_is_not_even_cut_into_tokens(db):
    (error,) = check("(" * 1_000_000).errors
    assert error.code == "too_long"
    assert complete("(" * 1_000_000, 500_000).options == ()


@pytest.fixture
def many_tags(db):
    """As many as show a look-up that goes through all of them."""
    AudienceTag.objects.bulk_create(
        AudienceTag(name=f"Tag {number}", key=f"tag{number}", slug=f"tag-{number}", meaning="x")
        for number in range(20_000)
    )


def test_among_many_tags_every_look_up_reads_few_rows(many_tags, django_assert_max_num_queries):
    with django_assert_max_num_queries(6):
        checked = check("tag:tag-1 OR tag:tagg OR tag:tag1999* OR tag:zzz")
    assert [error.code for error in checked.errors] == ["unknown_tag", "unknown_tag"]
    with django_assert_max_num_queries(1):
        assert complete("tag:tag19", 9).options


def test_a_look_up_of_tags_goes_by_index(many_tags):
    for rows in (
        AudienceTag.objects.filter(begins_with("tag19")),
        AudienceTag.objects.filter(key__in=["tag1"]),
        AudienceTag.objects.filter(slug__in=["tag-1"]),
    ):
        plan = rows.explain()
        assert "INDEX" in plan.upper()
        assert "SEQ SCAN" not in plan.upper()


def test_an_audience_of_400_names_is_saved_and_read(make_tag):
    for number in range(400):
        make_tag(f"t{number}")
    text = " OR ".join(f"tag:t{number}" for number in range(400))
    audience = save_audience(name="Wide", expression=text)
    reading = read_saved([audience], names_now=True)[audience.pk]
    assert reading.text == text
    assert reading.expression == parse(text)

from __future__ import annotations

import pytest
from django.utils import timezone

from spokes.audiences.explain import Part
from spokes.audiences.language import parse
from spokes.audiences.whatif import answer, changes_to, moves


def leaf(text: str, *, holds: bool) -> Part:
    return Part(text, holds, text)


@pytest.fixture
def posts(make_post, make_tag):
    now = timezone.now()
    uk, rave = make_tag("UK"), make_tag("Rave")
    return {
        "both": make_post("both", tags=[uk, rave], kind="tour", updated_at=now),
        "one": make_post("one", tags=[uk], updated_at=now),
        "none": make_post("none", explicit=True, updated_at=now),
        "old": make_post("old", tags=[uk, rave]),
    }


def test_the_answer_counts_shows_and_says_what_is_missed(posts):
    found = answer(parse("tag:uk AND tag:rave AND NOT explicit:yes"))
    assert (found.matching, found.of) == (1, 3)
    assert found.examples_in == [posts["both"]]
    assert [(miss.post.slug, miss.changes) for miss in found.near_misses] == [
        ("one", 1),
        ("none", 3),
    ]
    assert found.near_misses[0].why == "it is not tagged Rave (it has: UK)"


def test_moves_compare_two_expressions(posts):
    found = moves(parse("tag:rave"), parse("tag:uk AND kind:feature"))
    assert (found.into, found.examples_into) == (1, [posts["one"]])
    assert (found.out_of, found.examples_out_of) == (1, [posts["both"]])


def test_an_answer_costs_the_same_for_more_posts(posts, make_post, django_assert_max_num_queries):
    for _ in range(10):
        make_post(updated_at=timezone.now())
    expression = parse("tag:uk AND tag:rave")
    with django_assert_max_num_queries(10):
        answer(expression)


@pytest.mark.parametrize(
    ("part", "changes"),
    [
        (leaf("a", holds=False), 1),
        (Part("NOT", False, parts=(leaf("a", holds=True),)), 1),
        (Part("AND", False, parts=(leaf("a", holds=False), leaf("b", holds=False))), 2),
        (Part("AND", True, parts=(leaf("a", holds=True), leaf("b", holds=True))), 1),
        (Part("OR", False, parts=(leaf("a", holds=False), leaf("b", holds=False))), 1),
        (Part("OR", True, parts=(leaf("a", holds=True), leaf("b", holds=True))), 2),
        (Part("audience:x", False, parts=(leaf("a", holds=False),)), 1),
    ],
)
def test_changes_are_the_fewest_terms_that_would_do(part, changes):
    assert changes_to(part) == changes

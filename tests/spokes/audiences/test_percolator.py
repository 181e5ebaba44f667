"""The percolator says what the predicates say, however it is filled and changed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from content.editorial.models import PostKind
from spokes.audiences.conjunctions import ALTERNATIVES, conjunctions_of
from spokes.audiences.facts import PostFacts
from spokes.audiences.language import POST_FIELDS, And, Expression, Not, Or, Term, predicate
from spokes.audiences.language.tree import Included, Prefix, Range
from spokes.audiences.percolator import Percolator
from spokes.audiences.reach import PostIndex
from spokes.audiences.rows import places_of

IDS = range(1, 6)
LANGUAGES = ["en", "pt", "pt-BR", "pt-PT", "ptx", "de"]
MARKETS = ["DE", "US", "GB"]
KEYS = ["uk", "ukgarage", "rave", "raven"]


def some(values) -> st.SearchStrategy[frozenset]:
    return st.frozensets(st.sampled_from(list(values)), max_size=3)


facts = st.builds(
    PostFacts,
    post_id=st.just(1),
    genres=some(IDS),
    tags=some(IDS),
    artists=some(IDS),
    kind=st.sampled_from(PostKind.values),
    lang=st.sampled_from(LANGUAGES),
    markets=some(MARKETS),
    explicit=st.booleans(),
    tag_keys=some(KEYS),
    year=st.none() | st.integers(1989, 2012),
    priority=st.integers(1, 5),
)


def words(field: str, choices: list[str]) -> st.SearchStrategy[Expression]:
    return st.sampled_from(choices).map(lambda value: Term(field, value, value))


def rows(field: str) -> st.SearchStrategy[Expression]:
    return some(IDS).map(lambda value: Term(field, "x", value))


def ranges(field: str, least: int, most: int) -> st.SearchStrategy[Expression]:
    bound = st.none() | st.integers(least, most)
    return st.builds(Range, bound, bound).map(lambda value: Term(field, "x", value))


beginnings = st.sampled_from([*KEYS, "u", ""]).map(lambda key: Term("tag", key, Prefix(key)))
TERMS = {
    "genre": rows("genre"),
    "tag": rows("tag") | beginnings,
    "artist": rows("artist"),
    "kind": words("kind", PostKind.values),
    "lang": words("lang", LANGUAGES),
    "market": words("market", MARKETS),
    "explicit": words("explicit", ["yes", "no"]),
    "year": ranges("year", 1900, 2020),
    "priority": ranges("priority", 0, 7),
}
terms = st.one_of(list(TERMS.values()))


def test_every_field_is_tried() -> None:
    assert {field.name for field in POST_FIELDS} == {*TERMS, "audience"}


def trees(leaves: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    def joined(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
        several = st.lists(inner, min_size=2, max_size=4).map(tuple)
        included = inner.map(lambda tree: Term("audience", "a", Included(1, tree)))
        joints = (st.builds(Not, inner), st.builds(And, several), st.builds(Or, several))
        return st.one_of(*joints, included)

    return st.recursive(leaves, joined, max_leaves=12)


def one_by_one(expressions: dict[int, Expression], post: PostFacts) -> set[int]:
    return {key for key, expression in expressions.items() if predicate(expression)(post)}


@settings(max_examples=300)
@given(st.lists(trees(terms), max_size=12), st.lists(facts, min_size=1, max_size=4))
def test_it_finds_what_the_predicates_find(found: list[Expression], posts: list[PostFacts]) -> None:
    expressions = dict(enumerate(found))
    percolator = Percolator(expressions)
    for post in posts:
        assert percolator.matching(post) == one_by_one(expressions, post)


@settings(max_examples=300)
@given(trees(terms), st.lists(facts, max_size=12))
def test_turned_round_it_finds_every_post_of_an_expression(
    tree: Expression, posts: list[PostFacts]
) -> None:
    index, rows = PostIndex(posts), 0
    for conjunction, test in Percolator({1: tree}).conjunctions(1):
        rows |= index.holding(conjunction, test)
    holds = predicate(tree)
    assert list(places_of(rows)) == [place for place, post in enumerate(posts) if holds(post)]


changes = st.lists(st.tuples(st.integers(0, 5), st.none() | trees(terms)), max_size=25)


@settings(max_examples=200)
@given(changes, st.lists(facts, min_size=1, max_size=3))
def test_it_stays_right_while_audiences_come_change_and_go(
    steps: list[tuple[int, Expression | None]], posts: list[PostFacts]
) -> None:
    expressions: dict[int, Expression] = {}
    percolator: Percolator[int] = Percolator()
    for key, expression in steps:
        if expression is None:
            expressions.pop(key, None)
            percolator.drop(key)
        else:
            expressions[key] = expression
            percolator.put(key, expression)
    assert len(percolator) == len(expressions)
    for post in posts:
        assert percolator.matching(post) == one_by_one(expressions, post)


@given(trees(terms), trees(terms), facts)
def test_a_copy_leaves_the_first_as_it_was(
    first: Expression, second: Expression, post: PostFacts
) -> None:
    percolator = Percolator({1: first, 2: first})
    before = percolator.matching(post)
    other = percolator.copy()
    other.put(1, second)
    other.put(3, second)
    other.drop(2)
    assert percolator.matching(post) == before
    assert other.matching(post) == one_by_one({1: second, 3: second}, post)


def test_what_facts_alone_decide_is_not_asked_one_by_one() -> None:
    festival, tour = Term("tag", "festival", frozenset({3})), Term("kind", "tour", "tour")
    clean = Not(Term("explicit", "yes", "yes"))
    expressions = {
        "a": festival,
        "b": Or((festival, tour)),
        "c": And((festival, Or((tour, clean)), Not(Or((tour, Term("lang", "pt", "pt")))))),
        "d": Or((And((tour, festival)), And((festival, clean)))),
    }
    percolator = Percolator(expressions)
    post = PostFacts(1, tags=frozenset({3}))
    assert percolator.matching(post) == {"a", "b", "c", "d"}
    assert percolator.asked_for(post) == 0


def test_only_what_still_may_hold_is_asked() -> None:
    either = Or((Term("kind", "tour", "tour"), Not(Term("artist", "a", frozenset({7})))))
    percolator = Percolator({"a": And((Term("tag", "festival", frozenset({3})), either))})
    assert percolator.asked_for(PostFacts(1)) == 0
    assert percolator.asked_for(PostFacts(1, tags=frozenset({3}))) == 1


def test_places_of_what_was_dropped_are_used_again() -> None:
    percolator: Percolator[str] = Percolator()
    for _ in range(3):
        percolator.put("a", Term("tag", "x", frozenset({1})))
        percolator.put("b", Not(Term("tag", "x", frozenset({1}))))
        percolator.drop("b")
    assert percolator.matching(PostFacts(1)) == set()
    assert percolator.matching(PostFacts(1, tags=frozenset({1}))) == {"a"}
    assert "b" not in percolator


def test_two_hundred_levels_are_found_too() -> None:
    tree: Expression = Term("tag", "x", frozenset({1}))
    for place in range(200):
        tree = (And if place % 2 else Or)((Term("genre", "g", frozenset({place % 5})), Not(tree)))
    post = PostFacts(1, genres=frozenset({3}))
    assert Percolator({"a": tree}).matching(post) == one_by_one({"a": tree}, post)


def tags(*numbers: int) -> Expression:
    return Or(tuple(Term("tag", f"t{number}", frozenset({number})) for number in numbers))


ADVERSARIAL = {
    "a hundred factors": And(tuple(tags(2 * n, 2 * n + 1) for n in range(100))),
    "the same, refused": Not(And(tuple(tags(2 * n, 2 * n + 1) for n in range(100)))),
    "a hundred products": Or(
        tuple(And((tags(2 * n), Not(tags(2 * n + 1, 0)))) for n in range(1, 101))
    ),
    "factors that a fact can't decide": And(
        tuple(Or((tags(n), Not(tags(n + 200)))) for n in range(100))
    ),
}


@pytest.mark.parametrize("name", ADVERSARIAL)
def test_no_expression_grows_as_it_is_divided(name: str) -> None:
    """Multiplied out, a hundred factors of two would be more conjunctions than there are atoms."""
    tree = ADVERSARIAL[name]
    divided = conjunctions_of(tree)
    assert len(divided) <= ALTERNATIVES
    assert sum(len(clause) for one in divided for clause in one.clauses) <= 400
    for held in (frozenset(range(0, 200, 2)), frozenset({2}), frozenset()):
        post = PostFacts(1, tags=held)
        assert Percolator({"a": tree}).matching(post) == one_by_one({"a": tree}, post)

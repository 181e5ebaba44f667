"""Whatever is typed is read or refused in words; and both back ends agree on every world."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from content.catalogue.models import Artist, Genre, GenreClosure, Track
from content.editorial.models import (
    AudienceTag,
    Post,
    PostGenre,
    PostKind,
    PostMarket,
    PostPriority,
    TaggedPost,
)
from spokes.audiences.facts import PostFacts, facts_of_many
from spokes.audiences.language import (
    POST_FIELDS,
    And,
    Expression,
    ExpressionErrors,
    Included,
    Not,
    Or,
    Prefix,
    Range,
    Term,
    format_expression,
    parse,
    parse_many,
    predicate,
    query,
)
from spokes.audiences.language.vocabulary import Field, Meaning, Problem, Vocabulary

NOON = datetime(2026, 6, 15, 12, 0, tzinfo=UTC)
GENRES, ARTISTS, POSTS = 6, 3, 8
TAGS = ["fest", "festival", "uk festival", "uk"]
BEGINNINGS = ["f", "fest", "festi", "uk", "ukf", "x"]
YEARS = [1, 999, 1999, 2000, 2020, 9999]
DAYS = [date(1999, 12, 31), date(2000, 1, 1), date(2020, 6, 15), date(9999, 12, 31)]
RELEASES = ["", "1999", "1999-12", "2000-01-01", "2020-06", "9999", "0999"]
# an agreement is tried on so many expressions, eight in each world; `make agreement` asks for more
CASES = int(os.environ.get("AGREEMENT_CASES", "160"))
IN_ONE_WORLD = 8
LANGUAGES = ["en", "pt", "pt-BR", "pt-PT", "ptx", "de"]
MARKETS = ["DE", "US", "GB"]

quiet = settings(
    deadline=None,
    max_examples=-(-CASES // IN_ONE_WORLD),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


# --- any text ---------------------------------------------------------------------------------


def word_field(name: str) -> Field[frozenset[str]]:
    """A field that takes every value but "bad" and needs no database."""
    return Field(
        name,
        "",
        f"{name}:x",
        lambda texts: {
            text: Problem("bad", "Bad.") if text == "bad" else Meaning(text, text, text)
            for text in texts
        },
        lambda value: lambda facts: value in facts,
        lambda value: query(Term("kind", str(value), value)),
    )


WORDS: Vocabulary[frozenset[str]] = Vocabulary(map(word_field, ["genre", "tag"]), bare="tag")
SOUP = ["AND", "OR", "NOT", "and", "(", ")", ":", '"', "genre:", "tag:x", "genre:bad", "gener:x"]
SOUP += [" ", " ", "\n", "\\", "“", "”", "&", "!", "-", "日本", "\x00", "\u202e", "é", "tag:", "x"]

any_text = st.text() | st.lists(st.sampled_from(SOUP)).map("".join)
any_text |= st.lists(st.sampled_from(SOUP)).map(" ".join)


def values() -> st.SearchStrategy[str]:
    visible = st.characters(exclude_categories=["Cc", "Cs", "Cf"])
    return st.text(visible, min_size=1).map(str.strip).filter(lambda text: text not in {"", "bad"})


def trees(terms: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    return st.recursive(
        terms,
        lambda inner: (
            st.builds(Not, inner)
            | st.builds(And, st.lists(inner, min_size=2, max_size=4).map(tuple))
            | st.builds(Or, st.lists(inner, min_size=2, max_size=4).map(tuple))
        ),
        max_leaves=25,
    )


@settings(deadline=None, max_examples=400)
@given(any_text)
def test_any_text_is_read_or_refused_at_places_within_it(text: str) -> None:
    result = parse_many([text], WORDS)[text]
    if not isinstance(result, ExpressionErrors):
        assert parse(format_expression(result), WORDS) == result
        return
    assert result.errors
    assert result.errors == sorted(result.errors)
    for error in result.errors:
        assert 0 <= error.start <= error.end <= len(text)
        assert error.code
        assert error.message
        assert error.marked(text).endswith("^")


@settings(deadline=None)
@given(
    trees(
        st.builds(
            lambda field, text: Term(field, text, text, text),
            st.sampled_from(["genre", "tag"]),
            values(),
        )
    )
)
def test_what_is_written_reads_back_the_same(tree: Expression) -> None:
    whole = And((Term("tag", "x", "x", "x"), tree))
    assert parse(format_expression(whole), WORDS) == whole


@settings(deadline=None)
@given(st.lists(st.sampled_from(["AND", "OR"]), min_size=2, max_size=8))
def test_either_reading_of_mixed_operators_can_be_read(joints: list[str]) -> None:
    text = "tag:a" + "".join(f" {joint} tag:{place}" for place, joint in enumerate(joints))
    if len(set(joints)) == 1:
        parse(text, WORDS)
        return
    with pytest.raises(ExpressionErrors) as caught:
        parse(text, WORDS)
    (error,) = caught.value.errors
    first, second = error.hint.removeprefix("Write ").removesuffix(".").split(" or ")
    assert isinstance(parse(first, WORDS), Or)
    assert isinstance(parse(second, WORDS), And)


# --- two back ends, one answer ----------------------------------------------------------------


@dataclass
class World:
    """What a random expression may name."""

    genres: list[Genre]
    tags: list[AudienceTag]
    artists: list[Artist]


def make_world(draw: Callable[..., object], author: User) -> World:
    """Fill the database: an acyclic graph of genres, and posts with random facts."""
    genres = [Genre.objects.create(name=f"g{n}", key=f"g{n}", slug=f"g{n}") for n in range(GENRES)]
    above: dict[int, set[int]] = {}
    for place, genre in enumerate(genres):
        parents = draw(st.sets(st.sampled_from(genres[:place]))) if place else set()
        above[genre.pk] = {genre.pk}.union(*(above[parent.pk] for parent in parents))
        GenreClosure.objects.bulk_create(
            GenreClosure(ancestor_id=pk, descendant=genre, depth=int(pk != genre.pk))
            for pk in above[genre.pk]
        )
    tags = [AudienceTag.objects.create(name=name, slug=name.replace(" ", "-")) for name in TAGS]
    artists = [
        Artist.objects.create(name=f"a{n}", key=f"a{n}", slug=f"a{n}") for n in range(ARTISTS)
    ]
    for number in range(draw(st.integers(1, POSTS))):
        make_random_post(draw, number, author, genres, tags, artists)
    return World(genres, tags, artists)


def make_random_post(draw, number, author, genres, tags, artists) -> None:
    post = Post.objects.create(
        title=f"Post {number}",
        slug=f"post-{number}",
        kind=draw(st.sampled_from(PostKind.values)),
        lang=draw(st.sampled_from(LANGUAGES)),
        explicit=draw(st.booleans()),
        priority=draw(st.sampled_from(PostPriority.values)),
        happens_on=draw(st.none() | st.sampled_from(DAYS)),
        author=author,
        created_at=NOON,
        updated_at=NOON,
    )
    post.tracks.set(
        Track.objects.create(artist=artists[0], title="T", key=f"{post.pk}-{place}", released=day)
        for place, day in enumerate(draw(st.lists(st.sampled_from(RELEASES), max_size=2)))
    )
    post.artists.set(draw(st.sets(st.sampled_from(artists))))
    PostGenre.objects.bulk_create(
        PostGenre(post=post, genre=genre, source="editor")
        for genre in draw(st.sets(st.sampled_from(genres), max_size=3))
    )
    TaggedPost.objects.bulk_create(
        TaggedPost(tag=tag, content_object=post) for tag in draw(st.sets(st.sampled_from(tags)))
    )
    PostMarket.objects.bulk_create(
        PostMarket(post=post, code=code) for code in draw(st.sets(st.sampled_from(MARKETS)))
    )


def ranges(lowest: int, highest: int, numbers: list[int]) -> st.SearchStrategy[Range]:
    ends = st.sampled_from(numbers)
    return st.builds(Range, st.none() | ends, st.none() | ends).filter(
        lambda one: (one.least or lowest) <= (one.most or highest)
    )


def terms_of(world: World) -> st.SearchStrategy[Expression]:
    def rows(field: str, named: list[Genre]) -> st.SearchStrategy[Expression]:
        picked = st.sets(st.sampled_from([row.pk for row in named]), min_size=1, max_size=2)
        return picked.map(lambda ids: Term(field, "x", frozenset(ids)))

    def words(field: str, choices: list[str]) -> st.SearchStrategy[Expression]:
        return st.sampled_from(choices).map(lambda value: Term(field, value, value, value))

    return st.one_of(
        rows("genre", world.genres),
        rows("tag", world.tags),
        rows("artist", world.artists),
        st.sampled_from(BEGINNINGS).map(lambda begin: Term("tag", begin, Prefix(begin))),
        words("kind", PostKind.values),
        words("lang", LANGUAGES),
        words("market", MARKETS),
        words("explicit", ["yes", "no"]),
        ranges(1, 9999, YEARS).map(lambda one: Term("year", "x", one)),
        ranges(1, 5, PostPriority.values).map(lambda one: Term("priority", "x", one)),
    )


def with_audiences(terms: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    """Let some terms ask for an audience that asks for something itself."""
    asked = trees(terms).map(lambda tree: Term("audience", "x", Included(1, tree)))
    return st.one_of(terms, terms, terms, asked)


def written_terms(world: World) -> st.SearchStrategy[str]:
    """Write terms of every field in every form."""
    slugs = [f"{name}:{row.slug}" for name, rows in vars(world).items() for row in rows]
    named = [text.replace("s:", ":", 1) for text in slugs]
    others = [f"lang:{lang}" for lang in LANGUAGES] + [f"market:{code}" for code in MARKETS]
    others += [f"kind:{kind}" for kind in PostKind.values] + ["explicit:yes", "explicit:no"]
    others += [f"tag:{begin}*" for begin in BEGINNINGS] + ['tag:"uk f*"', 'tag:"UK Festival"']
    others += ["year:2020", "year:>1999", "year:<=2000", "year:1999..2020", "year:>=0999"]
    others += ["priority:3", "priority:<5", "priority:>=2", "priority:2..4"]
    return st.sampled_from(named + others)


def assert_agreement(tree: Expression, facts: dict[int, PostFacts]) -> None:
    wanted = predicate(tree)
    in_memory = sorted(pk for pk, known in facts.items() if wanted(known))
    in_database = sorted(Post.objects.filter(query(tree)).values_list("pk", flat=True))
    assert in_memory == in_database


@quiet
@given(data=st.data())
def test_predicate_and_query_agree_on_every_world(editor: User, data: st.DataObject) -> None:
    with transaction.atomic():
        world = make_world(data.draw, editor)
        facts = facts_of_many(Post.objects.all())
        several = trees(with_audiences(terms_of(world)))
        for _ in range(IN_ONE_WORLD):
            assert_agreement(data.draw(several), facts)
        transaction.set_rollback(True)


@settings(parent=quiet, max_examples=max(10, CASES // IN_ONE_WORLD // 2))
@given(data=st.data())
def test_every_form_reads_back_from_its_canonical_text(editor: User, data: st.DataObject) -> None:
    with transaction.atomic():
        world = make_world(data.draw, editor)
        facts = facts_of_many(Post.objects.all())
        # nobody looks at a stand-in's value: only its text is written
        stand_ins = written_terms(world).map(lambda text: Term(*text.split(":", 1)))
        for tree in data.draw(st.lists(trees(stand_ins), min_size=1, max_size=4)):
            text = f"kind:tour AND ({typed(tree)})"
            read = parse(text)
            assert parse(format_expression(read)) == read
            assert_agreement(read, facts)
        transaction.set_rollback(True)


def typed(tree: Expression) -> str:
    """Write a tree as a person might: every group in parentheses, no lists."""
    if isinstance(tree, Term):
        return f"{tree.field}:{tree.text}"
    if isinstance(tree, Not):
        return f"NOT ({typed(tree.operand)})"
    operator = " AND " if isinstance(tree, And) else " OR "
    return operator.join(f"({typed(operand)})" for operand in tree.operands)


def deep(terms: list[Expression], depth: int) -> Expression:
    """Nest as deep as the parser lets anyone: (a AND NOT (b OR NOT (c AND …)))."""
    tree: Expression = terms[0]
    for place in range(1, depth):
        node = And if place % 2 else Or
        tree = node((terms[place % len(terms)], Not(tree)))
    return tree


@settings(parent=quiet, max_examples=max(10, CASES // 100))
@given(data=st.data(), depth=st.sampled_from([5, 6, 7, 20, 50, 100, 200]))
def test_the_deepest_trees_agree_too(editor: User, data: st.DataObject, depth: int) -> None:
    with transaction.atomic():
        world = make_world(data.draw, editor)
        terms = data.draw(st.lists(terms_of(world), min_size=1, max_size=20))
        assert_agreement(deep(terms, depth), facts_of_many(Post.objects.all()))
        transaction.set_rollback(True)


def full(depth: int, place: int = 0) -> Expression:
    """Make a tree where every branch is as deep as every other."""
    if depth == 0:
        return Term("kind", PostKind.values[place % 6], PostKind.values[place % 6])
    node = And if depth % 2 else Or
    return node((Not(full(depth - 1, 2 * place)), full(depth - 1, 2 * place + 1)))


def test_a_full_tree_of_256_terms_agrees_too(make_post) -> None:
    for kind in PostKind.values:
        make_post(kind=kind)
    assert_agreement(full(8), facts_of_many(Post.objects.all()))


def test_400_terms_of_every_field_can_be_asked(
    make_post, make_genre, make_tag, make_artist
) -> None:
    genre, tag, artist = make_genre("G"), make_tag("T"), make_artist("A")
    make_post(genres=[genre], tags=[tag], artists=[artist], markets=["DE"])
    text = " OR ".join(["genre:g", "tag:t", "artist:a", "lang:pt", "market:US"] * 80)
    assert_agreement(parse(text), facts_of_many(Post.objects.all()))


def test_no_post_comes_twice(make_post, make_genre) -> None:
    music = make_genre("Music")
    post = make_post(genres=[make_genre("One", music), make_genre("Two", music)])
    assert list(Post.objects.filter(query(parse("genre:music")))) == [post]


def test_not_speaks_of_the_whole_post_and_not_of_one_row(make_post, make_tag) -> None:
    uk, festival = make_tag("UK"), make_tag("Festival")
    make_post(tags=[uk, festival])
    assert not Post.objects.filter(query(parse("tag:uk AND NOT tag:festival"))).exists()


def test_every_field_shows_an_example_that_its_own_vocabulary_knows() -> None:
    for field in POST_FIELDS:
        assert field.example.startswith(f"{field.name}:")
        assert field.help

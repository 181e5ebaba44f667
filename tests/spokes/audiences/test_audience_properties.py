"""Whatever is typed is read or refused in words; and both back ends agree on every world."""

from __future__ import annotations

import os
import random
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db.models import Model
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from content.catalogue.closure import rebuild_closure
from content.catalogue.models import Artist, ArtistGenre, Genre, GenreAlias, GenreEdge, Track
from content.catalogue.names import match_key
from content.editorial.models import (
    AudienceTag,
    PickedGenre,
    Post,
    PostKind,
    PostMarket,
    PostPriority,
    TaggedPost,
)
from content.editorial.shares import derive_genres
from spokes.audiences.actions import save_audience
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
from spokes.audiences.language.lexer import quote
from spokes.audiences.language.vocabulary import Field, Meaning, Problem, Vocabulary
from spokes.audiences.percolator import Percolator
from spokes.audiences.unsaved import facts_of_unsaved

NOON = datetime(2026, 6, 15, 12, 0, tzinfo=UTC)
ARTISTS, POSTS = 3, 60
# names in capitals, with ß, the Turkish i's, marks that combine, and signs alone
GENRES = [
    "Hip Hop",
    "Größe",
    "İzmir Pop",
    "\N{LATIN SMALL LETTER DOTLESS I}sparta",
    "Cafe\u0301",
    "d&b",
    "g6",
    "g7",
]
GENRE_ALIASES = {"D'n'B": 5, "ISPARTA": 3, 'say "yo" \\': 0}
TAGS = [
    "fest",
    "festival",
    "UK festival",
    "uk",
    "Straße",
    "İzmir",
    "\N{LATIN SMALL LETTER DOTLESS I}zgara",
    "%%",
    "\\",
    '"_"',
]
BEGINNINGS = ["f", "fest", "festi", "u", "uk", "ukf", "s", "stras", "i", "izm", "%", "\\", '"', "x"]
YEARS = [1, 999, 1999, 2000, 2001, 2020, 9999]
DAYS = [date(1999, 12, 31), date(2000, 1, 1), date(2020, 6, 15), date(9999, 12, 31)]
RELEASES = ["", "1999", "1999-12", "2000-01-01", "2020-06", "9999", "0999"]
LANGUAGES = ["en", "pt", "pt-BR", "pt-PT", "ptx", "de", "zh", "zh-Hant"]
# as they were typed or imported
LANGUAGES_OF_POSTS = ["en", "EN-gb", "pt", "PT", "pt-BR", "pt-br", "pt-PT", "ptx", "de"]
LANGUAGES_OF_POSTS += ["zh-Hant-TW", "zh-hant"]
MARKETS = ["DE", "US", "GB"]
# an agreement is tried on so many expressions, in so many worlds; `make agreement` asks for more
CASES = int(os.environ.get("AGREEMENT_CASES", "160"))
WORLDS = 4

pytestmark = pytest.mark.django_db
quiet = settings(
    deadline=None,
    max_examples=-(-CASES // WORLDS),
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


# --- three back ends, one answer ------------------------------------------------------------------


@dataclass
class World:
    """What a random expression may name, and what is known of the posts."""

    genres: list[Genre]
    tags: list[AudienceTag]
    artists: list[Artist]
    facts: dict[int, PostFacts]


def make_world(seed: int, author: User) -> World:
    """Fill the database with posts that have every kind of fact, and miss every kind."""
    chance = random.Random(seed)
    genres = [
        Genre.objects.create(name=name, key=match_key(name), slug=f"g{place}")
        for place, name in enumerate(GENRES)
    ]
    for place, genre in enumerate(genres):
        # up to three parents, so that several ways lead from one to another
        parents = chance.sample(genres[:place], min(place, chance.choice([0, 1, 2, 2, 3])))
        GenreEdge.objects.bulk_create(GenreEdge(parent=one, child=genre) for one in parents)
    rebuild_closure()
    tags = [
        AudienceTag.objects.create(name=name, slug=f"t{place}") for place, name in enumerate(TAGS)
    ]
    artists = [
        Artist.objects.create(name=f"a{n}", key=f"a{n}", slug=f"a{n}") for n in range(ARTISTS)
    ]
    ArtistGenre.objects.bulk_create(
        ArtistGenre(artist=artists[place], genre=genres[genre], weight=weight)
        for place, genre, weight in ((1, 5, 1.0), (1, 6, 0.5), (2, 6, 0.2))
    )
    tracks = Track.objects.bulk_create(
        Track(artist=artists[place % 2], title="T", key=f"t{place}", released=day)
        for place, day in enumerate(RELEASES)
    )
    posts = Post.objects.bulk_create(random_post(chance, place, author) for place in range(POSTS))
    for post in posts:
        post.tracks.set(chance.sample(tracks, chance.choice([0, 0, 1, 2])))
        post.artists.set(chance.sample(artists, chance.randrange(3)))
    links: list[list[Any]] = [[], [], []]
    for post in posts:
        picks = random_picks(chance, genres)
        links[0] += [PickedGenre(post=post, genre=one, percent=said) for one, said in picks.items()]
        tagged = chance.sample(tags, chance.choice([0, 1, 3, 6]))
        links[1] += [TaggedPost(tag=tag, content_object=post) for tag in tagged]
        only = chance.sample(MARKETS, chance.choice([0, 1, 1, 2]))
        links[2] += [PostMarket(post=post, code=code) for code in only]
    for rows in links:
        type(rows[0])._default_manager.bulk_create(rows)
    derive_genres(post.pk for post in posts)
    return World(genres, tags, artists, facts_of_many(posts))


def random_picks(chance: random.Random, genres: list[Genre]) -> dict[Genre, int | None]:
    """Pick up to three genres, some with a share: hardly any of the post, or nearly all."""
    picks: dict[Genre, int | None] = {}
    left = 100
    for genre in chance.sample(genres, chance.choice([0, 1, 1, 2, 3])):
        percent = chance.choice([None, None, 1, 25, 50, 60, 99])
        fits = percent is not None and percent < left
        picks[genre] = percent if fits else None
        left -= (percent or 0) if fits else 0
    return picks


def random_post(chance: random.Random, number: int, author: User) -> Post:
    return Post(
        title=f"Post {number}",
        slug=f"post-{number}",
        kind=chance.choice(PostKind.values),
        lang=chance.choice(LANGUAGES_OF_POSTS),
        explicit=chance.random() < 0.5,
        priority=chance.choice(PostPriority.values),
        happens_on=chance.choice([None, *DAYS]),
        author=author,
        created_at=NOON,
        updated_at=NOON,
    )


def ranges(lowest: int, highest: int, numbers: list[int]) -> st.SearchStrategy[Range]:
    ends = st.sampled_from(numbers)
    return st.builds(Range, st.none() | ends, st.none() | ends).filter(
        lambda one: (one.least or lowest) <= (one.most or highest)
    )


def leaves(world: World) -> dict[str, st.SearchStrategy[Expression]]:
    """Give terms of every kind, each true of some posts and false of others."""

    def rows(field: str, named: Sequence[Model], most: int) -> st.SearchStrategy[Expression]:
        picked = st.sets(st.sampled_from([row.pk for row in named]), min_size=1, max_size=most)
        return picked.map(lambda ids: Term(field, "x", frozenset(ids)))

    def words(field: str, choices: list[str]) -> st.SearchStrategy[Expression]:
        return st.sampled_from(choices).map(lambda value: Term(field, value, value, value))

    beginnings = st.sampled_from(BEGINNINGS)
    return {
        "genre": rows("genre", world.genres, 3),
        "tag": rows("tag", world.tags, 4),
        "tag*": beginnings.map(lambda begin: Term("tag", begin, Prefix(begin))),
        "artist": rows("artist", world.artists, 2),
        "kind": words("kind", PostKind.values),
        "lang": words("lang", LANGUAGES),
        "market": words("market", MARKETS),
        "explicit": words("explicit", ["yes", "no"]),
        "year": ranges(1, 9999, YEARS).map(lambda one: Term("year", "x", one)),
        "priority": ranges(1, 5, PostPriority.values).map(lambda one: Term("priority", "x", one)),
    }


def terms_of(world: World) -> st.SearchStrategy[Expression]:
    return st.one_of(*leaves(world).values())


def with_audiences(terms: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    """Let some terms ask for an audience that asks for something itself, or for a third one."""
    asked = trees(terms).map(lambda tree: Term("audience", "x", Included(1, tree)))
    twice = trees(terms | asked).map(lambda tree: Term("audience", "x", Included(2, tree)))
    return st.one_of(terms, terms, terms, asked, twice)


def written_terms() -> st.SearchStrategy[str]:
    """Write terms of every field in every form."""
    named = [f"{name}:{name[0]}{n}" for name in ("genre", "tag", "artist") for n in range(ARTISTS)]
    named += [f"genre:{quote(name)}" for name in (*GENRES, *GENRE_ALIASES)]
    named += [f"tag:{quote(name)}" for name in TAGS]
    others = [f"lang:{lang}" for lang in LANGUAGES] + [f"market:{code}" for code in MARKETS]
    others += [f"kind:{kind}" for kind in PostKind.values] + ["explicit:yes", "explicit:no"]
    others += [f"tag:{quote(begin)[:-1]}*{quote(begin)[-1]}" for begin in ("%", "\\", '"')]
    others += [
        f"tag:{begin}*"
        for begin in ("fest", "f", "uk", "x", "izm", "\N{LATIN SMALL LETTER DOTLESS I}z", "stras")
    ]
    others += ['tag:"uk f*"', 'tag:"UK Festival"', "tag:STRASSE", "genre:GRÖSSE", "lang:PT-br"]
    others += ["year:2020", "year:>1999", "year:<=2000", "year:1999..2020", "year:>=0999"]
    others += ["priority:3", "priority:<5", "priority:>=2", "priority:2..4", "market:de"]
    lists = [
        "genre:(g0 OR g1)",
        "genre:(g6 AND NOT g7)",
        "tag:(t1 OR fest*)",
        "kind:(tour OR video)",
    ]
    lists += ["artist:(a0 AND a1)", "year:(1999 OR >=2020)", "market:(DE OR US)"]
    return st.one_of(map(st.sampled_from, (named, others, lists, ["audience:a-k-a"])))


def assert_agreement(tree: Expression, facts: Mapping[int, PostFacts]) -> None:
    wanted, index = predicate(tree), Percolator({1: tree})
    in_memory = sorted(pk for pk, known in facts.items() if wanted(known))
    in_index = sorted(pk for pk, known in facts.items() if index.matching(known))
    in_database = Post.objects.order_by("pk").filter(query(tree)).values_list("pk", flat=True)
    assert in_memory == list(in_database)
    assert in_memory == in_index


@pytest.mark.parametrize("seed", range(WORLDS))
def test_predicate_index_and_query_agree_on_every_post(editor: User, seed: int) -> None:
    world = make_world(seed, editor)

    @quiet
    @given(trees(with_audiences(terms_of(world))))
    def agree(tree: Expression) -> None:
        assert_agreement(tree, world.facts)

    agree()


def test_each_kind_of_term_holds_for_some_posts_and_not_for_others(editor: User) -> None:
    """Terms that are nearly always false would agree whatever the back ends say."""
    world = make_world(0, editor)
    for name, strategy in leaves(world).items():
        shares = shares_of_posts(strategy, world)
        assert 0.1 < statistics.mean(shares) < 0.9, name
        assert sum(0 < share < 1 for share in shares) > len(shares) / 2, name


def shares_of_posts(terms: st.SearchStrategy[Expression], world: World) -> list[float]:
    """Give of some terms the share of the posts for which they hold."""
    shares: list[float] = []

    @settings(deadline=None, max_examples=60, database=None, derandomize=True)
    @given(terms)
    def count(term: Expression) -> None:
        shares.append(statistics.mean(map(predicate(term), world.facts.values())))

    count()
    return shares


def test_every_form_reads_back_from_its_canonical_text(editor: User) -> None:
    world = make_world(1, editor)
    for name, at in GENRE_ALIASES.items():
        GenreAlias.objects.create(name=name, key=match_key(name), genre=world.genres[at])
    save_audience(name="A K A", expression="(genre:g1 OR year:>1999) AND NOT tag:uk")
    # nobody looks at a stand-in's value: only its text is written
    stand_ins = written_terms().map(lambda text: Term(*text.split(":", 1)))

    @settings(parent=quiet, max_examples=max(40, CASES // 8))
    @given(trees(stand_ins))
    def agree(tree: Expression) -> None:
        read = parse(f"kind:tour AND ({typed(tree)})")
        assert parse(format_expression(read)) == read
        assert_agreement(read, world.facts)

    agree()


def test_what_is_known_of_an_unsaved_post_is_what_is_known_of_it_saved(editor: User) -> None:
    world = make_world(2, editor)
    for post in Post.objects.with_content():
        known = facts_of_unsaved(
            post,
            artists=post.artists.all(),
            genres=dict(post.picked_genres.values_list("genre_id", "percent")),
            tags=[item.tag for item in post.tagged_items.all()],
            markets=[market.code for market in post.markets.all()],
            tracks=[track.pk for track in post.tracks.all()],
        )
        saved = world.facts[post.pk]
        assert known == saved
        assert known.shares == pytest.approx(saved.shares)
        assert known.sources == saved.sources


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


def test_the_deepest_trees_agree_too(editor: User) -> None:
    world = make_world(1, editor)

    @settings(parent=quiet, max_examples=max(10, CASES // 50))
    @given(
        st.lists(terms_of(world), min_size=1, max_size=20),
        st.sampled_from([5, 6, 7, 20, 50, 100, 200]),
    )
    def agree(terms: list[Expression], depth: int) -> None:
        assert_agreement(deep(terms, depth), world.facts)

    agree()


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

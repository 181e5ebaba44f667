"""From what people opened to weights: each says what it rests on, and too little says nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from urllib.parse import urlsplit

from django.utils.translation import gettext, ngettext

from content.catalogue.closure import chunks
from content.editorial.models import Post
from spokes.audiences.facts import PostFacts, facts_of_many
from spokes.audiences.lately import TEXTS
from spokes.audiences.profiles.counting import (
    CHUNK,
    Counted,
    Shares,
    mean,
    most,
    rolled_up,
)
from spokes.audiences.profiles.exceptions import NothingOpened, TooLittleOpened
from spokes.audiences.profiles.reading import MOST, Openings, read_openings

# what was opened less often, or in one post alone, may be chance, or that post's picture
FEWEST_OPENINGS = 10
FEWEST_POSTS = 2
LARGEST_ID = 2**63


@dataclass(frozen=True)
class Found:
    """Posts by how a file names them; ``elsewhere`` names what other people opened."""

    posts: Mapping[str, int]
    elsewhere: frozenset[str] = frozenset()


Finder = Callable[[Collection[str]], Found]


@dataclass(slots=True)
class Rest:
    """What a weight rests on."""

    openings: int = 0
    posts: int = 0

    @property
    def is_little(self) -> bool:
        return self.openings < FEWEST_OPENINGS or self.posts < FEWEST_POSTS


Rests = dict[int, Rest]


@dataclass
class Opened(Counted):
    """What was counted of openings; ``people`` is their number."""

    # by post
    numbers: dict[int, int] = field(default_factory=dict)
    # how many people opened them, where the file says by whom
    listeners: int | None = None
    # openings of what was on the channels of others
    elsewhere: int = 0
    first: date | None = None
    last: date | None = None
    # by id, of all that was opened: also of what is too little and has no weight
    genre_rests: Rests = field(default_factory=dict)
    tag_rests: Rests = field(default_factory=dict)
    artist_rests: Rests = field(default_factory=dict)

    @property
    def posts(self) -> int:
        return len(self.numbers)

    def _counted(self) -> list[str]:
        openings = ngettext("{n} opening", "{n} openings", self.people)
        posts = ngettext("{n} post", "{n} posts", self.posts)
        return [openings.format(n=self.people), posts.format(n=self.posts)]


def find_posts(references: Collection[str]) -> Found:
    """Find posts by slug, by number, or by the slug at the end of an address."""
    slugs = {reference: slug_at_the_end(reference) for reference in references}
    by_slug: dict[str, int] = {}
    for some in chunks([*set(slugs.values()) - {""}], CHUNK):
        by_slug |= dict(Post.objects.filter(slug__in=some).values_list("slug", "pk"))
    found = {one: by_slug[slug] for one, slug in slugs.items() if slug in by_slug}
    numbers = {one: int(one) for one in references if one not in found and _is_number(one)}
    for those in chunks([*numbers.values()], CHUNK):
        there = set(Post.objects.filter(pk__in=those).values_list("pk", flat=True))
        found |= {one: pk for one, pk in numbers.items() if pk in there}
    return Found(found)


def slug_at_the_end(reference: str) -> str:
    """Give the last part of an address, or the reference itself; empty where it has none."""
    try:
        path = urlsplit(reference).path
    except ValueError:
        return ""
    return path.rstrip("/").rpartition("/")[2]


def read_opened(text: str, find: Finder = find_posts) -> Opened:
    """Count what ``learn_profile`` would keep, and keep nothing.

    Raises ProfileFileRefused with every fault, NothingOpened and TooLittleOpened.
    """
    opened = count_openings(read_openings(text), find)
    if not opened.people:
        raise NothingOpened(_why_nothing(opened))
    if not (opened.genres or opened.tags or opened.artists):
        raise TooLittleOpened(
            gettext(
                "{counted}: too little to say anything by. A genre, a tag or an artist counts "
                "from {openings} openings of {posts} posts on."
            ).format(
                counted=opened.summary.capitalize(), openings=FEWEST_OPENINGS, posts=FEWEST_POSTS
            )
        )
    return opened


def count_openings(openings: Openings, find: Finder = find_posts) -> Opened:
    """Count the shares of what people opened; what rests on too little is left out."""
    found = find(openings.references)
    names: defaultdict[int, list[str]] = defaultdict(list)
    for name, post in found.posts.items():
        names[post].append(name)
    numbers = {post: openings.of(those) for post, those in names.items()}
    theirs = [one for those in names.values() for one in those]
    opened = Opened(
        people=min(MOST, sum(numbers.values())),
        numbers=numbers,
        unknown=_unknown(openings, found),
        elsewhere=min(MOST, sum(openings.of([name]) for name in found.elsewhere)),
        first=openings.first,
        last=openings.last,
    )
    if openings.listeners:
        opened.listeners = len(set().union(*(openings.listeners[name] for name in theirs)))
    _weigh(opened)
    return opened


def _unknown(openings: Openings, found: Found) -> list[tuple[str, int]]:
    missed = set(openings.references) - found.posts.keys() - found.elsewhere
    return sorted(((name, openings.of([name])) for name in missed), key=lambda one: (-one[1], one))


def _weigh(opened: Opened) -> None:
    numbers = opened.numbers
    facts = list(_facts(numbers))
    genres = {one.post_id: rolled_up(one.lineage, one.shares) for one in facts}
    tags = {one.post_id: dict.fromkeys(one.tags, 1.0) for one in facts}
    artists = {one.post_id: dict.fromkeys(one.artists, 1.0) for one in facts}
    opened.genre_rests = _rests(genres, numbers)
    opened.tag_rests = _rests(tags, numbers)
    opened.artist_rests = _rests(artists, numbers)
    opened.genres = _told(mean(genres, numbers), opened.genre_rests)
    opened.tags = most(_told(mean(tags, numbers), opened.tag_rests))
    opened.artists = _told(mean(artists, numbers), opened.artist_rests)


def _facts(posts: Collection[int]) -> Iterator[PostFacts]:
    for some in chunks(sorted(posts), CHUNK):
        rows = Post.objects.defer(*TEXTS).filter(pk__in=some)
        yield from facts_of_many(list(rows)).values()


def _rests(things: Mapping[int, Shares], numbers: Mapping[int, int]) -> Rests:
    rests: Rests = {}
    for post, shares in things.items():
        for key in shares:
            rest = rests.setdefault(key, Rest())
            rest.openings += numbers[post]
            rest.posts += 1
    return rests


def _told(shares: Shares, rests: Rests) -> Shares:
    return {pk: share for pk, share in shares.items() if not rests[pk].is_little}


def _why_nothing(opened: Opened) -> str:
    if opened.elsewhere:
        return gettext(
            "All that is known of this was opened on the channels of others, so nothing was kept."
        )
    if opened.unknown:
        return gettext("None of these posts is known, so nothing was kept.")
    return gettext("There is nothing below the names of the columns.")


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 20 and int(text) < LARGEST_ID

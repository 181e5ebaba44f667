"""A newsroom of years, for trying lists at size: rows laid down at once, not by the actions.

Whatever is filled in carries the same word at the start of its slug, and can be removed again.
"""

from __future__ import annotations

import dataclasses
import itertools
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.contrib.auth.models import User
from django.db import models, transaction

from content.catalogue.models import Artist, ArtistGenre, GenreClosure
from content.catalogue.names import make_slug, match_key
from content.editorial.models import Post, PostGenre, PostKind, PostState, title_key
from content.media.models import Asset
from hub.delivery.models import PLANNED_BY_HAND, Delivery, Kind
from hub.delivery.states import State
from hub.demo import fill_words
from spokes.channels.models import Channel, Spoke

MARK = "filled-"
BATCH = 5_000
PAST_DAYS = 720
AHEAD_DAYS = 21
# channels of partners beside each site: paused, so that nothing of a trial leaves the house
PARTNERS = 5
PAUSED = "Only here to try lists at size."
# so many posts in a thousand are not published yet
SHARES: tuple[tuple[str, int], ...] = (
    ("draft", 40),
    ("review", 4),
    ("archived", 30),
    ("backlog", 6),
    ("ahead", 4),
)
# past deliveries in a hundred thousand that did not end as live
TROUBLE: tuple[tuple[State, int], ...] = (
    (State.CANCELLED, 1_500),
    (State.MISSED, 3),
    (State.REFUSED, 2),
    (State.DEAD, 1),
    (State.REVIEW, 2),
)

# why the channel gets it: routing was not asked, and nobody planned it
FILLED_WORDS = "Laid down to try lists at size."

Row = TypeVar("Row", bound=models.Model)
# a live delivery: when, its key, its post's, its channel's
Sent = tuple[datetime, int, int, int]
# draws a bar: rows to come, how many, what they are
Watch = Callable[[Iterable[Row], int, str], Iterable[Row]]


@dataclasses.dataclass
class House:
    """What is there already, and what the filled rows hang on."""

    people: list[User]
    heroes: list[int]
    # the genres at or below each spoke's
    genres: dict[int, list[int]]
    # the spokes at or above each genre
    homes: dict[int, list[int]]
    # by spoke; the hub's under 0
    channels: dict[int, list[int]]
    now: datetime
    chance: random.Random


def is_filled() -> bool:
    return Post.objects.filter(slug__startswith=MARK).exists()


def fill(
    *, posts: int, artists: int, deliveries: int, now: datetime, watch: Watch[Any], seed: int = 1
) -> None:
    """Add so many rows, in batches; stopped half way, what is there can be removed."""
    chance = random.Random(seed)  # noqa: S311  # names and times of day, no secret
    _add_partners(now)
    house = _read_house(now, chance)
    plays = _add_artists(house, artists, watch)
    plans = _add_posts(house, posts, plays, watch)
    _add_deliveries(house, plans, deliveries, watch)


@transaction.atomic
def unfill() -> dict[str, int]:
    """Remove what was filled in; return how many rows went, by name."""
    posts = Post.objects.filter(slug__startswith=MARK)
    deliveries = Delivery.objects.filter(post__in=posts.values("pk"))
    gone = {}
    # changes first: they point at what they change
    for name, rows in (
        ("changes", deliveries.exclude(kind=Kind.PUBLISH)),
        ("deliveries", deliveries),
        ("posts", posts),
        ("artists", Artist.objects.filter(slug__startswith=MARK)),
        ("channels", Channel.objects.filter(slug__startswith=MARK)),
    ):
        gone[name] = rows.count()
        rows.delete()
    return gone


def _add_partners(now: datetime) -> None:
    wanted = [
        Channel(
            name=f"{spoke.name if spoke else 'Hub'} partner {number}",
            slug=f"{MARK}{spoke.slug if spoke else 'hub'}-{number}",
            spoke=spoke,
            network="webhook",
            zone="Europe/Berlin",
            paused_at=now,
            paused_reason=PAUSED,
        )
        for spoke in (None, *Spoke.objects.all())
        for number in range(1, PARTNERS + 1)
    ]
    Channel.objects.bulk_create(wanted, ignore_conflicts=True)


def _read_house(now: datetime, chance: random.Random) -> House:
    spoke_of = dict(Spoke.objects.values_list("genre_id", "pk"))
    pairs = GenreClosure.objects.filter(ancestor__in=spoke_of)
    genres: dict[int, list[int]] = {}
    homes: dict[int, list[int]] = {}
    for above, below in pairs.values_list("ancestor_id", "descendant_id"):
        genres.setdefault(spoke_of[above], []).append(below)
        homes.setdefault(below, []).append(spoke_of[above])
    channels: dict[int, list[int]] = {}
    for pk, spoke in Channel.objects.values_list("pk", "spoke_id").order_by("pk"):
        channels.setdefault(spoke or 0, []).append(pk)
    people = list(User.objects.filter(is_staff=True, is_active=True).order_by("pk"))
    heroes = list(Asset.objects.values_list("pk", flat=True)[:200])
    return House(people, heroes, genres, homes, channels, now, chance)


def _stored(model: type[Row], rows: Iterable[Row], count: int, watch: Watch[Row]) -> Iterator[Row]:
    """Store rows as they come, a batch in a transaction; yield them with their keys."""
    watched = iter(watch(rows, count, str(model._meta.verbose_name_plural)))
    while batch := list(itertools.islice(watched, BATCH)):
        yield from model._default_manager.bulk_create(batch)


# --- artists ----------------------------------------------------------------------------------


def _add_artists(house: House, count: int, watch: Watch[Any]) -> list[tuple[int, int]]:
    """Add artists; return each with the genre that is most theirs."""
    first = Artist.objects.filter(slug__startswith=MARK).count()
    spokes = list(house.genres)
    picks = [house.chance.choice(house.genres[house.chance.choice(spokes)]) for _ in range(count)]
    rows = (_artist(house.chance, first + number) for number in range(count))
    made = [row.pk for row in _stored(Artist, rows, count, watch)]
    links = (
        ArtistGenre(artist_id=artist, genre_id=genre)
        for artist, genre in zip(made, picks, strict=True)
    )
    for _ in _stored(ArtistGenre, links, count, watch):
        pass
    return list(zip(made, picks, strict=True))


def _artist(chance: random.Random, number: int) -> Artist:
    name = fill_words.artist(chance)
    slug = f"{MARK}{number:06}-{make_slug(name)}"
    return Artist(
        name=name, key=match_key(name), slug=slug, country=chance.choice(fill_words.COUNTRIES)
    )


# --- posts ------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Plan:
    """A post that goes out: when first, and on which channels."""

    post_id: int
    at: datetime
    channels: list[int]


def _add_posts(
    house: House, count: int, plays: Sequence[tuple[int, int]], watch: Watch[Any]
) -> list[Plan]:
    first = Post.objects.filter(slug__startswith=MARK).count()
    names = dict(Artist.objects.filter(slug__startswith=MARK).values_list("pk", "name"))
    picks = [house.chance.choice(plays) for _ in range(count)]
    lots = [_lot(house.chance) for _ in range(count)]
    rows = (
        _post(house, first + number, names[artist], lot)
        for number, ((artist, _), lot) in enumerate(zip(picks, lots, strict=True))
    )
    made = [(row.pk, row.updated_at) for row in _stored(Post, rows, count, watch)]
    _link(made, picks, watch)
    return [
        Plan(pk, _first_time(house, at, lot), _channels(house, genre))
        for (pk, at), (_, genre), lot in zip(made, picks, lots, strict=True)
        if lot in {"out", "ahead"}
    ]


def _lot(chance: random.Random) -> str:
    number = chance.randrange(1_000)
    for lot, share in SHARES:
        if number < share:
            return lot
        number -= share
    return "out"


STATES = {
    "draft": PostState.DRAFT,
    "review": PostState.IN_REVIEW,
    "archived": PostState.ARCHIVED,
}


def _post(house: House, number: int, artist: str, lot: str) -> Post:
    chance = house.chance
    kind = chance.choice(PostKind.values)
    title = fill_words.title(chance, kind, artist)
    # more of late than long ago; what waits is fresh
    days = PAST_DAYS * (1 - chance.random() ** 0.6) if lot in {"out", "archived"} else 30
    at = house.now - timedelta(days=days if lot in {"out", "archived"} else chance.random() * days)
    author, approver = chance.sample(house.people, 2)
    state = STATES.get(lot, PostState.APPROVED)
    approved = state == PostState.APPROVED
    body = fill_words.body(chance, artist)
    return Post(
        title=title,
        title_key=title_key(title),
        slug=f"{MARK}{number:07}-{make_slug(title, max_length=90)}",
        kind=kind,
        teaser=fill_words.teaser(chance, artist),
        body=body,
        body_html=f"<p>{body}</p>\n",
        hero_id=chance.choice(house.heroes) if house.heroes else None,
        cta_url=f"https://listen.example.org/{kind}/{number}",
        state=state,
        locked_at=at if lot == "ahead" else None,
        author=author,
        submitted_by=None if state == PostState.DRAFT else author,
        approved_by=approver if approved else None,
        approved_at=at if approved else None,
        first_approved_at=at if approved else None,
        created_at=at - timedelta(days=2),
        updated_at=at,
    )


def _link(
    made: Sequence[tuple[int, datetime]], picks: Sequence[tuple[int, int]], watch: Watch[Any]
) -> None:
    pairs = list(zip(made, picks, strict=True))
    by_artist = Post.artists.through
    artists = (by_artist(post_id=post, artist_id=artist) for (post, _), (artist, _) in pairs)
    genres = (
        PostGenre(post_id=post, genre_id=genre, source=PostGenre.Source.ARTIST)
        for (post, _), (_, genre) in pairs
    )
    for _ in _stored(by_artist, artists, len(pairs), watch):
        pass
    for _ in _stored(PostGenre, genres, len(pairs), watch):
        pass


def _first_time(house: House, at: datetime, lot: str) -> datetime:
    if lot == "ahead":
        return house.now + timedelta(days=house.chance.random() * AHEAD_DAYS, minutes=10)
    return min(at + timedelta(hours=house.chance.uniform(1, 48)), house.now - timedelta(hours=1))


def _channels(house: House, genre: int) -> list[int]:
    """List where routing sends a post of the genre: its spokes, and the hub with one in three."""
    homes = list(house.homes[genre])
    if house.chance.random() < 0.33:
        homes.append(0)
    return [channel for home in homes for channel in house.channels.get(home, ())]


# --- deliveries -------------------------------------------------------------------------------


def _add_deliveries(house: House, plans: Sequence[Plan], count: int, watch: Watch[Any]) -> None:
    """Publish every post on its channels; what is left of the number are edits of what is live."""
    publishes = itertools.islice(_publishes(house, plans), count)
    # without the rows themselves: a million of them take gigabytes
    live: list[Sent] = []
    stored = 0
    for row in _stored(Delivery, publishes, count, watch):
        stored += 1
        if row.state == State.LIVE:
            live.append((row.due_at, row.pk, row.post_id, row.channel_id))
    edits = itertools.islice(_edits(house, live), count - stored)
    for _ in _stored(Delivery, edits, count - stored, watch):
        pass


def _publishes(house: House, plans: Sequence[Plan]) -> Iterator[Delivery]:
    for plan in plans:
        for number, channel in enumerate(plan.channels):
            at = plan.at + timedelta(minutes=number * 7)
            state = _ended(house.chance) if at < house.now else State.SCHEDULED
            yield _delivery(house, plan.post_id, channel, at, state)


def _edits(house: House, live: list[Sent]) -> Iterator[Delivery]:
    """Edit what is live, the latest first, again and again."""
    live.sort(reverse=True)
    for days in itertools.count(1) if live else ():
        for due_at, target, post, channel in live:
            at = min(due_at + timedelta(days=days), house.now - timedelta(minutes=5))
            edit = _delivery(house, post, channel, at, State.LIVE)
            edit.kind, edit.target_id = Kind.EDIT, target
            yield edit


def _ended(chance: random.Random) -> State:
    number = chance.randrange(100_000)
    for state, share in TROUBLE:
        if number < share:
            return state
        number -= share
    return State.LIVE


REASONS = {
    State.CANCELLED: "Cancelled by hand.",
    State.MISSED: "It was too late when its turn came.",
    State.REFUSED: "The network said no: the text is too long.",
    State.DEAD: "Every try failed.",
    State.REVIEW: "The network did not say whether it is there.",
}


def _delivery(house: House, post: int, channel: int, at: datetime, state: State) -> Delivery:
    chance, ended = house.chance, state != State.SCHEDULED
    live = state == State.LIVE
    return Delivery(
        post_id=post,
        channel_id=channel,
        post_revision=1,
        key=f"{chance.getrandbits(128):032x}",
        marker=f"{chance.getrandbits(64):016x}",
        state=state,
        due_at=at,
        next_try_at=at,
        tries=int(ended),
        lease_token=int(ended),
        first_sent_at=at if live else None,
        settled_at=at + timedelta(seconds=2) if ended else None,
        remote_url=f"https://example.org/{chance.getrandbits(32):x}" if live else "",
        reason=REASONS.get(state, ""),
        route_code=PLANNED_BY_HAND,
        route_reason=FILLED_WORDS,
        created_by=house.people[0],
        created_at=at - timedelta(hours=20),
    )

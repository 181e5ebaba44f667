"""What merging two artists would do, told before it is done."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext, ngettext
from rapidfuzz import process
from rapidfuzz.distance import Indel

from content.catalogue.alike import names_like
from content.catalogue.artists import TYPED, play_together, twin_tracks
from content.catalogue.mentions import Shares
from content.catalogue.models import Artist, Genre
from content.editorial.models import Post
from content.editorial.shares import in_percent
from hub.delivery.models import Delivery, Hold, Kind
from spokes.audiences.facts import facts_of_many
from spokes.audiences.merging import audiences_that_name, facts_if_merged
from spokes.audiences.models import Audience, AudienceProfile
from spokes.audiences.routing import RoutingTable, overrides_of
from spokes.channels.models import Channel

# posts that are routed before and after, those that changed last
MOST_ROUTED = 300
# genres and names that a sentence has room for
NAMED = 6
OFFERED = 5
# how alike a name must be to be offered, 0..1
ALIKE = 0.72
# names that are looked at for those, and letters that say something within a longer name
MOST_NEAR = 30
ENOUGH = 4


@dataclass(frozen=True)
class Reach:
    """How many of the posts a channel would take more, and how many it would not take any more."""

    channel: Channel
    more: int
    fewer: int

    def __str__(self) -> str:
        words = ngettext("%(count)d post more", "%(count)d posts more", self.more)
        more = words % {"count": self.more} if self.more else ""
        words = ngettext("%(count)d post fewer", "%(count)d posts fewer", self.fewer)
        fewer = words % {"count": self.fewer} if self.fewer else ""
        return ", ".join(filter(None, (more, fewer)))


@dataclass(frozen=True)
class MergePreview:
    """All that goes from ``artist`` to ``into``; ``sign`` stands for what was shown."""

    artist: Artist
    into: Artist
    posts: int
    tracks: int
    twins: int
    names: list[str]
    plays: list[tuple[str, str]]
    plays_before: list[tuple[Artist, str]]
    audiences: list[Audience]
    profiles: list[AudienceProfile]
    held: str
    reaches: list[Reach]
    routed: int
    lost: int
    sign: str


def preview_merge(artist: Artist, into: Artist) -> MergePreview:
    """Say what would move and where posts would go otherwise; the number of queries is bounded."""
    plays = play_together(artist, into).shares
    posts = list(_about(artist, into).order_by("-updated_at", "-pk")[:MOST_ROUTED])
    reaches, lost = _reaches(posts, artist, into, plays)
    played = [(one, _in_words(_shares_of(one))) for one in (artist, into)]
    numbers = {
        "posts": _about(artist).count(),
        "tracks": artist.tracks.count(),
        "twins": len(twin_tracks(artist, into)),
    }
    return MergePreview(
        artist=artist,
        into=into,
        **numbers,
        names=_names(artist, into),
        plays=_named(plays),
        plays_before=played,
        audiences=audiences_that_name(artist),
        profiles=list(AudienceProfile.objects.filter(artists__artist=artist)),
        held=_held(artist, into),
        reaches=reaches,
        routed=len(posts),
        lost=lost,
        sign=_sign(artist, into, plays, numbers),
    )


def offer_twins(artist: Artist) -> list[Artist]:
    """Find the artists whose names are most like this one's, with ``number`` of posts each."""
    like = names_like(Artist, [artist.key])
    near = process.extract(
        artist.key,
        list(like),
        scorer=Indel.normalized_similarity,
        limit=OFFERED + 1,
        score_cutoff=ALIKE,
    )
    holding = [key for key in like if _holds(key, artist.key) or _holds(artist.key, key)]
    keys = list(dict.fromkeys([*(key for key, *_ in near), *sorted(holding, key=len)]))[:MOST_NEAR]
    rows = Artist.objects.filter(Q(key__in=keys) | Q(aliases__key=artist.key)).exclude(pk=artist.pk)
    found = rows.annotate(number=Count("posts", distinct=True)).distinct()
    return sorted(found, key=lambda one: (_place(one, keys), one.pk))[:OFFERED]


def _holds(key: str, other: str) -> bool:
    return len(other) >= ENOUGH and other in key


def _place(artist: Artist, keys: list[str]) -> int:
    return keys.index(artist.key) if artist.key in keys else len(keys)


def _about(*artists: Artist) -> QuerySet[Post]:
    named = Q(artists__in=artists) | Q(tracks__artist__in=artists)
    return Post.objects.filter(pk__in=Post.objects.filter(named).order_by().values("pk"))


def _names(artist: Artist, into: Artist) -> list[str]:
    """List the names that mean the other one from then on, and did not before."""
    held = {into.key, *into.aliases.values_list("key", flat=True)}
    named = [(artist.key, artist.name), *artist.aliases.values_list("key", "name")]
    return [name for key, name in named if key not in held]


def _held(artist: Artist, into: Artist) -> str:
    held = {hold.artist_id for hold in Hold.objects.filter(artist__in=[artist, into])}
    if held == {artist.pk}:
        words = gettext("“{artist}” is held back: the posts of “{into}” will be held back too.")
    elif held == {into.pk}:
        words = gettext("“{into}” is held back: the posts of “{artist}” will be held back too.")
    elif held:
        words = gettext("Both are held back, and stay so.")
    else:
        return ""
    return words.format(artist=artist, into=into)


def _reaches(
    posts: Collection[Post], artist: Artist, into: Artist, plays: Shares
) -> tuple[list[Reach], int]:
    """Say which channels would take more or fewer of the posts, and how many plans that stops."""
    if not posts:
        return [], 0
    table, by_hand = RoutingTable.load([]), overrides_of(posts)
    merged = facts_if_merged(posts, artist=artist, into=into, plays=plays)
    more: Counter[int] = Counter()
    fewer: Counter[int] = Counter()
    not_wanted: dict[int, set[int]] = {}
    for pk, facts in facts_of_many(posts).items():
        pins = by_hand.get(pk, {})
        before, after = table.takers(facts, pins), table.takers(merged[pk], pins)
        more.update(after - before)
        fewer.update(before - after)
        not_wanted[pk] = before - after
    channels = Channel.objects.filter(pk__in={*more, *fewer}).select_related("spoke")
    reaches = [Reach(channel, more[channel.pk], fewer[channel.pk]) for channel in channels]
    reaches.sort(key=lambda one: (-one.more - one.fewer, one.channel.name))
    return reaches, _stopped(not_wanted)


def _stopped(not_wanted: Mapping[int, Collection[int]]) -> int:
    rows = Delivery.objects.planned().filter(kind=Kind.PUBLISH, post__in=list(not_wanted))
    planned = rows.order_by().values_list("post_id", "channel_id")
    return sum(channel in not_wanted[post] for post, channel in planned)


def _shares_of(artist: Artist) -> Shares:
    return dict(artist.artist_genres.values_list("genre_id", "weight"))


def _named(shares: Shares) -> list[tuple[str, str]]:
    """Give the genres by name with their part of the whole, the largest first."""
    names = dict(Genre.objects.filter(pk__in=shares).values_list("pk", "name"))
    total = sum(shares.values())
    largest = sorted(shares, key=lambda pk: (-shares[pk], names[pk]))
    return [(names[pk], in_percent(shares[pk] / total)) for pk in largest]


def _in_words(shares: Shares) -> str:
    named = [f"{name} {percent}" for name, percent in _named(shares)]
    return ", ".join([*named[:NAMED], *["…"][: len(named) > NAMED]])


def _sign(artist: Artist, into: Artist, plays: Shares, numbers: Mapping[str, int]) -> str:
    """Write what was shown in short, so that who agrees agrees to that."""
    shown = [
        [[one.pk, *(getattr(one, field) for field in TYPED)] for one in (artist, into)],
        sorted(plays.items()),
        dict(numbers),
    ]
    return hashlib.sha256(json.dumps(shown).encode()).hexdigest()[:24]

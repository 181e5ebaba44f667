"""Which channels a post goes to, and why, or why not.

The last word is a ban, then a pin, then the audience: the channel's own, else its spoke's, else
the spoke's genre. The hub without an audience takes every post. A spoke also takes what the
spokes below it take, unless one of them keeps its posts to itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from django.utils.text import get_text_list
from django.utils.translation import gettext

from content.catalogue.models import GenreClosure
from content.editorial.models import Post
from spokes.audiences.explain import GenreTree, Part, explain
from spokes.audiences.facts import NOTHING, PostFacts, facts_of_many
from spokes.audiences.language import (
    Expression,
    ExpressionErrors,
    Term,
    predicate,
    read_saved,
)
from spokes.audiences.language.vocabulary import Test
from spokes.audiences.models import Audience, RoutingOverride
from spokes.channels.models import Channel, Spoke


class RouteCode(StrEnum):
    BANNED = "banned"
    PINNED = "pinned"
    HUB = "hub_takes_all"
    WANTED = "wanted"
    ROLLED_UP = "rolled_up"
    NOT_WANTED = "not_wanted"
    KEPT_BELOW = "kept_below"
    UNREADABLE = "unreadable"


@dataclass(frozen=True)
class Route:
    """Whether a post goes to a channel: a stable code, the reason in words, and what decided."""

    channel: Channel
    goes: bool
    code: str
    reason: str
    parts: Part | None = None


def _nothing(facts: PostFacts) -> bool:
    return False


@dataclass(frozen=True)
class Wish:
    """What a channel or a spoke asks for; ``trouble`` when that can't be read."""

    name: str = ""
    expression: Expression | None = None
    wants: Test[PostFacts] = _nothing
    trouble: str = ""
    # genres of the spokes below that keep their posts to themselves
    closed: frozenset[int] = NOTHING

    def takes(self, facts: PostFacts) -> bool:
        return self.wants(facts.without(self.closed))


@dataclass(frozen=True)
class Plan:
    """What decides for one channel: its wish (None: every post), and the spokes that rise to it."""

    wish: Wish | None
    rising: tuple[Spoke, ...] = ()
    closed: tuple[Spoke, ...] = ()


class Family:
    """The spokes, and which genre of theirs is below which."""

    def __init__(self, spokes: Iterable[Spoke] = (), pairs: Iterable[tuple[int, int]] = ()) -> None:
        self.spokes = list(spokes)
        self._below: defaultdict[int, set[int]] = defaultdict(set)
        for ancestor, descendant in pairs:
            self._below[ancestor].add(descendant)

    @classmethod
    def load(cls) -> Family:
        spokes = list(Spoke.objects.with_genre())
        genres = [spoke.genre_id for spoke in spokes]
        rows = GenreClosure.objects.filter(ancestor__in=genres, descendant__in=genres, depth__gt=0)
        return cls(spokes, rows.values_list("ancestor_id", "descendant_id"))

    def closed_below(self, spoke: Spoke) -> tuple[Spoke, ...]:
        below = self._below[spoke.genre_id]
        return tuple(
            other for other in self.spokes if not other.rolls_up and other.genre_id in below
        )

    def rising_to(self, spoke: Spoke) -> tuple[Spoke, ...]:
        """List the spokes below, without the closed ones and what is below those."""
        closed = {other.genre_id for other in self.closed_below(spoke)}
        hidden = closed.union(*(self._below[genre] for genre in closed))
        rising = self._below[spoke.genre_id] - hidden
        return tuple(other for other in self.spokes if other.genre_id in rising)


class RoutingTable:
    """All that routing needs to know of the channels, read once and compiled."""

    def __init__(self, channels: Iterable[Channel], family: Family) -> None:
        self.channels = list(channels)
        self._family = family
        self._tree = GenreTree()
        audiences = [channel.audience for channel in self.channels]
        audiences += [spoke.audience for spoke in family.spokes]
        self._audience_wishes = _audience_wishes(filter(None, audiences))
        self._spoke_wishes = {spoke.pk: self._spoke_wish(spoke) for spoke in family.spokes}
        self._plans = {channel.pk: self._plan(channel) for channel in self.channels}

    @classmethod
    def load(cls, channels: Iterable[Channel] | None = None) -> RoutingTable:
        """Read all channels, or those named, in a number of queries that does not grow."""
        rows = Channel.objects.with_audience()
        if channels is None:
            loaded = list(rows)
        else:
            ids = [channel.pk for channel in channels]
            by_id = {channel.pk: channel for channel in rows.filter(pk__in=ids)}
            loaded = [by_id[pk] for pk in ids if pk in by_id]
        asks_spokes = any(channel.spoke and not channel.audience for channel in loaded)
        return cls(loaded, Family.load() if asks_spokes else Family())

    def route(
        self, facts: PostFacts, channel: Channel, overrides: Mapping[int, RoutingOverride]
    ) -> Route:
        """Decide for one channel of the table; ``overrides`` are the post's, by channel id."""
        if channel.pk in overrides:
            return _by_hand(channel, overrides[channel.pk])
        plan = self._plans[channel.pk]
        if plan.wish is None:
            return Route(channel, True, RouteCode.HUB, gettext("the hub takes every post"))
        if plan.wish.takes(facts):
            return self._by_wish(channel, plan.wish, facts, RouteCode.WANTED)
        for spoke in plan.rising:
            wish = self._spoke_wishes[spoke.pk]
            if wish.takes(facts):
                reason = gettext("rolls up from {name}").format(name=spoke.name)
                parts = self._parts(wish, facts)
                return Route(channel, True, RouteCode.ROLLED_UP, reason, parts)
        return self._refusal(channel, plan, plan.wish, facts)

    def route_all(self, facts: PostFacts, overrides: Mapping[int, RoutingOverride]) -> list[Route]:
        return [self.route(facts, channel, overrides) for channel in self.channels]

    def _refusal(self, channel: Channel, plan: Plan, wish: Wish, facts: PostFacts) -> Route:
        if wish.trouble:
            reason = gettext("its audience can’t be read: {trouble}").format(trouble=wish.trouble)
            return Route(channel, False, RouteCode.UNREADABLE, reason)
        keepers = [spoke.name for spoke in plan.closed if spoke.genre_id in facts.genres]
        if wish.closed and keepers and wish.wants(facts):
            reason = gettext("{spoke} keeps its posts to itself").format(spoke=keepers[0])
            if len(keepers) > 1:
                reason = gettext("{spokes} keep their posts to themselves").format(
                    spokes=get_text_list(keepers, gettext("and"))
                )
            return Route(channel, False, RouteCode.KEPT_BELOW, reason, self._parts(wish, facts))
        return self._by_wish(channel, wish, facts, RouteCode.NOT_WANTED)

    def _by_wish(self, channel: Channel, wish: Wish, facts: PostFacts, code: RouteCode) -> Route:
        goes = code is RouteCode.WANTED
        parts = self._parts(wish, facts)
        reason = parts.reason() if parts else ""
        if wish.name:
            reason = f"{'for' if goes else 'not for'} “{wish.name}”: {reason}"
        return Route(channel, goes, code, reason, parts)

    def _parts(self, wish: Wish, facts: PostFacts) -> Part | None:
        if wish.expression is None:
            return None
        return explain(wish.expression, facts.without(wish.closed), self._tree)

    def _plan(self, channel: Channel) -> Plan:
        if channel.audience:
            return Plan(self._audience_wishes[channel.audience.pk])
        if channel.spoke is None:
            return Plan(None)
        return Plan(
            self._spoke_wishes[channel.spoke.pk],
            self._family.rising_to(channel.spoke),
            self._family.closed_below(channel.spoke),
        )

    def _spoke_wish(self, spoke: Spoke) -> Wish:
        if spoke.audience:
            return self._audience_wishes[spoke.audience.pk]
        genre = spoke.genre
        expression = Term("genre", genre.slug, frozenset({genre.pk}), genre.name)
        closed = frozenset(other.genre_id for other in self._family.closed_below(spoke))
        return Wish("", expression, predicate(expression), closed=closed)


def route_post(post: Post, channels: Iterable[Channel] | None = None) -> list[Route]:
    """Say for every channel (or those named, in their order) whether the post goes there."""
    return route_many([post], channels)[post.pk]


def route_many(
    posts: Iterable[Post], channels: Iterable[Channel] | None = None
) -> dict[int, list[Route]]:
    """Route many posts, by post id, in a number of queries that does not grow with them."""
    posts = list(posts)
    table = RoutingTable.load(channels)
    overrides = overrides_of(posts)
    return {
        post_id: table.route_all(facts, overrides.get(post_id, {}))
        for post_id, facts in facts_of_many(posts).items()
    }


def overrides_of(posts: Iterable[Post]) -> dict[int, dict[int, RoutingOverride]]:
    """Find the words by hand over the posts: by post id, then by channel id; one query."""
    found: defaultdict[int, dict[int, RoutingOverride]] = defaultdict(dict)
    rows = RoutingOverride.objects.filter(post__in=[post.pk for post in posts])
    for override in rows.select_related("by"):
        found[override.post_id][override.channel_id] = override
    return found


def _by_hand(channel: Channel, override: RoutingOverride) -> Route:
    if override.verdict == RoutingOverride.Verdict.BAN:
        reason = gettext("banned by {by}: {reason}").format(by=override.by, reason=override.reason)
        return Route(channel, False, RouteCode.BANNED, reason)
    return Route(
        channel,
        True,
        RouteCode.PINNED,
        gettext("pinned by {by}: {reason}").format(by=override.by, reason=override.reason),
    )


def _audience_wishes(audiences: Iterable[Audience]) -> dict[int, Wish]:
    """Compile the audiences by id; the names of all of them are looked up together."""
    by_id = {audience.pk: audience for audience in audiences}
    readings = read_saved(by_id.values())
    return {pk: _wish(audience, readings[pk].result()) for pk, audience in by_id.items()}


def _wish(audience: Audience, read: Expression | ExpressionErrors) -> Wish:
    if isinstance(read, ExpressionErrors):
        return Wish(audience.name, trouble=str(read))
    return Wish(audience.name, read, predicate(read))

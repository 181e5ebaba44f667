"""Which channels a post goes to, and why, or why not.

The last word is a ban, then a pin, then the audience: the channel's own, else its spoke's, else
the spoke's genre. The hub without an audience takes every post. A spoke also takes what the
spokes below it take, unless one of them keeps its posts to itself. What is wanted still has to
have enough of the spoke's genre, and to fit the channel's people, where these have a floor.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from django.utils import timezone
from django.utils.text import get_text_list
from django.utils.translation import gettext

from content.editorial.models import Post
from spokes.audiences.compiled import Compiled, compiled
from spokes.audiences.explain import Part, explain
from spokes.audiences.facts import NOTHING, PostFacts, facts_of_many
from spokes.audiences.fit import Fit
from spokes.audiences.models import RoutingOverride
from spokes.audiences.routes import GOING, Measured, Route, RouteCode, obstacles_of
from spokes.audiences.wishes import Plan, Wish
from spokes.channels.models import Channel, Spoke

__all__ = ["Route", "RouteCode", "RoutingTable", "overrides_of", "route_many", "route_post"]

# shares are sums of parts like a third
NEARLY = 1e-9

Overrides = Mapping[int, RoutingOverride]


@dataclass(frozen=True, slots=True)
class Decision:
    """What the audience and the floors say, before a person's word, and without words."""

    code: RouteCode
    wish: Wish | None = None
    # the spoke below that it rises from
    risen: Spoke | None = None
    fit: Fit | None = None
    share: Measured | None = None


class RoutingTable:
    """The channels asked about, over what is compiled for all of them."""

    def __init__(self, channels: Iterable[Channel], known: Compiled) -> None:
        self.channels = list(channels)
        self.known = known

    @classmethod
    def load(cls, channels: Iterable[Channel] | None = None) -> RoutingTable:
        """Take all channels, or those given as they are; two queries, or one."""
        known = compiled()
        if channels is None:
            channels = Channel.objects.with_audience()
        return cls([], known).over(channels)

    def over(self, channels: Iterable[Channel]) -> RoutingTable:
        """Ask the same rules about other channels; one that is gone by now is left out."""
        there = [channel for channel in channels if channel.pk in self.known.layout.rows]
        return RoutingTable(there, self.known)

    def route(self, facts: PostFacts, channel: Channel, overrides: Overrides) -> Route:
        """Decide for one channel of the table; ``overrides`` are the post's, by channel id."""
        decision = self._decide(facts, channel.pk, measures=True)
        route = self._told(facts, channel, decision)
        override = overrides.get(channel.pk)
        return _by_hand(route, override) if override else route

    def route_all(self, facts: PostFacts, overrides: Overrides) -> list[Route]:
        return [self.route(facts, channel, overrides) for channel in self.channels]

    def goes(self, facts: PostFacts, channel: Channel, overrides: Overrides) -> bool:
        """Say only whether it goes there: far quicker than a route."""
        if channel.pk in overrides:
            return overrides[channel.pk].verdict == RoutingOverride.Verdict.PIN
        return self.wants(facts, channel.pk)

    def wants(self, facts: PostFacts, channel_id: int) -> bool:
        """Say whether the audience and the floors take it, whatever a person says."""
        return self._decide(facts, channel_id).code in GOING

    def takers(self, facts: PostFacts, overrides: Overrides) -> set[int]:
        """Name every channel there is, by id, that takes the post; asks only those that may."""
        found = self.known.candidates(facts)
        taking = found.sure | self._reaching(facts, found.guarded - found.sure)
        taking |= {pk for pk in found.asked - taking if self.wants(facts, pk)}
        for pk, override in overrides.items():
            (taking.add if override.verdict == RoutingOverride.Verdict.PIN else taking.discard)(pk)
        return taking

    def share_of_what(self, plan: Plan) -> Hashable:
        """Name what is asked of a post's genres: for two plans of the same, one answer will do."""
        wish = self.known.wish(plan.key)
        return plan.spoke.pk if plan.spoke else None, wish.closed if wish else NOTHING

    def has_enough(self, facts: PostFacts, plan: Plan) -> bool:
        """Say whether it has as much of the spoke's genre as that asks for."""
        if plan.spoke is None or not plan.spoke.genre_floor:
            return True
        return not _below(_share(facts, plan.spoke, self.known.wish(plan.key)))

    def fits_well(self, facts: PostFacts, channel_id: int) -> bool:
        """Say whether it reaches the channel's floor, or there is nothing to measure it by."""
        layout = self.known.layout
        floor = layout.plans[channel_id].fit_floor
        fit = self.known.fits.fit(facts, layout.channels[channel_id]) if floor else None
        return fit is None or fit.score >= (floor or 0)

    def _reaching(self, facts: PostFacts, channels: Iterable[int]) -> set[int]:
        """Choose of channels that want the post those whose floors it reaches."""
        plans = self.known.layout.plans
        enough: dict[Hashable, bool] = {}
        found = set()
        for pk in channels:
            what = self.share_of_what(plans[pk])
            if what not in enough:
                enough[what] = self.has_enough(facts, plans[pk])
            if enough[what] and self.fits_well(facts, pk):
                found.add(pk)
        return found

    def _decide(self, facts: PostFacts, channel_id: int, *, measures: bool = False) -> Decision:
        """Decide without words; ``measures`` also what no floor asks for."""
        plan = self.known.layout.plans[channel_id]
        decision = self._asked(facts, plan)
        code, share, fit = decision.code, None, None
        if plan.spoke and (measures or (code in GOING and plan.spoke.genre_floor)):
            share = _share(facts, plan.spoke, self.known.wish(plan.key))
            code = RouteCode.TOO_LITTLE if code in GOING and _below(share) else code
        if measures or (code in GOING and plan.fit_floor is not None):
            fit = self.known.fits.fit(facts, self.known.layout.channels[channel_id])
        if code in GOING and fit and fit.score < (plan.fit_floor or 0):
            code = RouteCode.OFF_TASTE
        return Decision(code, decision.wish, decision.risen, fit, share)

    def _asked(self, facts: PostFacts, plan: Plan) -> Decision:
        wish = self.known.wish(plan.key)
        if wish is None:
            return Decision(RouteCode.HUB)
        if wish.takes(facts):
            return Decision(RouteCode.WANTED, wish)
        for spoke in plan.rising:
            below = self.known.wishes[self.known.layout.family.key_of(spoke)]
            if below.takes(facts) and not _below(_share(facts, spoke, below)):
                return Decision(RouteCode.ROLLED_UP, below, spoke)
        if wish.trouble:
            return Decision(RouteCode.UNREADABLE, wish)
        if wish.closed and wish.wants(facts) and _keepers(plan, facts):
            return Decision(RouteCode.KEPT_BELOW, wish)
        return Decision(RouteCode.NOT_WANTED, wish)

    def _told(self, facts: PostFacts, channel: Channel, decision: Decision) -> Route:
        """Put a decision into words."""
        plan = self.known.layout.plans[channel.pk]
        parts = self._parts(decision.wish, facts)
        return Route(
            channel=channel,
            goes=decision.code in GOING,
            code=decision.code,
            reason=_reason(decision, plan, facts, parts),
            parts=parts,
            fit=decision.fit,
            fit_floor=plan.fit_floor,
            share=decision.share,
        )

    def _parts(self, wish: Wish | None, facts: PostFacts) -> Part | None:
        if wish is None or wish.expression is None:
            return None
        return explain(wish.expression, facts.without(wish.closed), self.known.tree)


def route_post(post: Post, channels: Iterable[Channel] | None = None) -> list[Route]:
    """Say for every channel (or those named, in their order) whether the post goes there."""
    return route_many([post], channels)[post.pk]


def route_many(
    posts: Iterable[Post], channels: Iterable[Channel] | None = None
) -> dict[int, list[Route]]:
    """Route many posts, by post id, in a number of queries that does not grow with them."""
    by_id = {post.pk: post for post in posts}
    table = RoutingTable.load(channels)
    overrides = overrides_of(by_id.values())
    now = timezone.now()
    routes: dict[int, list[Route]] = {}
    for pk, facts in facts_of_many(by_id.values()).items():
        found = table.route_all(facts, overrides.get(pk, {}))
        routes[pk] = with_obstacles(by_id[pk], found, now)
    return routes


def with_obstacles(post: Post, routes: list[Route], now: datetime) -> list[Route]:
    """Note on the routes of a post what keeps it back everywhere."""
    obstacles = obstacles_of(post, now)
    return [replace(route, in_the_way=obstacles) for route in routes]


def overrides_of(posts: Iterable[Post]) -> dict[int, dict[int, RoutingOverride]]:
    """Find the words by hand over the posts: by post id, then by channel id; one query."""
    found: defaultdict[int, dict[int, RoutingOverride]] = defaultdict(dict)
    rows = RoutingOverride.objects.filter(post__in=[post.pk for post in posts])
    for override in rows.select_related("by"):
        found[override.post_id][override.channel_id] = override
    return found


def _share(facts: PostFacts, spoke: Spoke, wish: Wish | None) -> Measured:
    counted = facts.without(wish.closed) if wish else facts
    return Measured(counted.share_of(frozenset({spoke.genre_id})), spoke.genre_floor or None)


def _below(share: Measured) -> bool:
    return share.floor is not None and share.value < share.floor - NEARLY


def _keepers(plan: Plan, facts: PostFacts) -> list[str]:
    return [spoke.name for spoke in plan.closed if spoke.genre_id in facts.genres]


def _by_hand(route: Route, override: RoutingOverride) -> Route:
    """Let a person's word stand over what the audience says; its tree stays to be seen."""
    banned = override.verdict == RoutingOverride.Verdict.BAN
    words = (
        gettext("banned by {by}: {reason}") if banned else gettext("pinned by {by}: {reason}")
    ).format(by=override.by, reason=override.reason)
    code = RouteCode.BANNED if banned else RouteCode.PINNED
    return replace(route, goes=not banned, code=code, reason=words, by_hand=override)


def _reason(decision: Decision, plan: Plan, facts: PostFacts, parts: Part | None) -> str:
    tell = TELLERS.get(decision.code)
    if tell:
        return tell(decision, plan, facts)
    reason = parts.reason() if parts else ""
    if not decision.wish or not decision.wish.name:
        return reason
    goes = decision.code is RouteCode.WANTED
    words = gettext("for “{name}”: {reason}") if goes else gettext("not for “{name}”: {reason}")
    return words.format(name=decision.wish.name, reason=reason)


def _hub_takes_all(decision: Decision, plan: Plan, facts: PostFacts) -> str:
    return gettext("the hub takes every post")


def _rolled_up(decision: Decision, plan: Plan, facts: PostFacts) -> str:
    name = decision.risen.name if decision.risen else ""
    return gettext("rolls up from {name}").format(name=name)


def _unreadable(decision: Decision, plan: Plan, facts: PostFacts) -> str:
    trouble = decision.wish.trouble if decision.wish else ""
    return gettext("its audience can’t be read: {trouble}").format(trouble=trouble)


def _kept_below(decision: Decision, plan: Plan, facts: PostFacts) -> str:
    keepers = _keepers(plan, facts)
    if len(keepers) == 1:
        return gettext("{spoke} keeps its posts to itself").format(spoke=keepers[0])
    names = get_text_list(keepers, gettext("and"))
    return gettext("{spokes} keep their posts to themselves").format(spokes=names)


def _too_little(decision: Decision, plan: Plan, facts: PostFacts) -> str:
    share = decision.share or Measured(0, None)
    words = gettext("only {share:.0%} of it is {genre}, and {spoke} asks for {floor:.0%}")
    return words.format(
        share=share.value,
        genre=plan.spoke.genre.name if plan.spoke else "",
        spoke=plan.spoke.name if plan.spoke else "",
        floor=share.floor or 0,
    )


def _off_taste(decision: Decision, plan: Plan, facts: PostFacts) -> str:
    words = gettext("off taste: it fits its people by {score:.2f}, and {floor:.2f} is asked for")
    score = decision.fit.score if decision.fit else 0
    return words.format(score=score, floor=plan.fit_floor or 0)


TELLERS: Mapping[str, Callable[[Decision, Plan, PostFacts], str]] = {
    RouteCode.HUB: _hub_takes_all,
    RouteCode.ROLLED_UP: _rolled_up,
    RouteCode.UNREADABLE: _unreadable,
    RouteCode.KEPT_BELOW: _kept_below,
    RouteCode.TOO_LITTLE: _too_little,
    RouteCode.OFF_TASTE: _off_taste,
}

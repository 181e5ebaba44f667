"""Where a post can be scheduled: of thousands of channels some are offered, all can be chosen.

Whether the others that want it get it, too, is one tick; any of them is found by its name and then
has a tick of its own. The address says whose ticks have been in the person's hand (``offered``):
of these only the ticked ones are chosen, of all others those that want it where ``rest`` is ticked.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Sequence

from django.contrib.auth.models import User
from django.db.models import Q
from django.http import QueryDict

from content.editorial.models import Post
from hub.console.editor.asked_channels import (
    MOST_CHANNELS,
    nearest_first,
    seen_keys,
    spoke_by_spoke,
)
from hub.delivery.models import Delivery, Kind
from hub.delivery.states import State
from hub.people.scope import visible
from spokes.audiences.facts import facts_of
from spokes.audiences.routing import Route, RoutingTable, overrides_of
from spokes.channels.models import Channel

# of more channels than fit on a page: those that want it, those that don't, those of one search
OFFERED, UNWANTED, FOUND = 60, 100, 30
LONGEST = 100


@dataclasses.dataclass(frozen=True)
class Answers:
    """What the address says, or the form that was sent."""

    given: bool
    ticked: frozenset[int]
    offered: frozenset[int]
    rest: bool
    words: str
    # new words: what they find is to be looked at first
    searches: bool

    @classmethod
    def read(cls, sent: QueryDict) -> Answers:
        given = "when" in sent
        words = sent.get("q", "").strip()[:LONGEST]
        return cls(
            given=given,
            ticked=_keys(sent.getlist("channels")),
            offered=_keys(sent.get("offered", "").split(",")),
            rest="rest" in sent or not given,
            words=words,
            searches=bool(words) and words != sent.get("asked", ""),
        )


@dataclasses.dataclass(frozen=True)
class Choice:
    """The channels to show, each with its reason, and the keys of those that are not shown."""

    answers: Answers
    going: list[Route]
    unwanted: list[Route]
    there: list[Delivery]
    # by id; all that want it
    wanting: frozenset[int]
    # that want it and never had a tick of their own
    rest: frozenset[int]
    more_unwanted: int
    more_there: int
    is_cut: bool
    # what the search found: how many channels, of which the first are shown
    found: int
    # of the first: those that don't want it
    found_unwanted: int

    def ticked(self, pk: int) -> bool:
        answers = self.answers
        return pk in answers.ticked or (pk not in answers.offered and answers.rest)

    @property
    def offered(self) -> str:
        """Say for the next page whose ticks are in the person's hand."""
        return ",".join(map(str, sorted(self.wanting - self.rest))) if self.is_cut else ""

    def untold(self) -> frozenset[int]:
        """Name what is chosen without a tick of its own."""
        chosen_alike = self.wanting - self.answers.offered - self.answers.ticked
        return chosen_alike if self.answers.given and self.answers.rest else frozenset()


def choice_for(post: Post, user: User, sent: QueryDict) -> Choice:
    """Sort the channels that the person sees, and choose which to show."""
    answers = Answers.read(sent)
    facts, overrides = facts_of(post), overrides_of([post]).get(post.pk, {})
    table = RoutingTable.load([])
    keys = seen_keys(user, table)
    taken = _deliveries(post, keys)
    free = keys - taken.keys()
    going = table.takers(facts, overrides) & free
    staying = free - going
    found = _found(user, answers.words) if answers.words else []
    shown_going, shown_staying = going, staying
    is_cut = len(keys) > MOST_CHANNELS
    if is_cut:
        some = spoke_by_spoke(going, table)[:OFFERED]
        shown_going = going & {*some, *found[:FOUND], *answers.ticked}
        near = nearest_first(staying, table, facts)[:UNWANTED]
        shown_staying = staying & {*near, *found[:FOUND], *overrides}
    channels = Channel.objects.with_audience().filter(pk__in=shown_going | shown_staying)
    first = frozenset(found[:FOUND])
    # what was looked for stands above the others
    routes = sorted(
        table.over(channels).route_all(facts, overrides),
        key=lambda route: route.channel.pk not in first,
    )
    there = sorted(taken.values())[:MOST_CHANNELS]
    planned = Delivery.objects.filter(pk__in=there).select_related("channel").defer("payload")
    return Choice(
        answers=answers,
        going=[route for route in routes if route.goes],
        unwanted=[route for route in routes if not route.goes],
        there=list(planned.order_by("pk")),
        wanting=frozenset(going),
        rest=frozenset(going - shown_going - answers.offered),
        more_unwanted=len(staying - shown_staying),
        more_there=len(taken) - len(there),
        is_cut=is_cut,
        found=len(keys.intersection(found)),
        found_unwanted=len(first & staying),
    )


def channels_of(keys: Collection[int]) -> list[Channel]:
    return list(Channel.objects.with_audience().filter(pk__in=keys)) if keys else []


def _deliveries(post: Post, keys: Collection[int]) -> dict[int, int]:
    """Give the delivery that stands on each channel already, both by id."""
    published = Delivery.objects.of(post).filter(kind=Kind.PUBLISH, withdrawn_at__isnull=True)
    rows = published.exclude(state=State.CANCELLED).order_by("pk")
    return {channel: pk for channel, pk in rows.values_list("channel_id", "pk") if channel in keys}


def _found(user: User, words: str) -> Sequence[int]:
    """Find channels that have every word in their name or in that of their spoke."""
    rows = visible(user, Channel.objects.all())
    for word in words.split():
        named = Q(name__icontains=word) | Q(slug__icontains=word)
        rows = rows.filter(named | Q(spoke__name__icontains=word))
    return list(rows.values_list("pk", flat=True))


def _keys(texts: Collection[str]) -> frozenset[int]:
    return frozenset(int(text) for text in texts if text.isdecimal() and len(text) <= 18)

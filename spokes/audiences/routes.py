"""The answer for one post on one channel: whether it goes there, and all that says why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext

from content.editorial.models import Post
from spokes.audiences.explain import Part
from spokes.audiences.fit import Fit
from spokes.audiences.models import RoutingOverride
from spokes.channels.models import Channel


class RouteCode(StrEnum):
    BANNED = "banned"
    PINNED = "pinned"
    HUB = "hub_takes_all"
    WANTED = "wanted"
    ROLLED_UP = "rolled_up"
    NOT_WANTED = "not_wanted"
    KEPT_BELOW = "kept_below"
    UNREADABLE = "unreadable"
    # its genre share is below the spoke's floor
    TOO_LITTLE = "too_little"
    # its fit is below the channel's floor
    OFF_TASTE = "off_taste"


GOING = frozenset({RouteCode.PINNED, RouteCode.HUB, RouteCode.WANTED, RouteCode.ROLLED_UP})


@dataclass(frozen=True, slots=True)
class Measured:
    """A number from 0 to 1, and the floor that it has to reach; without one it only tells."""

    value: float
    floor: float | None

    def as_dict(self) -> dict[str, Any]:
        return {"value": round(self.value, 4), "floor": self.floor}


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What keeps a post back wherever it goes: a stable code, and the words for it."""

    code: str
    words: str


@dataclass(frozen=True)
class Route:
    """Whether a post goes to a channel: a stable code, the reason in words, and what decided.

    ``parts`` is the tree of what the channel asks for; ``fit`` how well the post fits its people,
    with ``fit_floor`` where it is guarded; ``share`` how much of the spoke's genre the post has;
    ``by_hand`` a person's word; ``in_the_way`` what keeps it back though it goes there.
    """

    channel: Channel
    goes: bool
    code: str
    reason: str
    parts: Part | None = None
    fit: Fit | None = None
    fit_floor: float | None = None
    share: Measured | None = None
    by_hand: RoutingOverride | None = None
    in_the_way: tuple[Obstacle, ...] = field(default=())

    def decided_by(self) -> Iterator[Part]:
        """Name the terms that decided, market and language among them."""
        if self.parts and self.code in {RouteCode.WANTED, RouteCode.NOT_WANTED}:
            yield from self.parts.decisive()

    def as_dict(self) -> dict[str, Any]:
        """Give the whole answer as JSON values."""
        return {
            "channel": self.channel.slug,
            "goes": self.goes,
            "code": str(self.code),
            "reason": self.reason,
            "parts": self.parts.as_dict() if self.parts else None,
            "decided_by": [
                {"field": part.field, "text": part.text, "fact": part.fact}
                for part in self.decided_by()
            ],
            "fit": {**self.fit.as_dict(), "floor": self.fit_floor} if self.fit else None,
            "share": self.share.as_dict() if self.share else None,
            "by_hand": _told(self.by_hand) if self.by_hand else None,
            "in_the_way": [{"code": one.code, "words": one.words} for one in self.in_the_way],
        }


def obstacles_of(post: Post, now: datetime) -> tuple[Obstacle, ...]:
    """List what keeps the post back on every channel at this moment."""
    found = []
    if post.embargo_until and post.embargo_until > now:
        words = gettext("under embargo until {until:%Y-%m-%d %H:%M} UTC")
        found.append(Obstacle("embargo", words.format(until=post.embargo_until)))
    if post.expires_at and post.expires_at <= now:
        words = gettext("it expired at {at:%Y-%m-%d %H:%M} UTC")
        found.append(Obstacle("expired", words.format(at=post.expires_at)))
    return tuple(found)


def _told(override: RoutingOverride) -> dict[str, Any]:
    return {
        "verdict": override.verdict,
        "by": str(override.by),
        "reason": override.reason,
        "at": override.at.isoformat(),
    }

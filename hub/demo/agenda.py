"""What becomes of each draft: published already, due soon, planned, in review, or not ready."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Sequence
from datetime import datetime, timedelta

from hub.demo.writer import Draft

# of all posts
SHARES = {"later": 0.1, "in_slots": 0.06, "in_review": 0.03, "unfinished": 0.04}
SOON = 12
SOON_ON_HUB = 5
FIRST_AFTER = timedelta(seconds=45)
SOON_WITHIN = timedelta(minutes=9, seconds=30)
PAST = timedelta(days=30)
AHEAD = timedelta(days=14)


@dataclasses.dataclass
class Agenda:
    """Lots of drafts, each draft by its number."""

    soon: list[int]
    later: list[int]
    in_slots: list[int]
    in_review: list[int]
    unfinished: list[int]
    # came up when nobody was there to send it
    overslept: list[int]
    past: list[int]

    @property
    def shown_first(self) -> list[int]:
        return [*self.past, *self.soon]


def make_agenda(drafts: Sequence[Draft], *, seed: int) -> Agenda:
    """Deal the drafts out; what is due soon has something for the hub and no desk twice."""
    chance = random.Random(seed)  # noqa: S311  # a shuffle, no secret
    left = chance.sample(range(len(drafts)), len(drafts))
    soon = _spread(drafts, left, min(SOON, len(drafts) // 4))
    left = [number for number in left if number not in soon]
    chance.shuffle(soon)
    lots = {}
    for name, share in SHARES.items():
        size = max(1, round(share * len(drafts)))
        lots[name], left = left[:size], left[size:]
    # an evergreen one would still have been sent
    overslept = [number for number in left if drafts[number].kind == "release"][:1]
    past = [number for number in left if number not in overslept]
    return Agenda(soon=soon, overslept=overslept, past=past, **lots)


def _spread(drafts: Sequence[Draft], numbers: Sequence[int], count: int) -> list[int]:
    picks = [number for number in numbers if "hub pick" in drafts[number].tags]
    ordered = [*picks[:SOON_ON_HUB], *(n for n in numbers if n not in picks), *picks[SOON_ON_HUB:]]
    chosen: list[int] = []
    desks: set[str] = set()
    for number in ordered:
        if drafts[number].spoke.name not in desks and len(chosen) < count:
            chosen.append(number)
            desks.add(drafts[number].spoke.name)
    return chosen


def past_times(count: int, *, now: datetime, chance: random.Random) -> list[datetime]:
    """Spread ``count`` times over the last 30 days, newest first, the newest 20 minutes ago."""
    step = (PAST - timedelta(minutes=20)) / max(1, count)
    return [
        now - timedelta(minutes=20) - step * (place + chance.uniform(0, 0.8))
        for place in range(count)
    ]


def times_ahead(count: int, *, now: datetime, chance: random.Random) -> list[datetime]:
    """Spread ``count`` times over the next 14 days, on the quarter-hour, from tomorrow on."""
    step = (AHEAD - timedelta(days=1)) / max(1, count)
    times = [
        now + timedelta(days=1) + step * (place + chance.uniform(0, 0.8)) for place in range(count)
    ]
    return [time.replace(minute=time.minute // 15 * 15, second=0, microsecond=0) for time in times]


def times_soon(count: int, *, now: datetime) -> list[datetime]:
    """Spread ``count`` times evenly over the next ten minutes, the first after 45 seconds."""
    step = (SOON_WITHIN - FIRST_AFTER) / max(1, count - 1)
    return [now + FIRST_AFTER + step * place for place in range(count)]

"""A delivery in any state, by steps that the table of transitions has: no other is possible."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db.models import F

from hub.delivery.models import Delivery
from hub.delivery.states import INBOX_STATES, LEASED_STATES, TRANSITIONS, State

SENT = (State.SENDING, State.ACCEPTED, State.UNKNOWN)


def way(start: State, to: State) -> list[State]:
    """Find the shortest way through the table, without the start."""
    ways = deque([[start]])
    seen = {start}
    while ways:
        steps = ways.popleft()
        if steps[-1] == to:
            return steps[1:]
        for following in sorted(TRANSITIONS[steps[-1]] - seen):
            seen.add(following)
            ways.append([*steps, following])
    raise AssertionError(f"no way leads from {start} to {to}")


def put(deliveries: Delivery | Iterable[Delivery], to: State | str, **fields: Any) -> None:
    """Take rows to a state step by step, with what the database wants of a row there."""
    rows = [deliveries] if isinstance(deliveries, Delivery) else list(deliveries)
    for row in rows:
        start = State(Delivery.objects.values_list("state", flat=True).get(pk=row.pk))
        steps = way(start, State(to))
        for number, state in enumerate(steps, start=1):
            more = fields if number == len(steps) else {}
            Delivery.objects.filter(pk=row.pk).update(state=state, **{**needed(state), **more})
        if not steps and fields:
            Delivery.objects.filter(pk=row.pk).update(**fields)


def needed(state: State | str) -> dict[str, Any]:
    """Say what a row in the table must have in a state."""
    return standing(state, F("due_at"))


def standing(state: State | str, at: Any, *, uncertain: bool = False) -> dict[str, Any]:
    """Say what a row must have in a state: a lease, times (``at``) or a reason."""
    leased = state in LEASED_STATES
    return {
        "lease_owner": "w0/1" if leased else "",
        "lease_until": at + timedelta(minutes=1) if leased else None,
        **({"first_sent_at": at} if state in SENT or uncertain else {}),
        **({"settled_at": at} if state == State.LIVE else {}),
        **({"reason": "Something was wrong."} if state in INBOX_STATES else {}),
    }

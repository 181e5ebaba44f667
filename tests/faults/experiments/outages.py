"""The network is away for several leases, and comes back."""

from __future__ import annotations

import dataclasses
import math
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from django.db.models import QuerySet

from hub.delivery import policy
from hub.delivery.clock import queue_now
from hub.delivery.health import snapshot
from hub.delivery.models import Attempt, Delivery, Outcome
from hub.delivery.states import State
from spokes.channels.models import Channel
from tests.faults.bench import Bench
from tests.faults.connector import BURST
from tests.faults.count import Count
from tests.faults.servers import CountingNetwork

# of each channel, so that most of the wave is still to come when the network goes
PACE = 0.15
# four leases
AWAY_SECONDS = 24
LEAST_DUE = 300


@dataclasses.dataclass(frozen=True)
class Outage:
    """How the network goes away, and whether a call that finds it so leaves a doubt."""

    words: str
    begin: Callable[[CountingNetwork], None]
    end: Callable[[CountingNetwork], None]
    in_doubt: bool
    due: int
    # it is called often enough meanwhile for every circuit to open
    opens: bool = True


OUTAGES = {
    # nothing was sent: nobody has to look, whatever the network can tell
    "refused": Outage(
        "connections refused",
        CountingNetwork.close_port,
        CountingNetwork.open_port,
        in_doubt=False,
        due=1000,
    ),
    # it never took it
    "hung-up": Outage(
        "hangs up on every call",
        lambda network: network.set_faults({"kind": "drop_before"}),
        CountingNetwork.set_faults,
        in_doubt=True,
        due=500,
    ),
    # when it comes back, it takes what was called meanwhile, and nobody hears its answers
    "frozen": Outage(
        "frozen, then goes on",
        CountingNetwork.freeze,
        CountingNetwork.thaw,
        in_doubt=True,
        due=500,
        # only half of all workers wait in such calls, for two seconds in each
        opens=False,
    ),
}


@dataclasses.dataclass
class Away:
    """What was seen while the network was away."""

    since: datetime
    until: datetime
    # channels whose circuit was open when it came back
    opened: set[int]

    @property
    def seconds(self) -> float:
        return (self.until - self.since).total_seconds()


def down(kind: str) -> Callable[[Bench], list[Count]]:
    """Let the network be away for several leases in the middle of a wave."""
    return lambda bench: _down(bench, OUTAGES[kind])


def _down(bench: Bench, outage: Outage) -> list[Count]:
    # however small it is, a part is to come
    channels = bench.plan(max(outage.due, math.ceil(LEAST_DUE / bench.size)))
    for channel in channels:
        channel.settings["pace"] = PACE
    Channel.objects.bulk_update(channels, ["settings"])
    with bench.crew(workers=bench.pair.usual_workers):
        bench.make_due()
        bench.let_work(0.1)
        outage.begin(bench.network)
        since = queue_now()
        bench.pause(AWAY_SECONDS)
        away = Away(since, queue_now(), _open_circuits())
        outage.end(bench.network)
        bench.note_fault(1)
        found = bench.settled(f"8. network away: {outage.words}")
        slots = sum(beat.slots for beat in snapshot().heartbeats)
    for row in found:
        row.faults = 1
    found[0].unmet += _wrong(channels, outage, away, slots)
    return found


def _open_circuits() -> set[int]:
    return {line.channel.pk for line in snapshot().open_gates}


def _wrong(channels: list[Channel], outage: Outage, away: Away, slots: int) -> Iterator[str]:
    closed = {channel.pk for channel in channels} - away.opened
    if closed and outage.opens:
        yield f"the circuits of {len(closed)} channels were closed while the network was away"
    if still := len(_open_circuits()):
        yield f"the circuits of {still} channels are still open"
    most = most_calls(away.seconds, slots)
    meanwhile = _sends().filter(started_at__range=(away.since, away.until))
    for name, calls in Counter(meanwhile.values_list("delivery__channel__name", flat=True)).items():
        if calls > most:
            yield f"{calls} calls on {name} while the network was away, more than {most}"
    yield from _doubts(outage, away)
    for channel in channels:
        times = _sends().filter(delivery__channel=channel).values_list("started_at", flat=True)
        if (burst := burst_of(list(times.order_by("started_at")))) > BURST + held_up():
            yield f"{burst:.0f} calls at once on {channel.name}"


def _sends() -> QuerySet[Attempt]:
    sends = Attempt.objects.filter(call=Attempt.Call.SEND)
    return sends.exclude(outcome=Outcome.NOT_CALLED).order_by()


def most_calls(seconds: float, slots: int) -> int:
    """Say how many calls a channel may have in so long a time without an answer.

    Failures until the circuit opens, with those that were on their way in all workers, and a
    probe after each of its pauses.
    """
    pauses = math.log2(seconds / policy.BREAKER_FIRST.total_seconds() + 1)
    return policy.BREAKER_FAILURES + slots + math.ceil(pauses)


def _doubts(outage: Outage, away: Away) -> Iterator[str]:
    """Say whom the outage put in front of a person without need."""
    shown = Delivery.objects.filter(kind="publish", state=State.REVIEW)
    doubts = _sends().filter(outcome=Outcome.UNKNOWN, started_at__gt=away.since)
    if not outage.in_doubt and doubts:
        yield f"{len(doubts)} calls in doubt, though nothing can have been sent"
    known = shown.exclude(attempts__in=_sends().filter(outcome=Outcome.UNKNOWN)).count()
    if known:
        yield f"{known} in review whose calls all had an answer"


def held_up() -> float:
    """Say how many calls may pile up that were let through in time, and came when they could."""
    return policy.GUARD_SECONDS / PACE


def burst_of(times: list[datetime]) -> float:
    """Say how many calls at most were made at once, where one every ``PACE`` takes none."""
    most = lowest = 0.0
    for number, time in enumerate(times):
        ahead = number - (time - times[0]) / timedelta(seconds=PACE)
        lowest = min(lowest, ahead)
        most = max(most, ahead - lowest + 1)
    return most


EXPERIMENTS = {f"down-{kind}": down(kind) for kind in OUTAGES}

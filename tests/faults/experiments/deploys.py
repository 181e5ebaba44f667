"""Workers that are asked to leave, one after the other, with calls in their hands."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator

from hub.delivery.models import Attempt, Outcome
from tests.faults.bench import Bench
from tests.faults.count import Count
from tests.faults.pair import Crew

# some in each worker's hands at any moment
SLOW_CALLS = (
    {"kind": "slow", "seconds": 1.0, "share": 0.5},
    {"kind": "slow", "seconds": 0.5},
)
ROUNDS = 2
# until a worker that was just started has a call in hand
BUSY_WITHIN = 20.0


@dataclasses.dataclass(frozen=True)
class Leave:
    """A worker that was asked to go."""

    worker: str
    # calls that it had in hand then
    in_hand: int
    exit_code: int | None


def deploy(bench: Bench) -> list[Count]:
    """15. A deploy: SIGTERM to one worker after the other, with a wave due and slow calls."""
    bench.plan(1000)
    with bench.crew() as crew:
        bench.network.set_faults(*SLOW_CALLS)
        bench.make_due()
        bench.let_work(0.01)
        leaves = [_leave(bench, crew, name) for _ in range(ROUNDS) for name in crew.names("worker")]
        bench.note_fault()
        found = bench.settled("15. deployed twice, by SIGTERM")
    for row in found:
        row.faults = len(leaves)
        if row.shown:
            row.unmet.append(f"{row.shown} in review")
    found[0].unmet += _faults_of(leaves)
    return found


def _leave(bench: Bench, crew: Crew, name: str) -> Leave:
    """Ask a worker to go as soon as it has a call in hand, and let another take its place."""
    give_up_at = time.monotonic() + BUSY_WITHIN
    while not (in_hand := _calls_of(bench, crew, name)) and time.monotonic() < give_up_at:
        # the network is another process: it has to be asked
        time.sleep(0.05)
    # anywhere in its call
    bench.pause(bench.random.uniform(0, 0.3))
    leave = Leave(name, in_hand, crew.dismiss(name))
    crew.start(name)
    return leave


def _calls_of(bench: Bench, crew: Crew, name: str) -> int:
    callers: dict[str, int] = bench.network.ledger()["callers"]
    return sum(callers[str(pid)] for pid in crew.processes_of(name, map(int, callers)))


def _faults_of(leaves: list[Leave]) -> Iterator[str]:
    for leave in leaves:
        if leave.exit_code is None:
            yield f"{leave.worker} did not end by itself"
        elif leave.exit_code:
            yield f"{leave.worker} ended with {leave.exit_code}"
    idle = sum(not leave.in_hand for leave in leaves)
    if idle > len(leaves) / 2:
        yield f"{idle} of {len(leaves)} workers had no call in hand when they were asked to go"
    sends = Attempt.objects.filter(call=Attempt.Call.SEND)
    for words, number in (
        ("calls were never settled", sends.filter(outcome="").count()),
        ("calls brought nobody knows what", sends.filter(outcome=Outcome.UNKNOWN).count()),
        ("calls were settled too late", sends.filter(orphaned=True).count()),
    ):
        if number:
            yield f"{number} {words}"


EXPERIMENTS = {"deploy": deploy}

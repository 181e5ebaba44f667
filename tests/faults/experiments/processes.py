"""Processes that die, or are too many."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import timedelta

from hub.delivery import policy
from hub.delivery.models import Delivery
from hub.delivery.states import State
from tests.faults.bench import Bench
from tests.faults.connector import STEPS
from tests.faults.count import Count

Experiment = Callable[[Bench], list[Count]]

# of so many deliveries so many kill their worker, once each
KILLED, KILLERS = 600, 200
# the share on one face that may be given up, as each time killers were prepared beside them
WORN_OUT = 0.01
# of each face: what a worker left in its hands keeps its channel until the lease has run out, and
# where all workers are one process, every death leaves some on many channels
CHANNELS = {"embedded": 20, "grown": 8}
# there, nobody else looks for what is due while it begins anew
HURRY = {"embedded": {"TICKER_INTERVAL": "0.25"}, "grown": {}}


def killed_at(place: str) -> Experiment:
    """Let a worker be killed at one step of a delivery."""

    def kills(bench: Bench) -> list[Count]:
        bench.plan(KILLED, each=CHANNELS[bench.pair.name])
        dying = bench.mark_deaths(place, bench.sized(KILLERS))
        with bench.crew(workers=bench.pair.usual_workers, **dying, **HURRY[bench.pair.name]):
            bench.make_due()
            name = f"1. worker killed: {place.replace('_', ' ')}"
            return _settled(bench, name, asked=bench.sized(KILLERS))

    return kills


def killed_in_the_call(kind: str, when: str) -> Experiment:
    """Let the network kill the worker that is calling it, before or after it took the post."""

    def kills(bench: Bench) -> list[Count]:
        bench.plan(KILLED, each=CHANNELS[bench.pair.name])
        with bench.crew(workers=bench.pair.usual_workers, **HURRY[bench.pair.name]):
            bench.network.set_faults(_kill(bench, kind, bench.sized(KILLERS)))
            bench.make_due()
            bench.let_work(1.0)
            name = f"1. worker killed: in the call, {when}"
            return _settled(bench, name, asked=bench.sized(KILLERS))

    return kills


def _kill(bench: Bench, kind: str, times: int) -> dict[str, object]:
    """Give the fault in which so many deliveries kill the worker that calls with them, once."""
    keys = [one.key for one in bench.draw_killers(times)]
    return {"kind": kind, "keys": keys, "once": True, "times": times}


def _settled(bench: Bench, name: str, asked: int) -> list[Count]:
    """Count, and allow for the few that shared a process with too many of the killers.

    Each of them died with as many workers as the engine tries it with, and a person is shown it.
    """
    found = bench.settled(name, asked=asked)
    worn_out = Delivery.objects.filter(state=State.DEAD, crashes__gte=policy.MAX_DEATHS)
    for row in found:
        of_face = worn_out.filter(channel__settings__face=row.face).count()
        row.may_give_up = min(of_face, math.ceil(WORN_OUT * row.due))
    return found


def mixed(bench: Bench) -> list[Count]:
    """1. The same at a step that is another for each delivery, killed in its call or outside."""
    bench.plan(1000, each=CHANNELS[bench.pair.name])
    outside, inside = bench.sized(100), bench.sized(50)
    dying = bench.mark_deaths("anywhere", outside)
    with bench.crew(**dying, **HURRY[bench.pair.name]):
        bench.network.set_faults(
            _kill(bench, "kill_before", inside), _kill(bench, "kill_after", inside)
        )
        bench.make_due()
        bench.let_work(1.0)
        name = "1. worker killed: at a step of each"
        return _settled(bench, name, asked=outside + 2 * inside)


def killed_at_any_moment(bench: Bench) -> list[Count]:
    """1. SIGKILL of a worker at random moments, whatever it does."""
    bench.plan(KILLED)
    kills = bench.sized(200, least=5)
    with bench.crew() as crew:
        # the wave lasts longer than the killing does
        bench.make_due(timedelta(seconds=0.7 * kills))
        for _ in range(kills):
            bench.pause(bench.random.uniform(0.3, 0.7))
            bench.breaks(workers=1)
            crew.kill(bench.random.choice(crew.names("worker")))
        bench.note_fault()
        return bench.settled("1. worker killed: at any moment", asked=kills)


def blackout(bench: Bench) -> list[Count]:
    """2. SIGKILL of beat, dispatchers and all workers at once; then they start again."""
    bench.plan(1000)
    with bench.crew() as crew:
        bench.make_due(timedelta(seconds=bench.sized(30, least=10)))
        for _ in range(3):
            bench.let_work(0.1)
            bench.pause(bench.random.uniform(1, 4))
            bench.breaks(workers=len(crew.names("worker")))
            for name in crew.names():
                crew.kill(name)
        bench.note_fault()
        return bench.settled("2. everything killed, three times", asked=3)


def crowd(bench: Bench) -> list[Count]:
    """3. Two beats and four dispatching workers."""
    bench.plan(1000)
    with bench.crew(workers=4, beats=2):
        bench.make_due(timedelta(seconds=5))
        return bench.settled("3. two beats, four dispatchers")


EXPERIMENTS = {
    **{f"kills-{place.replace('_', '-')}": killed_at(place) for place in STEPS},
    "kills-call": killed_in_the_call("kill_before", "before it was taken"),
    "kills-taken": killed_in_the_call("kill_after", "after it was taken"),
    "kills-moment": killed_at_any_moment,
    "mixed": mixed,
    "blackout": blackout,
    "crowd": crowd,
}

"""Processes that die, are too many, or leave politely."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from tests.faults.bench import Bench
from tests.faults.connector import STEPS
from tests.faults.count import Count

Experiment = Callable[[Bench], list[Count]]

# of the deliveries this share kills its worker, once: about 200
KILLED, KILLERS = 600, 1 / 3
# of each face: what a worker left in its hands keeps its channel until the lease has run out, and
# where all workers are one process, every death leaves some on many channels
CHANNELS = {"embedded": 20, "grown": 8}
# there, nobody else looks for what is due while it begins anew
HURRY = {"embedded": {"TICKER_INTERVAL": "0.25"}, "grown": {}}


def killed_at(place: str) -> Experiment:
    """Let a worker be killed at one step of a delivery."""

    def kills(bench: Bench) -> list[Count]:
        return _killed_at(bench, place, f"1. worker killed: {place.replace('_', ' ')}")

    return kills


def killed_in_the_call(kind: str, when: str) -> Experiment:
    """Let the network kill the worker that is calling it, before or after it took the post."""

    def kills(bench: Bench) -> list[Count]:
        fault = {"kind": kind, "share": KILLERS, "once": True}
        return _killed_at(bench, "", f"1. worker killed: in the call, {when}", fault)

    return kills


def mixed(bench: Bench) -> list[Count]:
    """1. The same at a step that is another for each delivery, killed in its call or outside."""
    faults = (
        {"kind": "kill_before", "share": 0.05, "once": True},
        {"kind": "kill_after", "share": 0.05, "once": True},
    )
    name = "1. worker killed: at a step of each"
    return _killed_at(bench, "anywhere", name, *faults, share=0.1, due=1000, workers=3)


def _killed_at(
    bench: Bench,
    place: str,
    name: str,
    *faults: dict[str, object],
    share: float = KILLERS,
    due: int = KILLED,
    workers: int | None = None,
) -> list[Count]:
    bench.plan(due, each=CHANNELS[bench.pair.name])
    graves = bench.dig_graves()
    dying = {"DIE_AT": place, "DIE_SHARE": str(share), "DIE_ONCE": str(graves)}
    dying |= HURRY[bench.pair.name]
    with bench.crew(workers=workers or bench.pair.usual_workers, **dying):
        bench.network.set_faults(*faults)
        bench.make_due()
        if faults:
            bench.let_work(1.0)
        return bench.settled(name)


def killed_at_any_moment(bench: Bench) -> list[Count]:
    """1. SIGKILL of a worker at random moments, whatever it does."""
    bench.plan(KILLED)
    kills = bench.sized(200, least=5)
    with bench.crew() as crew:
        # the wave lasts as long as the killing does
        bench.make_due(timedelta(seconds=0.5 * kills))
        for _ in range(kills):
            bench.pause(bench.random.uniform(0.3, 0.7))
            crew.kill(bench.random.choice(crew.names("worker")))
        bench.note_fault(kills)
        return bench.settled("1. worker killed: at any moment")


def blackout(bench: Bench) -> list[Count]:
    """2. SIGKILL of beat, dispatchers and all workers at once; then they start again."""
    bench.plan(1000)
    with bench.crew() as crew:
        bench.make_due(timedelta(seconds=bench.sized(30, least=10)))
        for _ in range(3):
            bench.let_work(0.1)
            bench.pause(bench.random.uniform(1, 4))
            for name in crew.names():
                crew.kill(name)
        bench.note_fault(3)
        return bench.settled("2. everything killed, three times")


def crowd(bench: Bench) -> list[Count]:
    """3. Two beats and four dispatching workers."""
    bench.plan(1000)
    with bench.crew(workers=4, beats=2):
        bench.make_due(timedelta(seconds=5))
        return bench.settled("3. two beats, four dispatchers")


def deploy(bench: Bench) -> list[Count]:
    """15. A deploy: SIGTERM to one worker after the other, with a wave due."""
    bench.plan(1000)
    with bench.crew() as crew:
        bench.make_due(timedelta(seconds=bench.sized(30, least=10)))
        bench.let_work(0.1)
        for _ in range(2):
            for name in crew.names("worker"):
                crew.dismiss(name)
                crew.start(name)
        bench.note_fault(2)
        return bench.settled("15. deployed twice, by SIGTERM")


EXPERIMENTS = {
    **{f"kills-{place.replace('_', '-')}": killed_at(place) for place in STEPS},
    "kills-call": killed_in_the_call("kill_before", "before it was taken"),
    "kills-taken": killed_in_the_call("kill_after", "after it was taken"),
    "kills-moment": killed_at_any_moment,
    "mixed": mixed,
    "blackout": blackout,
    "crowd": crowd,
    "deploy": deploy,
}

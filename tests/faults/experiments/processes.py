"""Processes that die, are too many, or leave politely."""

from __future__ import annotations

from datetime import timedelta

from tests.faults import world
from tests.faults.bench import Bench
from tests.faults.count import Count

PLACES = ("claimed", "before_call", "after_answer", "after_commit")
IN_THE_CALL = ("kill_before", "kill_after")


def kills(bench: Bench) -> list[Count]:
    """1. SIGKILL of a worker at every step of a delivery, and at any moment between them."""
    found = []
    for place in PLACES:
        found += _killed_at(bench, place)
    for kind in IN_THE_CALL:
        found += _killed_in_the_call(bench, kind)
    return found + _killed_at_random(bench)


def _killed_at(bench: Bench, place: str) -> list[Count]:
    bench.plan(200)
    graves = bench.fresh_folder("graves")
    with bench.crew(DIE_AT=place, DIE_ONCE=str(graves)):
        world.make_due()
        found = bench.settled(f"1. worker killed: {place.replace('_', ' ')}")
    return _with_faults(found, len(list(graves.iterdir())))


def _killed_in_the_call(bench: Bench, kind: str) -> list[Count]:
    bench.plan(200)
    before = bench.network.ledger()["kills"]
    with bench.crew():
        bench.network.set_faults({"kind": kind, "once": True})
        world.make_due()
        bench.let_work(1.0)
        when = kind.removeprefix("kill_")
        found = bench.settled(f"1. worker killed: in the call, {when} it was taken")
    return _with_faults(found, bench.network.ledger()["kills"] - before)


def _killed_at_random(bench: Bench) -> list[Count]:
    bench.plan(1000)
    kills = bench.sized(200, least=5)
    with bench.crew() as crew:
        # the wave lasts as long as the killing does
        world.make_due(timedelta(seconds=0.5 * kills))
        for _ in range(kills):
            bench.pause(bench.random.uniform(0.3, 0.7))
            crew.kill(bench.random.choice(crew.names("worker")))
        return _with_faults(bench.settled("1. worker killed: at any moment"), kills)


def _with_faults(found: list[Count], faults: int) -> list[Count]:
    for row in found:
        row.faults = faults
    return found


def blackout(bench: Bench) -> list[Count]:
    """2. SIGKILL of beat, dispatchers and all workers at once; then they start again."""
    bench.plan(1000)
    with bench.crew() as crew:
        world.make_due(timedelta(seconds=bench.sized(30, least=10)))
        for _ in range(3):
            bench.let_work(0.1)
            bench.pause(bench.random.uniform(1, 4))
            for name in crew.names():
                crew.kill(name)
        return _with_faults(bench.settled("2. everything killed, three times"), 3)


def crowd(bench: Bench) -> list[Count]:
    """3. Two beats and four dispatching workers."""
    bench.plan(1000)
    with bench.crew(workers=4, beats=2):
        world.make_due(timedelta(seconds=5))
        return bench.settled("3. two beats, four dispatchers")


def deploy(bench: Bench) -> list[Count]:
    """15. A deploy: SIGTERM to one worker after the other, with a wave due."""
    bench.plan(1000)
    with bench.crew() as crew:
        world.make_due(timedelta(seconds=bench.sized(30, least=10)))
        bench.let_work(0.1)
        for _ in range(2):
            for name in crew.names("worker"):
                crew.dismiss(name)
                crew.start(name)
        return bench.settled("15. deployed twice, by SIGTERM")


EXPERIMENTS = {"kills": kills, "blackout": blackout, "crowd": crowd, "deploy": deploy}

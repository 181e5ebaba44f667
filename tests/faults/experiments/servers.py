"""The broker and the database go away and come back."""

from __future__ import annotations

from datetime import timedelta

from django.db import connections

from tests.faults.bench import Bench
from tests.faults.count import Count

KILLED_WRITES = 30


def broker(bench: Bench) -> list[Count]:
    """4. The broker loses all it holds, is down for a while, and comes back empty.

    The embedded one lives in the runner, and is lost with it.
    """
    bench.plan(1000)
    with bench.crew(workers=2) as crew:
        bench.make_due(timedelta(seconds=5))
        bench.let_work(0.1)
        if bench.pair.redis:
            bench.breaks()
            bench.pair.redis.ask("flushall")
            bench.let_work(0.3)
            bench.breaks()
            bench.pair.redis.kill(wipe=True)
            bench.pause(10)
            bench.pair.redis.start()
        else:
            for name in crew.names():
                bench.breaks(workers=1)
                crew.kill(name)
        bench.note_fault()
        return bench.settled("4. broker flushed, killed, back empty", asked=2)


def database(bench: Bench) -> list[Count]:
    """5. PostgreSQL stopped at once in the middle of a wave; SQLite's writers killed in a write."""
    bench.plan(1000)
    if not bench.pair.postgres:
        return _killed_in_a_write(bench)
    with bench.crew() as crew:
        bench.make_due(timedelta(seconds=10))
        for _ in range(3):
            bench.let_work(0.1)
            # what is being called now is answered to nobody who could store it
            bench.breaks(workers=len(crew.names("worker")))
            connections.close_all()
            bench.pair.postgres.stop("immediate")
            bench.pause(1)
            bench.pair.postgres.start()
        bench.note_fault()
        return bench.settled("5. database stopped at once, three times", asked=3)


def _killed_in_a_write(bench: Bench) -> list[Count]:
    graves = bench.dig_graves()
    limit = bench.sized(KILLED_WRITES, least=5)
    die = {"DIE_AT": "in_a_write", "DIE_SHARE": "0.05", "DIE_TIMES": str(limit)}
    with bench.crew(**die, DIE_ONCE=str(graves)):
        bench.make_due(timedelta(seconds=10))
        # who writes may do so after a call of its own
        bench.cut_off = limit
        return bench.settled("5. killed in the middle of a write", asked=limit)


EXPERIMENTS = {"broker": broker, "database": database}

"""The same faults under a scheduler of the naive kind: the probes must find what it does wrong."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count as numbers

from tests.faults import naive
from tests.faults.bench import Bench
from tests.faults.count import Count
from tests.faults.pair import Crew

PATIENCE = 20.0
LEAST = 60
# they fail at once, so a few hundred show it
DUE = 300
fresh = numbers(1)


class NaiveCrew(Crew):
    def _command(self, name: str) -> tuple[str, ...]:
        if not self.pair.redis:
            return ("naive", "both")
        return ("naive", "dispatcher" if name.startswith("beat") else name)


def naive_kills(bench: Bench) -> list[Count]:
    """1. A worker is killed between the answer of the network and its own note of it."""
    graves = bench.dig_graves()
    die = {"DIE_AT": "after_answer", "DIE_SHARE": "0.2", "DIE_ONCE": str(graves)}
    with _wave(bench, DUE, **die) as (channel, _):
        _wait(1.0)
        found = _count("1. worker killed: after answer", bench, channel)
    found.faults = bench.deaths()
    return [found]


def naive_answers(bench: Bench) -> list[Count]:
    """6. On a third of the calls the network takes the post and hangs up."""
    bench.network.set_faults({"kind": "drop_after", "share": 0.3})
    with _wave(bench, DUE) as (channel, _):
        _wait(1.0)
        return [_count("6. taken, then hung up, on 30 %", bench, channel)]


def naive_broker(bench: Bench) -> list[Count]:
    """4. The broker loses what it holds, and comes back empty."""
    bench.network.set_faults({"kind": "slow", "seconds": 0.3})
    with _wave(bench, DUE) as (channel, crew):
        _wait(0.1)
        if bench.pair.redis:
            bench.pair.redis.kill(wipe=True)
            bench.pair.redis.start()
        else:
            for name in crew.names():
                crew.kill(name)
        _wait(1.0)
        return [_count("4. broker flushed, killed, back empty", bench, channel)]


@contextmanager
def _wave(bench: Bench, posts: int, **environment: str) -> Iterator[tuple[str, NaiveCrew]]:
    channel = f"naive-{next(fresh)}"
    naive.plan(bench.network.url("none", channel), bench.sized(posts, least=LEAST))
    crew = NaiveCrew(bench.pair, workers=3 if bench.pair.redis else 1, beats=1, **environment)
    try:
        naive.make_due()
        yield channel, crew
    finally:
        crew.end()
        bench.network.set_faults()


def _states() -> list[str]:
    return [str(state) for (state,) in naive.ask(f"SELECT state FROM {naive.TABLE} ORDER BY id")]


def _wait(share: float) -> None:
    """Wait until this share is published or failed, or until nothing has moved for a while."""
    before, moved = _states(), time.monotonic()
    while time.monotonic() - moved < PATIENCE:
        states = _states()
        if sum(state in {naive.PUBLISHED, naive.FAILED} for state in states) >= share * len(states):
            return
        if states != before:
            before, moved = states, time.monotonic()
        # the workers are other processes: their rows have to be looked at
        time.sleep(0.2)


def _count(experiment: str, bench: Bench, channel: str) -> Count:
    row = Count(experiment, "none", naive=True)
    there = bench.network.ledger()["by_content"]
    for number, state in enumerate(_states()):
        copies = there.get(f"{channel}: Naive {number}", 0)
        row.due += 1
        row.once += copies == 1
        row.twice += copies > 1
        row.lost += not copies
        row.given_up += state == naive.FAILED and not copies
    if row.sound:
        row.unmet.append("the naive scheduler came through, so this probe proves nothing")
    return row


EXPERIMENTS = {
    "naive-kills": naive_kills,
    "naive-broker": naive_broker,
    "naive-answers": naive_answers,
}

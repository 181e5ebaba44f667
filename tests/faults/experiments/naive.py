"""The same faults under a scheduler of the naive kind: the probes must find what it does wrong.

Each is sure to fail with so few posts. What the scheduler comes through is left out; the page on
reliability says which those are, and why.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connections

from tests.faults import naive
from tests.faults.bench import Bench
from tests.faults.count import Count
from tests.faults.experiments.answers import LONGEST_WISH
from tests.faults.pair import Crew

Probe = Callable[[Bench], list[Count]]

DUE = 150
# where each takes its time
FEW = 60
# a network takes the post, and needs so long for its answer: there are calls to break off
ANSWER_SECONDS = 0.7
SLOW = {"kind": "late", "seconds": ANSWER_SECONDS}
# its retries wait 5 seconds at most: what has not moved for so long will not
PATIENCE = 10.0
# by then Redis gives what a dead worker held to one that starts
GIVEN_BACK = naive.VISIBLE_SECONDS + 1
HANG_SECONDS = 8.0


class NaiveCrew(Crew):
    def _command(self, name: str) -> tuple[str, ...]:
        if not self.pair.redis:
            return ("naive", "both")
        return ("naive", "dispatcher" if name.startswith("beat") else name)


def killed_at(place: str) -> Probe:
    """Let a worker be killed at one step of a post."""

    def kills(bench: Bench) -> list[Count]:
        graves = bench.dig_graves()
        die = {"DIE_AT": place, "DIE_SHARE": "0.2", "DIE_ONCE": str(graves)}
        with _wave(bench, FEW, environment=die):
            return _found(bench, f"1. worker killed: {place.replace('_', ' ')}")

    return kills


def killed_in_the_call(kind: str, when: str) -> Probe:
    """Let the network kill the worker that is calling it, before or after it took the post."""

    def kills(bench: Bench) -> list[Count]:
        # its key is another for each call
        fault = {"kind": kind, "share": 0.2}
        with _wave(bench, FEW, fault):
            return _found(bench, f"1. worker killed: in the call, {when}")

    return kills


def killed_at_any_moment(bench: Bench) -> list[Count]:
    """1. SIGKILL of a worker at random moments."""
    with _wave(bench, FEW, SLOW) as crew:
        _wait(bench, 0.1)
        for _ in range(4):
            bench.pause(bench.random.uniform(0.5, 1))
            crew.kill(bench.random.choice(crew.names("worker")))
        bench.pause(GIVEN_BACK)
        crew.kill("worker-0")
        bench.note_fault(5)
        return _found(bench, "1. worker killed: at any moment")


def blackout(bench: Bench) -> list[Count]:
    """2. SIGKILL of everything at once; a while later it starts again."""
    with _wave(bench, FEW, SLOW) as crew:
        _wait(bench, 0.2)
        crew.end()
        bench.pause(GIVEN_BACK)
        for name in crew.names():
            crew.start(name)
        bench.note_fault(1)
        return _found(bench, "2. everything killed")


def crowd(bench: Bench) -> list[Count]:
    """3. Two that dispatch."""
    with _wave(bench, DUE, within=8.0, workers=3 if bench.pair.redis else 2, beats=2):
        return _found(bench, "3. two dispatchers")


def broker(bench: Bench) -> list[Count]:
    """4. The broker loses what it holds, and comes back empty."""
    with _wave(bench, FEW, SLOW) as crew:
        _wait(bench, 0.1)
        if bench.pair.redis:
            bench.pair.redis.kill(wipe=True)
            bench.pair.redis.start()
        else:
            for name in crew.names():
                crew.kill(name)
        bench.note_fault(1)
        return _found(bench, "4. broker flushed, killed, back empty")


def database(bench: Bench) -> list[Count]:
    """5. PostgreSQL stopped at once; SQLite's writers killed in a write."""
    if not bench.pair.postgres:
        graves = bench.dig_graves()
        die = {"DIE_AT": "in_a_write", "DIE_SHARE": "0.05", "DIE_ONCE": str(graves)}
        with _wave(bench, DUE, environment=die | {"DIE_TIMES": "5"}):
            return _found(bench, "5. killed in the middle of a write")
    with _wave(bench, FEW, SLOW):
        _wait(bench, 0.2)
        connections.close_all()
        bench.pair.postgres.stop("immediate")
        bench.pause(1)
        bench.pair.postgres.start()
        bench.note_fault(1)
        return _found(bench, "5. database stopped at once")


def answers(bench: Bench) -> list[Count]:
    """6. On a third of the calls the network takes the post and hangs up."""
    with _wave(bench, DUE, {"kind": "drop_after", "share": 0.3}):
        return _found(bench, "6. taken, then hung up, on 30 %")


def nonsense(bench: Bench) -> list[Count]:
    """6. The network takes the post and answers after the time-out, or answers nonsense."""
    late, garbage = {"kind": "late", "seconds": 3}, {"kind": "garbage", "share": 0.3}
    with _wave(bench, DUE, {**late, "share": 0.1}, garbage):
        return _found(bench, "6. answered too late, or nonsense")


def busy(bench: Bench) -> list[Count]:
    """7. Storms of 429 whose Retry-After is to be obeyed."""
    longest = bench.sized(LONGEST_WISH, least=5)
    with _wave(bench, DUE, {"kind": "busy", "share": 0.1, "seconds": [1, longest]}):
        found = _found(bench, "7. 429 with Retry-After, in storms")
    if early := bench.network.ledger()["called_too_early"]:
        found[0].unmet.append(f"{early} calls came before the time that the network had named")
    return found


def hang(bench: Bench) -> list[Count]:
    """8. One channel with the first half of the posts answers nothing; the others must not wait."""
    hung = {"kind": "hang", "channel": "naive-0"}
    with _wave(bench, DUE, {**hung, "until": time.time() + 60}, channels=2):
        _wait_for(bench, lambda: bool(bench.network.ledger()["calls"]))
        until = time.time() + HANG_SECONDS
        bench.network.set_faults({**hung, "until": until})
        _wait_for(bench, lambda: _others_are_over() or time.time() > until)
        waited = not _others_are_over()
        found = _found(bench, "8. one of two channels hangs")
    if waited:
        found[0].unmet.append("the other channel waited for as long as the one that hung")
    return found


def _others_are_over() -> bool:
    return all(state in naive.ENDED for _, url, state in _rows() if url.endswith("-1"))


def echoes(bench: Bench) -> list[Count]:
    """10. Each message five times, shuffled, with stale ones."""
    with _wave(bench, FEW, environment={"ECHO": "yes"}):
        return _found(bench, "10. messages doubled, shuffled, stale")


def poison(bench: Bench) -> list[Count]:
    """11. Among good posts one that raises, one that kills, one that can't be written."""
    bad = ("Raises: a poison", "Kills: a poison", "No JSON: a poison")
    bench.note_fault(len(bad))
    with _wave(bench, FEW, more=bad):
        return _found(bench, "11. three poison posts among good ones")


def cancelled(bench: Bench) -> list[Count]:
    """12. All that is not out yet is cancelled in the middle of a wave."""
    with _wave(bench, FEW, SLOW):
        _wait(bench, 0.2)
        gone = [number for number in range(len(_rows())) if naive.cancel(number)]
        bench.pause(2 * ANSWER_SECONDS)
        found = _found(bench, "12. cancelled in a wave")
    there = bench.network.ledger()["by_content"]
    sent = sum(_copies(there, *_rows()[number][:2]) > 0 for number in gone)
    found[0].faults = len(gone)
    if sent:
        found[0].unmet.append(f"{sent} were cancelled, and sent all the same")
    return found


def token(bench: Bench) -> list[Count]:
    """13. The token ends in the middle of a wave, and is given anew."""
    with _wave(bench, FEW, SLOW):
        _wait(bench, 0.3)
        bench.network.set_faults({"kind": "unauthorised"})
        bench.note_fault(1)
        _wait_for(bench, lambda: bool(_failed()))
        bench.network.set_faults()
        found = _found(bench, "13. token ends in a wave")
        failed = _failed()
    if failed:
        found[0].unmet.append(f"{failed} failed for want of a token")
    return found


def _failed() -> int:
    return sum(state == naive.FAILED for _, _, state in _rows())


def deploy(bench: Bench) -> list[Count]:
    """15. A deploy: SIGTERM to one worker after the other."""
    with _wave(bench, FEW, SLOW) as crew:
        _wait(bench, 0.1)
        for name in crew.names("worker"):
            crew.dismiss(name)
            crew.start(name)
        bench.note_fault(1)
        return _found(bench, "15. deployed, by SIGTERM")


def hooks(bench: Bench) -> list[Count]:
    """16. Log and metrics raise, all the time."""
    with _wave(bench, FEW, environment={"RAISE_IN": "log metrics"}):
        found = _found(bench, "16. log and metrics raise")
    found[0].faults = found[0].due
    return found


@contextmanager
def _wave(
    bench: Bench,
    posts: int,
    *faults: dict[str, object],
    channels: int = 1,
    more: tuple[str, ...] = (),
    within: float = 0.0,
    workers: int | None = None,
    beats: int = 1,
    environment: dict[str, str] | None = None,
) -> Iterator[NaiveCrew]:
    each = bench.sized(posts, least=FEW) // channels
    titles = [*more, *(f"Naive {number}" for number in range(each))]
    urls = [bench.network.url("none", f"naive-{number}") for number in range(channels)]
    naive.plan([(title, url) for url in urls for title in titles])
    bench.network.set_faults(*faults)
    usual = workers or bench.pair.usual_workers
    crew = NaiveCrew(bench.pair, workers=usual, beats=beats, **environment or {})
    try:
        naive.make_due(within)
        yield crew
    finally:
        crew.end()


def _rows() -> list[tuple[str, str, str]]:
    """Title, address and state of each post."""
    found = naive.ask(f"SELECT title, url, state FROM {naive.TABLE} ORDER BY id")
    return [(title, url, state) for title, url, state in found]


def _wait(bench: Bench, share: float) -> None:
    """Wait until this share is over."""
    _wait_for(bench, lambda: _over(_rows()) >= share)


def _over(rows: list[tuple[str, str, str]]) -> float:
    return sum(state in naive.ENDED for _, _, state in rows) / len(rows)


def _wait_for(bench: Bench, enough: Callable[[], bool]) -> None:
    """Wait until it is so, or until no row has moved and nobody was called for a while."""
    before, moved = None, time.monotonic()
    while time.monotonic() - moved < PATIENCE and not enough():
        now = (_rows(), bench.network.ledger()["calls"])
        if now != before:
            before, moved = now, time.monotonic()
        # the workers are other processes: their rows have to be looked at
        time.sleep(0.2)


def _found(bench: Bench, experiment: str) -> list[Count]:
    """Wait until all is over, or nothing moves any more, and count as it is done for ours."""
    _wait_for(bench, lambda: _over(_rows()) == 1)
    row = Count(experiment, "none", naive=True)
    ledger = bench.network.ledger()
    for title, url, state in _rows():
        copies = _copies(ledger["by_content"], title, url)
        row.due += 1
        row.once += copies == 1
        row.twice += copies > 1
        row.stuck += state not in naive.ENDED
        row.lost += not copies and (state == naive.PUBLISHED or state not in naive.ENDED)
        row.given_up += not copies and state in {naive.FAILED, naive.CANCELLED}
    # an answer that takes its time is none
    row.faults = bench.faults + bench.deaths() or ledger["faults"]
    return [row]


def _copies(there: dict[str, int], title: str, url: str) -> int:
    return there.get(f"{url.rpartition('/')[2]}: {title}", 0)


EXPERIMENTS: dict[str, Probe] = {
    "naive-kills-before-call": killed_at("before_call"),
    "naive-kills-call": killed_in_the_call("kill_before", "before it was taken"),
    "naive-kills-taken": killed_in_the_call("kill_after", "after it was taken"),
    "naive-kills-after-answer": killed_at("after_answer"),
    "naive-kills-after-commit": killed_at("after_commit"),
    "naive-kills-moment": killed_at_any_moment,
    "naive-blackout": blackout,
    "naive-crowd": crowd,
    "naive-broker": broker,
    "naive-database": database,
    "naive-answers": answers,
    "naive-nonsense": nonsense,
    "naive-busy": busy,
    "naive-hang": hang,
    "naive-echoes": echoes,
    "naive-poison": poison,
    "naive-cancel": cancelled,
    "naive-token": token,
    "naive-deploy": deploy,
    "naive-hooks": hooks,
}
# Redis keeps the messages of who dies: there it does nothing wrong
LEFT_OUT = {
    "grown": {
        "naive-kills-before-call",
        "naive-kills-call",
        "naive-kills-after-commit",
        "naive-deploy",
    }
}

"""Workers die anywhere, many times: what fans see is counted on the network's own side."""

from __future__ import annotations

import dataclasses
import os
import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest

from content.editorial.models import Post
from hub.delivery import engine
from hub.delivery.models import Delivery
from hub.delivery.reap import reap
from hub.delivery.reconcile import reconcile
from hub.delivery.states import FINAL_STATES, INBOX_STATES, State
from hub.delivery.ticks import resume_blocked
from spokes.channels.connectors import registry
from spokes.channels.connectors.base import (
    Accepted,
    Capabilities,
    Connector,
    Dedupe,
    Envelope,
    Finding,
    Letter,
    NotThere,
    Outcome,
    Payload,
    Refused,
    RetryAfter,
    Sent,
    Trace,
    Unknown,
)
from spokes.channels.models import Channel

pytestmark = pytest.mark.django_db(transaction=True)

# another seed, other accidents; a failing one can be played again
SEED = int(os.environ.get("CRASH_SEED", "1"))
DELIVERIES = 50
STEP, LONG_STEP = timedelta(seconds=20), timedelta(minutes=2)
# long enough for the last look-up: eight tries with their waits, half an hour of asking
ALL_STEPS = 400
TROUBLED_STEPS = 80


class Killed(BaseException):
    """The process is gone: nothing in it can catch this."""


@dataclasses.dataclass
class Fate:
    """Decides, from one seed, where a process dies and what a network does."""

    dice: random.Random
    troubled: bool = True
    kills: Counter[str] = dataclasses.field(default_factory=Counter)

    def may_kill(self, place: str) -> None:
        if self.troubled and self.dice.random() < 0.06:
            self.kills[place] += 1
            raise Killed(place)

    def happens(self, chance: float) -> bool:
        return self.troubled and self.dice.random() < chance


NOT_TAKEN = (
    Refused("No cats."),
    RetryAfter("The line was busy."),
    RetryAfter("Slow down.", timedelta(seconds=30)),
    Unknown("The line was cut before it."),
    Accepted("container"),
)


class Sea:
    """The far end: what was posted, how often; it honours keys only when told so."""

    def __init__(self, fate: Fate, *, honours_keys: bool) -> None:
        self.fate = fate
        self.honours_keys = honours_keys
        self.posted: Counter[str] = Counter()
        # taken, and shown when it is asked for again
        self.processing: set[str] = set()

    def commit(self, key: str) -> Outcome:
        fate = self.fate
        fate.may_kill("before the network has it")
        if fate.happens(0.3):
            # it is surely or maybe not there, whatever it says
            answer = fate.dice.choice(NOT_TAKEN)
            if isinstance(answer, Accepted):
                self.processing.add(key)
            return answer
        if not (self.honours_keys and key in self.posted):
            self.posted[key] += 1
        fate.may_kill("after the network has it")
        if fate.happens(0.1):
            return Unknown("The answer never came.")
        return Sent(f"remote-{key}")

    def find(self, key: str) -> Finding:
        self.fate.may_kill("while looking it up")
        if key in self.processing:
            self.processing.discard(key)
            self.posted[key] += 1
        if self.fate.happens(0.1):
            return Unknown("Their list is down.")
        return Sent(f"remote-{key}") if key in self.posted else NotThere()


def connector_on(sea: Sea, capabilities: Capabilities) -> type[Connector]:
    class SeaConnector(Connector):
        def prepare(self, post: Post, envelope: Envelope) -> Payload:
            sea.fate.may_kill("while preparing")
            return {"title": post.title}

        def commit(self, letter: Letter) -> Outcome:
            return sea.commit(letter.key)

        def find(self, trace: Trace) -> Finding:
            return sea.find(trace.key)

    SeaConnector.capabilities = capabilities
    return SeaConnector


@contextmanager
def a_life() -> Iterator[None]:
    """One process, until it ends or is killed."""
    try:
        yield
    except Killed:
        return


@pytest.fixture
def world(
    monkeypatch: pytest.MonkeyPatch, make_channel: Callable[..., Channel], plan: Any, now: datetime
) -> Callable[..., tuple[Sea, list[Delivery]]]:
    """Send many deliveries through a troubled time, then let it become quiet."""

    def live_through(seed: int, capabilities: Capabilities) -> tuple[Sea, list[Delivery]]:
        fate = Fate(random.Random(seed))
        random.seed(seed)
        sea = Sea(fate, honours_keys=capabilities.dedupe is Dedupe.KEY)
        monkeypatch.setitem(registry.CONNECTORS, "sea", connector_on(sea, capabilities))
        steps = ("make_ready", "write_intents", "settle_and_begin", "settle_calls")
        for name in (*steps, "call_off", "tell_gate"):
            monkeypatch.setattr(engine, name, deadly(getattr(engine, name), fate))
        channel = make_channel(network="sea", late_policy="always", max_inflight=100)
        for number in range(DELIVERIES):
            plan(channel=channel, due_at=now + number * timedelta(seconds=15))
        moment = now
        for step in range(ALL_STEPS):
            fate.troubled = step < TROUBLED_STEPS
            moment += STEP if fate.troubled else LONG_STEP
            if not run_once(channel, moment):
                break
        return sea, list(Delivery.objects.select_related("post"))

    return live_through


def deadly(step: Callable[..., Any], fate: Fate) -> Callable[..., Any]:
    def run(*args: Any, **words: Any) -> Any:
        fate.may_kill(f"before {step.__name__}")
        result = step(*args, **words)
        fate.may_kill(f"after {step.__name__}")
        return result

    return run


def run_once(channel: Channel, now: datetime) -> bool:
    """Run every round once, each in a process of its own; say whether anything is left to do."""
    for tick in (reap, reconcile, resume_blocked):
        with a_life():
            tick(now)
    with a_life():
        engine.send_channel(channel_id=channel.pk, worker="w", now=now)
    return Delivery.objects.still_open().exists()


LOOKUP = Capabilities(network="sea", label="Sea", dedupe=Dedupe.LOOKUP, can_find=True)
KEY = dataclasses.replace(LOOKUP, dedupe=Dedupe.KEY, can_find=False)
KEY_AND_FIND = dataclasses.replace(LOOKUP, dedupe=Dedupe.KEY)
NONE = dataclasses.replace(LOOKUP, dedupe=Dedupe.NONE, can_find=False)


@pytest.mark.parametrize(
    "capabilities",
    [
        pytest.param(LOOKUP, id="lookup"),
        pytest.param(KEY, id="key"),
        pytest.param(KEY_AND_FIND, id="key-and-lookup"),
        pytest.param(NONE, id="neither"),
    ],
)
def test_nothing_is_posted_twice_or_lost_whoever_dies_where(world, capabilities) -> None:
    sea, deliveries = world(SEED, capabilities)
    assert sum(sea.fate.kills.values()) > DELIVERIES / 4
    assert {key: times for key, times in sea.posted.items() if times > 1} == {}
    for delivery in deliveries:
        assert delivery.state in (*FINAL_STATES, *INBOX_STATES), delivery.reason
        there = delivery.key in sea.posted
        if delivery.state == State.LIVE:
            assert there
        elif there:
            assert delivery.state == State.REVIEW, delivery.reason
        assert delivery.state == State.LIVE or delivery.reason

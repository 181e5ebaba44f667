"""A network that does what a test tells it, and keeps count of what fans would see."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any, ClassVar

import pytest
from kombu import Queue

from content.editorial.models import Post
from hub.celery import app
from hub.delivery import engine
from hub.delivery.hints import PUBLISH
from hub.delivery.models import BY_HAND, Delivery
from spokes.channels.connectors import registry
from spokes.channels.connectors.base import (
    Capabilities,
    Connector,
    Dedupe,
    Envelope,
    Finding,
    Letter,
    NotThere,
    Outcome,
    Payload,
    Sent,
)
from spokes.channels.models import Channel
from tests.hub.steps import standing


class Wire:
    """The far end: answers in order as told, then success; every call is counted."""

    def __init__(self) -> None:
        self.answers: list[Outcome | Exception] = []
        self.findings: list[Finding] = []
        self.posted: list[str] = []
        self.calls: list[tuple[str, Letter]] = []
        self.before_call: Callable[[Letter], None] = lambda letter: None
        self.prepare_error: Exception | None = None

    def answer(self, call: str, letter: Letter) -> Outcome:
        self.calls.append((call, letter))
        self.before_call(letter)
        outcome = self.answers.pop(0) if self.answers else Sent(f"remote-{letter.key}")
        if isinstance(outcome, Exception):
            raise outcome
        if isinstance(outcome, Sent):
            self.posted.append(letter.key)
        return outcome


class WireConnector(Connector):
    wire: ClassVar[Wire]
    capabilities = Capabilities(
        network="wire",
        label="Wire",
        dedupe=Dedupe.LOOKUP,
        can_find=True,
        can_edit=True,
        can_withdraw=True,
    )

    def prepare(self, post: Post, envelope: Envelope) -> Payload:
        if self.wire.prepare_error:
            raise self.wire.prepare_error
        return {"title": post.title, "marker": envelope.marker}

    def commit(self, letter: Letter) -> Outcome:
        return self.wire.answer("commit", letter)

    def edit(self, letter: Letter) -> Outcome:
        return self.wire.answer("edit", letter)

    def withdraw(self, letter: Letter) -> Outcome:
        return self.wire.answer("withdraw", letter)

    def find(self, trace: Any) -> Finding:
        return self.wire.findings.pop(0) if self.wire.findings else NotThere()


@dataclasses.dataclass
class Network:
    wire: Wire
    connector: type[WireConnector]

    def able(self, **changes: Any) -> None:
        self.connector.capabilities = dataclasses.replace(self.connector.capabilities, **changes)


@pytest.fixture(autouse=True)
def new_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Know as little of the networks as a worker that has just begun."""
    monkeypatch.setattr(engine, "last_call_seconds", {})


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Network:
    """A network named "wire", known to the registry for the length of one test."""
    wire = Wire()
    connector = type("TestWire", (WireConnector,), {"wire": wire})
    monkeypatch.setitem(registry.CONNECTORS, "wire", connector)
    return Network(wire, connector)


@pytest.fixture
def wire(network: Network) -> Wire:
    return network.wire


@pytest.fixture
def channel(network: Network, make_channel: Callable[..., Channel]) -> Channel:
    """A hub channel on the wire: it takes every post."""
    return make_channel(network="wire")


@pytest.fixture
def plan(
    channel: Channel, make_post: Callable[..., Post], now: datetime
) -> Callable[..., Delivery]:
    """Plan a post on the wire channel, due now unless ``due_at`` says otherwise."""
    numbers = iter(range(10_000))

    def make(post: Post | None = None, **fields: Any) -> Delivery:
        post = post or make_post()
        number = next(numbers)
        due_at = fields.pop("due_at", now)
        fields = {
            "channel": channel,
            "post_revision": post.revision,
            **BY_HAND,
            "key": f"key-{number}",
            "marker": f"m{number}",
            "due_at": due_at,
            "next_try_at": due_at,
            "created_at": now,
            **standing(
                fields.get("state", "scheduled"), due_at, uncertain=fields.get("uncertain", False)
            ),
            **fields,
        }
        return Delivery.objects.create(post=post, **fields)

    return make


@pytest.fixture
def send(channel: Channel, now: datetime) -> Callable[..., int]:
    """Let one worker send what is due on the wire channel, so many minutes after noon."""

    def run(minutes: float = 0, *, on: Channel | None = None, worker: str = "w1") -> int:
        return engine.send_channel(
            channel_id=(on or channel).pk, worker=worker, now=now + timedelta(minutes=minutes)
        )

    return run


@pytest.fixture
def on_call(wire: Wire) -> Callable[[int, Callable[[], object]], None]:
    """Let something happen during the call of that number."""

    def arrange(number: int, act: Callable[[], object]) -> None:
        def before(letter: object) -> None:
            if len(wire.calls) == number:
                act()

        wire.before_call = before

    return arrange


@pytest.fixture
def publish_queue() -> Iterator[Queue]:
    """The queue of the hints at the broker, empty before and after."""
    with app.producer_or_acquire() as producer:
        queue = Queue(PUBLISH, channel=producer.channel)
        queue.purge()
        yield queue
        queue.purge()

"""A circuit that nothing due would try: the connection is tried instead, and it closes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub.delivery import policy, probe, ticks
from hub.delivery.actions import hold
from hub.delivery.gates import gate_name
from hub.delivery.models import Gate
from hub.delivery.probe import channels_to_probe, probe_channel
from spokes.channels.connectors.base import Health, Unknown
from tests.hub.delivery.conftest import Network

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def open_circuit(channel, now) -> Gate:
    """A circuit whose rest is over at noon, with nothing due that would be the next try."""
    return Gate.objects.create(
        name=gate_name(channel.pk), on_pace_at=now, opened_until=now, failures_in_row=5, openings=1
    )


@pytest.fixture
def answering(network: Network, monkeypatch):
    """Let the far end answer a check, or not; gives the calls of it."""
    calls = []

    def make(*, works: bool | Exception) -> list[int]:
        def check(self) -> Health:
            calls.append(self.channel.pk)
            if isinstance(works, Exception):
                raise works
            return Health(works=works, message="As told.")

        monkeypatch.setattr(network.connector, "check", check)
        return calls

    return make


def test_a_network_that_answers_again_closes_its_circuit(
    open_circuit, channel, answering, now
) -> None:
    answering(works=True)
    assert probe_channel(channel_id=channel.pk, now=now)
    open_circuit.refresh_from_db()
    assert open_circuit.opened_until is None
    assert channels_to_probe(now) == []


def test_the_next_failed_call_opens_it_again_for_longer(
    open_circuit, channel, answering, now, plan, send, wire
) -> None:
    answering(works=True)
    probe_channel(channel_id=channel.pk, now=now)
    plan()
    wire.answers = [Unknown("No answer.")]
    assert send() == 1
    open_circuit.refresh_from_db()
    assert open_circuit.opened_until >= now + policy.breaker_pause(1)


@pytest.mark.parametrize("fault", [False, OSError("no route")])
def test_one_that_does_not_answer_rests_for_longer(
    open_circuit, channel, answering, now, fault
) -> None:
    answering(works=fault)
    assert probe_channel(channel_id=channel.pk, now=now)
    open_circuit.refresh_from_db()
    assert open_circuit.opened_until >= now + policy.breaker_pause(1)
    assert (open_circuit.failures_in_row, open_circuit.openings) == (6, 2)


def test_of_two_workers_one_tries(open_circuit, channel, answering, now) -> None:
    calls = answering(works=True)
    second: list[bool] = []
    # while the first is at it, the second comes
    closing = probe._works

    def meanwhile(connector) -> bool:
        if not second:
            second.append(probe_channel(channel_id=channel.pk, now=now))
        return closing(connector)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(probe, "_works", meanwhile)
        assert probe_channel(channel_id=channel.pk, now=now)
    assert (second, calls) == ([False], [channel.pk])


def test_what_is_due_is_the_try_itself(open_circuit, plan, now) -> None:
    plan()
    assert channels_to_probe(now) == []


def test_what_comes_later_is_no_try(open_circuit, channel, plan, now) -> None:
    plan(due_at=now + timedelta(hours=1))
    assert channels_to_probe(now) == [channel.pk]


def test_what_a_person_keeps_back_is_no_try(open_circuit, channel, plan, now, manager) -> None:
    held = plan()
    hold(scope="post", post=held.post, actor=manager, reason="Wait")
    assert channels_to_probe(now) == [channel.pk]


def test_a_paused_channel_is_tried_and_one_without_credentials_is_not(
    open_circuit, channel, plan, now
) -> None:
    plan()
    channel.paused_at = now
    channel.save(update_fields=["paused_at"])
    assert channels_to_probe(now) == [channel.pk]
    channel.auth_lost_at = now
    channel.save(update_fields=["auth_lost_at"])
    assert channels_to_probe(now) == []


def test_a_rest_that_is_not_over_is_left_alone(open_circuit, answering, channel, now) -> None:
    calls = answering(works=True)
    early = now - timedelta(seconds=1)
    assert channels_to_probe(early) == []
    assert not probe_channel(channel_id=channel.pk, now=early)
    assert calls == []


def test_the_round_asks_workers_for_few_at_a_time(monkeypatch, now, make_channel, network) -> None:
    asked: list[int] = []
    monkeypatch.setattr(probe, "hint_probe", lambda pk: asked.append(pk) or True)
    for _ in range(5):
        name = gate_name(make_channel(network="wire").pk)
        Gate.objects.create(name=name, on_pace_at=now, opened_until=now)
    assert ticks.TICKS["probe"].run(now) == 5
    assert len(asked) == probe.PROBES_A_ROUND


def test_without_a_broker_the_round_tries_one_itself(
    monkeypatch, open_circuit, answering, now
) -> None:
    monkeypatch.setattr(probe, "hint_probe", lambda pk: False)
    answering(works=True)
    ticks.TICKS["probe"].run(now)
    open_circuit.refresh_from_db()
    assert open_circuit.opened_until is None


def test_a_quiet_round_asks_once(now, django_assert_num_queries) -> None:
    with django_assert_num_queries(1):
        assert channels_to_probe(now) == []

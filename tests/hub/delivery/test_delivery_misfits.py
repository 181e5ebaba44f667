"""A channel whose connector can't even be set up stops nobody but itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from hub.delivery import probe, ticks
from hub.delivery.gates import gate_name
from hub.delivery.models import Delivery, Gate
from hub.delivery.policy import LOOKUP_BUDGET
from hub.delivery.reconcile import channels_to_look_up, look_up_channel, reconcile
from hub.delivery.set_back import mend_times
from spokes.channels.connectors import registry
from spokes.channels.connectors.base import Finding, Health, NotThere, RatePolicy
from spokes.channels.models import Channel
from tests.hub.delivery.conftest import WireConnector

pytestmark = pytest.mark.django_db(transaction=True)
HOUR = timedelta(hours=1)


class Misfit(WireConnector):
    def __init__(self, channel: Channel) -> None:
        raise TypeError("no such settings")


@pytest.fixture
def misfit(monkeypatch, make_channel) -> Channel:
    monkeypatch.setitem(registry.CONNECTORS, "misfit", Misfit)
    return make_channel(network="misfit")


def test_the_others_deliveries_are_dispatched(
    misfit, plan, channel, now, monkeypatch, publish_queue
) -> None:
    hinted: list[int] = []
    monkeypatch.setattr(ticks, "hint_channel", lambda pk: hinted.append(pk) or True)
    plan(channel=misfit), plan()
    ticks.dispatch(now)
    assert hinted == [channel.pk]


def test_the_others_paces_are_brought_back(misfit, channel, network, now) -> None:
    network.able(app_rate=RatePolicy(interval=timedelta(seconds=5)))
    for name in ("network:wire", gate_name(misfit.pk)):
        Gate.objects.create(name=name, on_pace_at=now + HOUR)
    mend_times(now)
    assert set(Gate.objects.values_list("on_pace_at", flat=True)) == {now}


def test_the_others_circuits_are_closed(misfit, channel, network, now, monkeypatch) -> None:
    monkeypatch.setattr(probe, "hint_probe", lambda pk: False)
    monkeypatch.setattr(network.connector, "check", lambda self: Health(works=True, message=""))
    for number, one in enumerate((misfit, channel)):
        rest = now - HOUR + timedelta(minutes=number)
        Gate.objects.create(name=gate_name(one.pk), on_pace_at=now, opened_until=rest)
    probe.ask_for_probes(now)
    assert Gate.objects.get(name=gate_name(channel.pk)).opened_until is None


def test_what_was_sent_there_is_shown_to_a_person_in_the_end(misfit, plan, now) -> None:
    delivery = plan(channel=misfit, state="unknown", first_sent_at=now, reason="no answer")
    reconcile(now + timedelta(minutes=1))
    delivery.refresh_from_db()
    assert (delivery.state, delivery.lookups) == ("unknown", 1)
    for minutes in (0, 2):
        reconcile(now + LOOKUP_BUDGET + timedelta(minutes=minutes))
    delivery.refresh_from_db()
    assert delivery.state == "review"
    assert "no such settings" in delivery.reason


def test_a_look_up_that_takes_long_is_left_to_who_makes_it(
    plan, channel, network, now, monkeypatch
) -> None:
    """Else another would take its turn while it asks, and none would ever be settled."""
    network.able(call_seconds=200.0)
    plan(state="unknown", first_sent_at=now - HOUR, reason="no answer")
    free: list[list[int]] = []

    def find(self: Any, trace: Any) -> Finding:
        free.append(channels_to_look_up(now + timedelta(seconds=199)))
        return NotThere()

    monkeypatch.setattr(network.connector, "find", find)
    assert look_up_channel(channel_id=channel.pk, now=now) == 1
    assert free == [[]]
    assert Gate.objects.get(name=gate_name(channel.pk)).looking_until is None


def test_a_visit_that_took_too_long_does_not_end_anothers(
    plan, channel, network, now, monkeypatch
) -> None:
    plan(state="unknown", first_sent_at=now - HOUR, reason="no answer")
    others = now + HOUR

    def find(self: Any, trace: Any) -> Finding:
        Gate.objects.update(looking_until=others)
        return NotThere()

    monkeypatch.setattr(network.connector, "find", find)
    look_up_channel(channel_id=channel.pk, now=now)
    assert Gate.objects.get(name=gate_name(channel.pk)).looking_until == others
    assert Delivery.objects.get().lookups == 1

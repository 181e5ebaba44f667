"""What was called is settled though the database is away for a moment, and nobody is blamed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection

from hub.delivery import engine, intent, policy
from hub.delivery.gates import gate_name
from hub.delivery.models import Attempt, Delivery, Gate
from spokes.channels.connectors.base import Dedupe, Sent

pytestmark = pytest.mark.django_db(transaction=True)


class Database:
    """Refuses so many of the next writes."""

    away_for = 0

    def __call__(
        self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any
    ) -> Any:
        if self.away_for and sql.startswith(("UPDATE", "INSERT")):
            self.away_for -= 1
            raise OperationalError("gone away")
        return execute(sql, params, many, context)


@pytest.fixture
def database() -> Iterator[Database]:
    database = Database()
    with connection.execute_wrapper(database):
        yield database


@pytest.fixture(params=[Dedupe.KEY, Dedupe.NONE])
def quick(request, network, channel, now, monkeypatch) -> None:
    network.able(dedupe=request.param, can_find=False)
    monkeypatch.setattr(policy, "QUICK_BATCH_TIME", timedelta(minutes=5))
    Gate.objects.create(name=gate_name(channel.pk), on_pace_at=now, quick=True)


def states() -> list[str]:
    return list(Delivery.objects.order_by("pk").values_list("state", flat=True))


@pytest.mark.parametrize("call", [1, 3])
def test_an_answer_is_kept_until_it_can_be_written(
    quick, plan, send, wire, database, on_call, call
) -> None:
    for _ in range(3):
        plan()
    on_call(call, lambda: setattr(database, "away_for", 2))
    send()
    send(minutes=1)
    assert states() == ["live"] * 3
    assert len(wire.calls) == 3


def test_what_was_written_while_the_databases_answer_was_lost_is_no_late_answer(
    quick, plan, send, wire, monkeypatch
) -> None:
    settle = engine.settle_calls
    lost = iter([True])

    def settle_unheard(*calls: Any, **words: Any) -> None:
        settle(*calls, **words)
        if next(lost, False):
            raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(engine, "settle_calls", settle_unheard)
    plan()
    send()
    assert (states(), len(wire.calls)) == (["live"], 1)
    assert list(Attempt.objects.values_list("outcome", "orphaned")) == [("sent", False)]


def test_one_that_can_not_be_settled_costs_the_others_nothing(
    plan, send, wire, network, channel, now, monkeypatch
) -> None:
    network.able(dedupe=Dedupe.KEY, can_find=False)
    Gate.objects.create(name=gate_name(channel.pk), on_pace_at=now, quick=True)
    write = intent._write_outcomes
    bad = "key-2"

    def fail(answered: Any, capabilities: Any) -> None:
        if any(one.delivery.key == bad for one in answered):
            raise ValueError("can't be stored")
        write(answered, capabilities)

    monkeypatch.setattr(intent, "_write_outcomes", fail)
    for _ in range(4):
        plan()
    send()
    assert states() == ["live", "live", "sending", "live"]


def test_who_waits_behind_one_that_can_not_be_settled_is_under_no_suspicion(
    quick, plan, send, wire, network, database, on_call, monkeypatch
) -> None:
    monkeypatch.setattr(policy, "SETTLE_PATIENCE", timedelta(0))
    for _ in range(3):
        plan()
    # refused where the next ones are begun, together and then alone, and once more by itself
    together = network.connector.capabilities.dedupe is Dedupe.KEY
    on_call(1, lambda: setattr(database, "away_for", 2 + together))
    send()
    assert states() == ["sending", "live", "live"]
    assert len(wire.calls) == 3
    assert set(Delivery.objects.values_list("crashes", flat=True)) == {0}


@pytest.mark.parametrize("write", ["claim", "prepare", "intent"])
def test_nobody_is_under_suspicion_when_the_database_goes_before_the_call(
    quick, plan, send, wire, database, monkeypatch, write
) -> None:
    for _ in range(3):
        plan()
    places = {"claim": "claim_due", "prepare": "make_ready", "intent": "write_intents"}
    step = getattr(engine, places[write])

    def away(*args: Any, **words: Any) -> Any:
        database.away_for = 1
        if write == "prepare":
            Delivery.objects.update(reason="")
        return step(*args, **words)

    monkeypatch.setattr(engine, places[write], away)
    with pytest.raises(OperationalError):
        send()
    monkeypatch.setattr(engine, places[write], step)
    assert (states(), wire.calls) == (["scheduled"] * 3, [])
    assert send() == 3
    assert states() == ["live"] * 3
    assert set(Delivery.objects.values_list("crashes", flat=True)) == {0}


def test_a_batch_of_the_site_goes_back_without_suspicion(
    plan, send, make_channel, make_post, database, monkeypatch
) -> None:
    site = make_channel(network="site", max_inflight=200)
    for _ in range(5):
        plan(make_post(), channel=site)
    claimed: list[int] = []

    def away(*args: Any, **words: Any) -> None:
        claimed.append(Delivery.objects.filter(state="claimed").count())
        raise OperationalError("gone away")

    with monkeypatch.context() as broken:
        broken.setattr(engine, "make_ready", away)
        with pytest.raises(OperationalError):
            send(on=site)
    assert claimed == [5]
    assert states() == ["scheduled"] * 5
    assert send(on=site) == 5
    assert states() == ["live"] * 5
    assert set(Delivery.objects.values_list("crashes", flat=True)) == {0}


def test_half_a_character_in_an_answer_costs_the_others_nothing(quick, plan, send, wire) -> None:
    for _ in range(4):
        plan()
    wire.answers = [Sent("r1"), Sent("r2", "https://example.org/\ud83d"), Sent("r3")]
    send()
    assert states() == ["live"] * 4
    assert len(wire.calls) == 4

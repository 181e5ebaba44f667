"""A channel on which too few calls work is told, and what only looks like it is not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from hub.alerts.models import Alert, Notice
from hub.alerts.telling import send_due
from hub.delivery.gates import gate_name
from hub.delivery.models import BY_HAND, Attempt, Delivery, Gate
from hub.delivery.states import State

FAILING = "channel.failing"


@pytest.fixture(autouse=True)
def somebody_is_told(settings):
    settings.ALERT_EMAILS = ["ops@example.org"]
    settings.ALERT_DISK_PERCENT = 0


@pytest.fixture
def channel(make_channel):
    return make_channel(network="webhook", name="Jazz hooks")


@pytest.fixture
def call(channel, make_post, now) -> Callable[..., None]:
    """Let calls to the channel have ended like this, so many minutes after noon."""
    post = make_post()
    row = Delivery.objects.create(
        post=post,
        channel=channel,
        post_revision=post.revision,
        **BY_HAND,
        key="key",
        marker="m",
        state=State.LIVE,
        settled_at=now,
        due_at=now,
        next_try_at=now,
        created_at=now,
    )

    def ended(*outcomes: str, at: float) -> None:
        moment = now + timedelta(minutes=at)
        had = row.attempts.count()
        for number, outcome in enumerate(outcomes, had):
            Attempt.objects.create(
                delivery=row,
                number=number,
                lease_token=1,
                worker="w",
                started_at=moment,
                ended_at=moment,
                outcome=outcome,
            )

    return ended


def test_it_is_told_after_a_quarter_of_an_hour_and_that_it_is_over(
    look, channel, call, mailbox, receiver, now
) -> None:
    """Refusals open no circuit: nothing else would say that hardly anything goes out."""
    told = []
    for minute in range(0, 40, 2):
        call("refused", at=minute)
        if minute % 10 == 0:
            call("sent", at=minute)
        if look(minute):
            told.append(minute)
    # at 14 it had ten calls
    assert told == [30]
    assert [look(48), look(49)] == [0, 1]
    send_due(now + timedelta(minutes=49))
    assert "Of the calls to “Jazz hooks” in the last hour" in mailbox.subjects[0]
    assert f"/admin/channels/channel/{channel.pk}/change/" in mailbox.text(0)
    [begun] = receiver.event(0)["data"]["begun"]
    assert (begun["code"], begun["about"]) == (FAILING, f"channel:{channel.pk}")
    assert [row["code"] for row in receiver.event(1)["data"]["over"]] == [FAILING]
    assert mailbox.subjects[1].startswith("[Backbeat] Over: ")
    assert (len(mailbox.mails), len(receiver.events)) == (2, 2)


def test_half_that_works_is_not_failing_and_more_may_be_asked_for(
    look, channel, call, settings
) -> None:
    call(*["sent", "retry_after"] * 10, at=0)
    look()
    assert not Alert.objects.exists()
    settings.ALERT_WORKING_PERCENT = 60
    look()
    assert Alert.objects.get().code == FAILING


def test_few_calls_say_nothing(look, call) -> None:
    call(*["refused"] * 9, at=0)
    look()
    assert not Alert.objects.exists()
    call("unknown", at=0)
    look()
    assert Alert.objects.get().code == FAILING


def test_a_burst_of_failures_that_is_over_is_never_told(look, call) -> None:
    call(*["refused"] * 30, at=0)
    assert [look(minutes) for minutes in (0, 5, 11, 15, 30)] == [0] * 5
    assert Alert.objects.get().over_at is not None
    assert not Notice.objects.exists()


def test_failures_of_more_than_an_hour_ago_do_not_count(look, call) -> None:
    call(*["refused"] * 30, at=-61)
    look()
    assert not Alert.objects.exists()


def test_of_a_network_that_is_down_the_circuit_alone_is_told(look, call, channel, now) -> None:
    call(*["unknown"] * 12, at=0)
    Gate.objects.create(
        name=gate_name(channel.pk),
        on_pace_at=now,
        failures_in_row=12,
        opened_until=now + timedelta(minutes=5),
    )
    look()
    assert [alert.code for alert in Alert.objects.all()] == ["circuit.open"]


def test_where_a_call_worked_lately_an_open_circuit_does_not_hide_it(
    look, call, channel, now
) -> None:
    call("sent", *["unknown"] * 12, at=0)
    Gate.objects.create(name=gate_name(channel.pk), on_pace_at=now, opened_until=now)
    look()
    assert {alert.code for alert in Alert.objects.all()} == {"circuit.open", FAILING}


def test_without_a_connection_that_alone_is_told(look, call, channel, now) -> None:
    call(*["auth_lost"] * 12, at=0)
    type(channel).objects.update(auth_lost_at=now, auth_lost_reason="Key revoked")
    look()
    assert [alert.code for alert in Alert.objects.all()] == ["channel.token_lost"]

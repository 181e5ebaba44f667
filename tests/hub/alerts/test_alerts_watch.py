"""What goes wrong is told once, told again after hours, and told as over."""

from __future__ import annotations

import socket
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from hub.alerts import telling
from hub.alerts.actions import silence_alert, wake_alert
from hub.alerts.models import Alert, Notice
from hub.alerts.watch import _claim, note_faults, watch
from hub.delivery.gates import gate_name
from hub.delivery.models import BY_HAND, Delivery, Gate, Heartbeat, TickLease
from hub.delivery.probe import probe_channel
from hub.delivery.states import State
from spokes.channels.models import Channel
from tests.hub.alerts.conftest import SECRET


@pytest.fixture(autouse=True)
def somebody_is_told(settings, now):
    settings.ALERT_EMAILS = ["ops@example.org"]
    settings.ALERT_DISK_PERCENT = 0


@pytest.fixture
def lost(make_channel, now):
    return make_channel(network="webhook", auth_lost_at=now, auth_lost_reason="Key revoked")


def subjects() -> list[str]:
    return list(Notice.objects.order_by("id").values_list("subject", flat=True))


def test_nothing_wrong_is_no_news(look) -> None:
    assert look() == 0
    assert not Alert.objects.exists()


def test_a_lost_token_is_told_at_once_with_what_to_do(look, lost) -> None:
    look()
    notice = Notice.objects.get()
    assert "has lost its connection: Key revoked" in notice.subject
    assert "Connect it again on its page" in notice.text
    assert "channel.token_lost" in notice.text
    assert f"/admin/channels/channel/{lost.pk}/change/" in notice.text
    assert notice.data["begun"][0]["about"] == f"channel:{lost.pk}"


def test_it_is_told_once_then_after_four_hours_again(look, lost) -> None:
    assert [look(minutes) for minutes in (0, 1, 60, 239, 240, 241)] == [1, 0, 0, 0, 1, 0]
    assert subjects()[1].startswith("[Backbeat] Still: ")


def test_without_anybody_to_tell_it_waits_until_there_is(look, lost, settings) -> None:
    settings.ALERT_EMAILS = []
    assert look() == 0
    settings.ALERT_EMAILS = ["ops@example.org"]
    assert look(1) == 1


def test_it_is_told_when_it_is_over(look, lost) -> None:
    look()
    type(lost).objects.update(auth_lost_at=None)
    assert look(5) == 1
    assert subjects()[-1].startswith("[Backbeat] Over: ")
    assert Alert.objects.get().over_at is not None
    assert look(6) == 0


def test_what_comes_back_is_another_alert(look, lost, now) -> None:
    look()
    type(lost).objects.update(auth_lost_at=None)
    look(5)
    type(lost).objects.update(auth_lost_at=now)
    assert look(10) == 1
    assert Alert.objects.count() == 2


def test_a_circuit_is_told_only_when_it_stays_open(look, make_channel, now) -> None:
    channel = make_channel(network="webhook")
    Gate.objects.create(
        name=gate_name(channel.pk),
        on_pace_at=now,
        failures_in_row=5,
        opened_until=now + timedelta(minutes=5),
    )
    assert [look(minutes) for minutes in (0, 14, 15)] == [0, 0, 1]
    assert "failed 5 times in a row" in subjects()[0]


def test_what_was_over_before_its_time_is_never_told(look, make_channel, now) -> None:
    channel = make_channel(network="webhook")
    Gate.objects.create(name=gate_name(channel.pk), on_pace_at=now, opened_until=now)
    look()
    Gate.objects.update(opened_until=None)
    assert look(5) == 0
    assert not Notice.objects.exists()


def test_all_news_of_one_look_are_one_message(look, make_channel, now) -> None:
    for _ in range(3):
        make_channel(network="webhook", auth_lost_at=now, auth_lost_reason="Key revoked")
    assert look() == 3
    assert "(and 2 more)" in Notice.objects.get().subject


def test_silence_keeps_it_from_being_told_and_told_again(look, lost, manager, now) -> None:
    look()
    silence_alert(alert=Alert.objects.get(), until=now + timedelta(hours=10), actor=manager)
    assert [look(minutes) for minutes in (300, 599, 600)] == [0, 0, 1]


def test_silence_lasts_when_it_ends_and_comes_back(look, lost, manager, now) -> None:
    look()
    silence_alert(alert=Alert.objects.get(), until=now + timedelta(hours=10), actor=manager)
    type(lost).objects.update(auth_lost_at=None)
    assert look(5) == 0
    type(lost).objects.update(auth_lost_at=now)
    assert look(10) == 0


def test_a_woken_alert_is_told_again(look, lost, manager, now) -> None:
    look()
    silence_alert(alert=Alert.objects.get(), until=now + timedelta(hours=10), actor=manager)
    wake_alert(alert=Alert.objects.get(), actor=manager)
    assert look(241) == 1


def test_no_worker_for_two_minutes_is_told_by_whoever_looks(look, worker) -> None:
    assert look(1, worker_seen=False) == 0
    assert look(3, worker_seen=False) == 1
    assert "No worker has been seen for 3" in subjects()[0]


def test_without_a_worker_what_is_overdue_is_one_thing_with_it(
    look, make_channel, make_post, now
) -> None:
    _plan(make_channel(), make_post(), now)
    assert look(30, worker_seen=False) == 1
    assert "so nothing goes out. 1 delivery should be out, for 30" in Notice.objects.get().text


def test_a_failing_round_is_told_after_a_minute(look, now) -> None:
    TickLease.objects.create(name="reap", until=now, last_run_at=now, last_error="KeyError('x')")
    assert [look(minutes) for minutes in (0, 1)] == [0, 1]
    assert "“reap” fails: KeyError('x')" in subjects()[0]


def test_a_round_of_an_older_version_is_nobodys_fault(look, now) -> None:
    TickLease.objects.create(name="gone", until=now, last_run_at=now, last_error="KeyError('x')")
    assert [look(minutes) for minutes in (0, 60)] == [0, 0]


def test_a_round_that_nobody_begins_is_told(worker, now) -> None:
    TickLease.objects.create(name="reap", until=now, last_run_at=now)
    later = now + timedelta(minutes=6)
    Heartbeat.objects.update(seen_at=later)
    assert watch(later, rounds={"reap": timedelta(seconds=10)}) == 1
    assert Alert.objects.get().code == "tick.stopped"


def test_a_clock_that_differs_is_told(look, worker) -> None:
    Heartbeat.objects.update(clock_ahead=-40.0)
    look()
    assert look(1) == 1
    assert "by -40 seconds" in subjects()[0]


def test_a_clock_that_keeps_the_only_worker_idle_says_that_nothing_is_sent(look) -> None:
    Heartbeat.objects.update(clock_ahead=40.0)
    look()
    assert look(1) == 1
    assert "by +40 seconds, so this worker sends nothing." in subjects()[0]


def test_by_wrong_clocks_what_is_overdue_does_not_ask_for_more_workers(
    look, make_channel, make_post, now
) -> None:
    _plan(make_channel(), make_post(), now)
    Heartbeat.objects.update(clock_ahead=40.0)
    look(10)
    assert "set the clocks first" in Alert.objects.get(code="delivery.overdue").to_do


def test_a_circuit_that_nothing_due_tries_is_over_by_itself(
    look, make_channel, now, settings
) -> None:
    """A real receiver that is back, with nothing planned for it."""
    settings.ALLOW_PRIVATE_ADDRESSES = True
    with socket.create_server(("127.0.0.1", 0)) as receiver:
        url = f"http://127.0.0.1:{receiver.getsockname()[1]}/"
        channel = make_channel(
            network="webhook", settings={"url": url}, credentials={"secret": SECRET}
        )
        Gate.objects.create(
            name=gate_name(channel.pk), on_pace_at=now, failures_in_row=5, opened_until=now
        )
        assert look(15) == 0
        assert look(30) == 1
        probe_channel(channel_id=channel.pk, now=now + timedelta(minutes=30))
    assert look(31) == 1
    assert subjects()[-1].startswith("[Backbeat] Over: ")


def test_without_a_connection_the_circuit_is_no_second_fault(look, lost, now) -> None:
    Gate.objects.create(name=gate_name(lost.pk), on_pace_at=now, opened_until=now)
    look()
    assert [alert.code for alert in Alert.objects.all()] == ["channel.token_lost"]


def test_a_disk_that_is_nearly_full_is_told(look, settings) -> None:
    settings.ALERT_DISK_PERCENT = 101
    look()
    assert "nearly full" in subjects()[0]


def test_what_is_overdue_is_told_after_its_time(look, make_channel, make_post, now) -> None:
    _plan(make_channel(), make_post(), now)
    assert [look(minutes) for minutes in (0, 4.9, 5)] == [0, 0, 1]
    assert Alert.objects.get().code == "delivery.overdue"


def test_what_a_person_holds_back_is_not_overdue(look, make_channel, make_post, now) -> None:
    _plan(make_channel(paused_at=now, paused_reason="Later"), make_post(), now)
    assert look(60) == 0


def test_after_a_pause_what_it_kept_has_its_time_before_anybody_is_told_again(
    look, make_channel, make_post, now
) -> None:
    channel = make_channel()
    _plan(channel, make_post(), now)
    assert look(6) == 1
    Channel.objects.filter(pk=channel.pk).update(paused_at=now, paused_reason="Wait")
    assert look(7) == 1
    Channel.objects.filter(pk=channel.pk).update(paused_at=None, paused_reason="")
    assert [look(minutes) for minutes in (7.5, 11.9, 12)] == [0, 0, 1]


def test_what_waits_for_a_person_is_told_after_half_an_hour(
    look, make_channel, make_post, now
) -> None:
    _plan(make_channel(), make_post(), now, state=State.REVIEW, reason="No answer")
    assert [look(minutes) for minutes in (0, 29, 30)] == [0, 0, 1]


def test_what_was_given_up_is_told_at_once(look, make_channel, make_post, now) -> None:
    _plan(make_channel(), make_post(), now, state=State.DEAD, reason="Given up")
    assert look() == 1


@pytest.mark.parametrize(
    ("state", "code", "words"),
    [
        (State.REFUSED, "delivery.refused", "1 delivery was refused"),
        (State.MISSED, "delivery.missed", "1 delivery came too late"),
    ],
)
def test_what_nobody_has_decided_for_half_an_hour_is_told_until_somebody_does(
    look, make_channel, make_post, now, state, code, words
) -> None:
    row = _plan(make_channel(), make_post(), now, state=state, reason="No.")
    assert [look(minutes) for minutes in (0, 29, 30, 31)] == [0, 0, 1, 0]
    notice = Notice.objects.get()
    assert words in notice.subject
    assert f"/admin/delivery/delivery/?state__exact={state}" in notice.text
    assert notice.data["begun"][0]["code"] == code
    row.move(State.CANCELLED, reason="Dropped")
    assert look(32) == 1
    assert subjects()[-1].startswith("[Backbeat] Over: ")


def test_of_two_watchers_one_tells(look, lost, now) -> None:
    """Both read the alert before either wrote: the later finds that it is told."""
    kept = note_faults([], now=now)
    assert kept == []
    look()
    alert = Alert.objects.get()
    stale = Alert.objects.get()
    Alert.objects.update(told_at=None)
    stale.told_at = alert.told_at = None
    assert [_claim(alert, now), _claim(stale, now)] == [True, False]


def test_the_database_keeps_one_alert_at_a_time(now, db) -> None:
    Alert.objects.create(code="a.b", about="x", since=now, seen_at=now)
    with pytest.raises(IntegrityError), transaction.atomic():
        Alert.objects.create(code="a.b", about="x", since=now, seen_at=now)


def test_what_ended_long_ago_is_forgotten(look, now, db) -> None:
    old = now - timedelta(days=91)
    Alert.objects.create(code="a.b", since=old, seen_at=old, over_at=old)
    look()
    assert not Alert.objects.exists()


def test_a_look_takes_few_queries(look, lost, django_assert_max_num_queries) -> None:
    look()
    with django_assert_max_num_queries(15):
        look(1)


def _plan(channel, post, now, **fields) -> Delivery:
    fields = {"settled_at": now, **fields} if "state" in fields else fields
    return Delivery.objects.create(
        post=post,
        channel=channel,
        post_revision=post.revision,
        **BY_HAND,
        key="key",
        marker="m",
        due_at=now,
        next_try_at=now,
        created_at=now,
        **fields,
    )


def test_what_began_by_a_clock_that_was_ahead_is_told_when_it_has_lasted(look, now) -> None:
    TickLease.objects.create(name="reap", until=now, last_run_at=now, last_error="KeyError('x')")
    assert look(60) == 0
    # the clock is right again
    assert [look(minutes) for minutes in (0, 1)] == [0, 1]


def test_what_was_told_by_a_clock_that_was_ahead_is_told_again_in_time(look, now, settings) -> None:
    settings.ALERT_REMIND_HOURS = 4
    TickLease.objects.create(name="reap", until=now, last_run_at=now, last_error="KeyError('x')")
    assert [look(minutes) for minutes in (60, 61)] == [0, 1]
    assert look(0) == 0
    assert look(4 * 60) == 1


def test_a_message_that_a_clock_that_was_ahead_put_off_is_due_at_once(look, now) -> None:
    TickLease.objects.create(name="reap", until=now, last_run_at=now, last_error="KeyError('x')")
    assert [look(minutes) for minutes in (60, 61)] == [0, 1]
    assert Notice.objects.due(now).exists()
    # one that is tried again after a pause is not put off
    Notice.objects.update(tries=6, next_try_at=now + telling.LONGEST_PAUSE)
    assert not Notice.objects.due(now).exists()


def test_a_worker_that_was_seen_at_a_time_to_come_does_not_hide_that_it_is_gone(
    look, worker, now
) -> None:
    Heartbeat.objects.update(started_at=now - timedelta(hours=2), seen_at=now + timedelta(hours=1))
    assert look(0, worker_seen=False) == 1
    assert "No worker has been seen for 2" in subjects()[0]

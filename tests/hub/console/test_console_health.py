"""The page of the machine's health tells the truth, first in words."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from content.audit.models import AuditEntry
from hub.alerts.models import Alert
from hub.delivery import surroundings
from hub.delivery.gates import gate_name
from hub.delivery.models import BY_HAND, Attempt, Delivery, Gate, Heartbeat, Hold, TickLease
from hub.delivery.states import State

MOST_QUERIES = 12


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def worker(db, now) -> Heartbeat:
    return Heartbeat.objects.create(name="w@here", role="worker", started_at=now, seen_at=now)


@pytest.fixture
def plan(make_post, now):
    def make(channel, after=timedelta(hours=2), **fields) -> Delivery:
        number = Delivery.objects.count()
        post = make_post()
        return Delivery.objects.create(
            post=post,
            channel=channel,
            post_revision=post.revision,
            **BY_HAND,
            key=f"k{number}",
            marker=f"m{number}",
            due_at=now + after,
            next_try_at=now + after,
            created_at=now,
            **fields,
        )

    return make


@pytest.fixture
def called(plan, now):
    """Let a channel have had calls, with these outcomes, so many hours ago."""

    def make(channel, *outcomes, hours=0.5) -> None:
        row = plan(channel, state=State.LIVE, settled_at=now)
        at = now - timedelta(hours=hours)
        for number, outcome in enumerate(outcomes):
            Attempt.objects.create(
                delivery=row,
                number=number,
                lease_token=1,
                worker="w",
                started_at=at,
                ended_at=at,
                outcome=outcome,
            )

    return make


def page(client: Client, name: str = "health") -> str:
    return client.get(reverse(f"machine:{name}")).content.decode()


def test_all_well_says_what_went_out_and_what_comes(
    mona, worker, make_channel, plan, called
) -> None:
    channel = make_channel()
    called(channel, "sent", "sent")
    plan(channel)
    shown = page(mona)
    assert "All well: 2 deliveries went out in the last hour, the next is at" in shown


def test_an_empty_house_is_well_and_says_that_it_is_empty(mona, worker) -> None:
    shown = page(mona)
    assert "nothing was due in the last hour, and nothing is planned." in shown
    assert "There is no channel yet" in shown


def test_no_worker_is_the_first_thing_said(mona, db) -> None:
    shown = page(mona)
    assert "1 thing is wrong." in shown
    assert "No worker has ever been seen, so nothing goes out." in shown
    assert "python manage.py runner" in shown


def test_without_a_worker_nothing_is_said_to_be_under_way(
    mona, make_channel, plan, now, settings, monkeypatch
) -> None:
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    # a look is good for some seconds: neither this test's for others, nor theirs for this one
    monkeypatch.setattr(surroundings, "_kept", surroundings._Kept())
    channel = make_channel(network="webhook")
    plan(channel, after=-timedelta(minutes=30))
    asked = plan(channel, state=State.UNKNOWN, reason="No answer", first_sent_at=now)
    gate = {"name": gate_name(make_channel(network="webhook").pk), "on_pace_at": now}
    Gate.objects.create(**gate, failures_in_row=5, opened_until=now)
    alone = page(mona)
    assert "1 delivery should be out, for 30" in alone
    assert "1 delivery is late: its channel’s late policy and pace say" in alone
    Heartbeat.objects.create(name="w@here", role="worker", started_at=now, seen_at=now)
    at_work = page(mona)
    for words in ("workers look it up", "one worker at a time sends", "tried by itself"):
        assert (words in alone, words in at_work) == (False, True)
    for words in ("looked up only when a worker runs", "tried again only when a worker runs"):
        assert (words in alone, words in at_work) == (True, False)
    assert asked.post.title in alone


def test_a_lost_token_says_what_waits_and_leads_to_the_channel(
    mona, worker, make_channel, plan, now
) -> None:
    channel = make_channel(network="webhook", auth_lost_at=now, auth_lost_reason="Key revoked")
    plan(channel, state=State.BLOCKED)
    # it came up since
    plan(channel, after=-timedelta(minutes=1))
    shown = page(mona)
    assert "has lost its connection: Key revoked" in shown
    assert "2 deliveries wait for it." in shown
    assert reverse("admin:channels_channel_change", args=[channel.pk]) in shown


def test_an_open_circuit_says_when_it_is_tried_again(mona, worker, make_channel, now) -> None:
    until = now + timedelta(minutes=3)
    Gate.objects.create(
        name=gate_name(make_channel(network="webhook").pk),
        on_pace_at=now,
        failures_in_row=5,
        opened_until=until,
    )
    shown = page(mona)
    assert "its network failed 5 times in a row" in shown
    assert f"next try at {until:%H:%M:%S} UTC" in shown


def test_silence_that_the_network_asked_for_is_no_fault(mona, worker, make_channel, now) -> None:
    channel = make_channel(network="webhook")
    until = now + timedelta(minutes=3)
    Gate.objects.create(name=gate_name(channel.pk), on_pace_at=now, not_before=until)
    shown = page(mona)
    assert "the network asked for silence until" in shown
    assert "All well" in shown


def test_calls_of_an_hour_and_a_day_are_told_apart(mona, worker, make_channel, called) -> None:
    channel = make_channel()
    called(channel, "sent", "sent", "sent", "refused")
    called(channel, "unknown", hours=3)
    called(channel, "sent", hours=30)
    shown = " ".join(page(mona).split())
    assert "75.0 %" in shown
    assert "3 sent, 1 refused" in shown
    assert "60.0 %" in shown
    assert "1 unknown" in shown


def test_what_nobody_can_be_sure_of_has_its_buttons(mona, worker, make_channel, plan) -> None:
    since = -timedelta(seconds=20)
    row = plan(make_channel(), after=since, state=State.REVIEW, reason="No answer came")
    shown = page(mona)
    assert "due just now" in shown
    assert "may be on its network or not" in shown
    assert reverse("admin:delivery_delivery_change", args=[row.pk]) in shown
    assert "No answer came" in shown
    assert "/step/" in shown


def test_a_failing_round_shows_its_error(mona, worker, now) -> None:
    TickLease.objects.create(name="reap", until=now, last_run_at=now, last_error="KeyError('x')")
    assert "KeyError(&#x27;x&#x27;)" in page(mona)


def test_what_wants_a_look_is_counted_beside_what_is_wrong(
    mona, worker, make_channel, plan, now
) -> None:
    make_channel(network="webhook", auth_lost_at=now, auth_lost_reason="Key revoked")
    plan(make_channel(), state=State.REVIEW, reason="No answer")
    assert "1 thing is wrong. 1 more wants a look." in page(mona)


def test_a_worker_whose_clock_is_far_off_is_said_to_send_nothing(mona, worker, now) -> None:
    Heartbeat.objects.filter(pk=worker.pk).update(clock_ahead=45.0)
    shown = page(mona)
    assert "1 thing is wrong." in shown
    assert "by +45 seconds, so this worker sends nothing." in shown
    assert "clock differs by 45 s, so it sends nothing" in shown


def test_while_another_worker_sends_a_clock_only_wants_a_look(mona, worker, now) -> None:
    Heartbeat.objects.create(
        name="v@there", role="worker", started_at=now, seen_at=now, clock_ahead=-45.0
    )
    assert "Everything goes out. 1 thing wants a look." in page(mona)


def test_a_clock_that_differs_a_little_still_sends(mona, worker) -> None:
    Heartbeat.objects.filter(pk=worker.pk).update(clock_ahead=6.0)
    shown = page(mona)
    assert "by +6 seconds." in shown
    assert "sends nothing" not in shown


def test_overdue_is_said_and_paused_is_not_overdue(mona, worker, make_channel, plan, now) -> None:
    plan(make_channel(), after=-timedelta(minutes=30))
    plan(make_channel(paused_at=now, paused_reason="Later"), after=-timedelta(minutes=30))
    shown = page(mona)
    assert "1 thing is wrong." in shown
    assert "1 delivery should be out, for 30" in shown


def test_what_is_a_little_late_is_not_said_to_go_out_as_if_nothing_was(
    mona, worker, make_channel, plan
) -> None:
    plan(make_channel(), after=-timedelta(minutes=2))
    assert "It goes out, but late. 1 thing wants a look." in page(mona)


def test_a_pause_of_everything_is_said_beside_what_is_wrong(
    mona, worker, manager, make_channel, now
) -> None:
    make_channel(auth_lost_at=now, auth_lost_reason="Revoked.")
    Hold.objects.create(scope="all", reason="Fire", by=manager, since=now)
    shown = page(mona)
    assert "Everything is paused since" in shown
    assert ": Fire. 1 thing is wrong." in shown
    assert "1 hold keeps something back</a>" in shown


def test_what_waits_for_a_network_that_hangs_does_not_ask_for_workers(
    mona, worker, make_channel, plan, now
) -> None:
    channel = make_channel(network="webhook")
    plan(channel, after=-timedelta(minutes=3))
    gate = Gate.objects.create(name=gate_name(channel.pk), on_pace_at=now, quick=True)
    assert "or start more" in page(mona)
    Gate.objects.filter(pk=gate.pk).update(quick=False)
    shown = page(mona)
    assert "look whether they are down" in shown
    assert "its network answers slowly or not at all" in shown
    assert "or start more" not in shown


def test_a_network_that_hangs_is_said_to_be_slow_before_anything_is_overdue(
    mona, worker, make_channel, plan, now
) -> None:
    channel = make_channel(network="webhook")
    plan(channel, after=-timedelta(seconds=20))
    Gate.objects.create(name=gate_name(channel.pk), on_pace_at=now, quick=False)
    shown = page(mona)
    assert "its network answers slowly or not at all" in shown
    assert "at work" not in shown
    assert "All well" not in shown
    assert "1 channel waits for its network, which answers slowly or not at all." in shown


def test_what_is_on_its_way_comes_before_what_is_next(
    mona, worker, make_channel, plan, called, now
) -> None:
    channel = make_channel()
    called(channel, "sent")
    plan(channel)
    plan(channel, after=-timedelta(seconds=1))
    lease = {"lease_owner": "w@here", "lease_until": now + timedelta(minutes=1)}
    plan(channel, state=State.SENDING, first_sent_at=now, **lease)
    shown = page(mona)
    assert "All well: 1 delivery went out in the last hour, 2 are on their way." in shown


def test_what_waits_for_silence_to_end_is_not_on_its_way(
    mona, worker, make_channel, plan, now
) -> None:
    channel = make_channel(network="webhook")
    plan(channel, after=-timedelta(seconds=1))
    later = {"not_before": now + timedelta(minutes=3)}
    Gate.objects.create(name=gate_name(channel.pk), on_pace_at=now, **later)
    assert "on its way" not in page(mona)


def test_a_call_that_has_not_ended_is_not_said_to_be_none(
    mona, worker, make_channel, plan, now
) -> None:
    channel = make_channel(network="webhook")
    assert "no calls" in page(mona)
    lease = {"lease_owner": "w@here", "lease_until": now + timedelta(minutes=1)}
    plan(channel, state=State.SENDING, first_sent_at=now, **lease)
    shown = page(mona)
    assert "no call has ended" in shown
    assert "no calls" not in shown
    assert "nothing went out in the last hour, 1 is on its way." in shown


def test_what_a_pause_keeps_is_not_said_to_go_out(mona, worker, make_channel, plan, now) -> None:
    paused = make_channel(paused_at=now, paused_reason="Later")
    plan(paused, after=-timedelta(hours=3))
    shown = page(mona)
    assert "Every channel is paused: nothing goes out." in shown
    assert "delivery is late" not in shown
    plan(make_channel())
    assert "1 channel is paused; the others send." in page(mona)


def test_a_member_of_one_spoke_sees_its_channels_alone(
    make_member, signed_in, roles, worker, make_genre, make_spoke, make_channel, plan
) -> None:
    mine = make_spoke(make_genre("Jazz"))
    channel, other = make_channel(mine, name="Jazz site"), make_channel(name="Hub site")
    plan(channel, state=State.REVIEW, reason="x")
    hidden = plan(other, state=State.REVIEW, reason="x")
    person = make_member("berta", mine)
    person.groups.add(roles["Analyst"])
    shown = page(signed_in(person))
    assert "Jazz site" in shown
    assert "Hub site" not in shown
    assert hidden.post.title not in shown
    assert "1 delivery may be on its network" in shown
    assert "/step/" not in shown


def test_the_live_part_takes_few_queries(edith, mona, worker, make_channel, plan, called) -> None:
    for _ in range(6):
        channel = make_channel()
        called(channel, "sent", "refused")
        plan(channel)
        plan(channel, state=State.REVIEW, reason="x")
    for client in (edith, mona):
        page(client, "health_now")
        with CaptureQueriesContext(connection) as seen:
            page(client, "health_now")
        # PostgreSQL is asked for the time, too: all processes go by its clock
        asked = [query["sql"][:110] for query in seen if "clock_timestamp()" not in query["sql"]]
        assert len(asked) <= MOST_QUERIES, "\n".join(asked)


def test_today_and_the_menu_lead_there(mona, worker) -> None:
    shown = mona.get(reverse("admin:index")).content.decode()
    assert shown.count(f'href="{reverse("machine:health")}"') >= 2


def test_the_former_address_leads_there(mona) -> None:
    assert mona.get(reverse("admin:machine"))["Location"] == reverse("machine:health")


# --- alerts -----------------------------------------------------------------------------------


@pytest.fixture
def alert(db, now) -> Alert:
    return Alert.objects.create(
        code="worker.silent", words="No worker.", since=now, seen_at=now, told_at=now, times_told=1
    )


def test_alerts_are_listed_with_who_is_told(mona, alert, settings) -> None:
    settings.ALERT_EMAILS = ["ops@example.org"]
    shown = page(mona, "alerts")
    assert "No worker." in shown
    assert "ops@example.org" in shown


def test_a_member_of_one_spoke_reads_of_no_others_posts(
    make_member, signed_in, roles, alert, now, make_genre, make_spoke, make_channel
) -> None:
    spoke = make_spoke(make_genre("Jazz"))
    mine, other = make_channel(spoke), make_channel()
    for number, (code, channel) in enumerate(
        [("circuit.open", mine), ("circuit.open", other), ("delivery.doubtful", None)]
    ):
        Alert.objects.create(
            code=code,
            about=str(number),
            words=f"Alert {number}.",
            channel=channel,
            since=now,
            seen_at=now,
        )
    person = make_member("berta", spoke)
    person.groups.add(roles["Community manager"])
    shown = page(signed_in(person), "alerts")
    assert "No worker." in shown
    assert "Alert 0." in shown
    assert "Alert 1." not in shown
    assert "Alert 2." not in shown
    assert "Silence" not in shown


def test_an_alert_is_silenced_and_woken(mona, alert) -> None:
    mona.post(reverse("machine:silence", args=[alert.pk]), {"hours": "4"})
    alert.refresh_from_db()
    assert alert.silenced_until is not None
    assert "silenced until" in page(mona, "alerts")
    mona.post(reverse("machine:wake", args=[alert.pk]))
    alert.refresh_from_db()
    assert alert.silenced_until is None
    codes = AuditEntry.objects.filter(code__startswith="alert.").values_list("code", flat=True)
    assert set(codes) == {"alert.silenced", "alert.woken"}


def test_silence_without_a_time_is_refused(mona, alert) -> None:
    mona.post(reverse("machine:silence", args=[alert.pk]), {"hours": "999999"})
    alert.refresh_from_db()
    assert alert.silenced_until is None


def test_an_editor_may_read_but_not_silence(edith, alert) -> None:
    assert "No worker." in page(edith, "alerts")
    assert (
        edith.post(reverse("machine:silence", args=[alert.pk]), {"hours": "4"}).status_code == 403
    )


def test_a_test_needs_somebody_to_tell(mona, settings) -> None:
    answer = mona.post(reverse("machine:test_alert"), follow=True)
    assert "nobody would be told" in answer.content.decode()
    settings.ALERT_EMAILS = ["ops@example.org"]
    answer = mona.post(reverse("machine:test_alert"), follow=True)
    assert "A test is on its way (E-mail)" in answer.content.decode()


def test_a_worker_that_was_seen_at_a_time_to_come_is_not_alive(mona, worker, now) -> None:
    for field in ("started_at", "seen_at"):
        Heartbeat.objects.update(**{field: now + timedelta(hours=1)})
    assert "No worker has ever been seen, so nothing goes out." in page(mona)
    assert "The runner is silent." in mona.get(reverse("admin:index")).content.decode()

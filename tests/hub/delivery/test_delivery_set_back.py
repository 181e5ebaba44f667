"""The clock was an hour ahead, and is right again: nothing waits for the hour to pass."""

from __future__ import annotations

from datetime import timedelta

import pytest

from content.media.models import Asset, Rendition
from hub.delivery import gates
from hub.delivery.gates import gate_name
from hub.delivery.models import Attempt, Delivery, Gate, Heartbeat, Kind
from hub.delivery.reap import reap
from hub.delivery.reconcile import channels_to_look_up, reconcile
from hub.delivery.set_back import mend_times
from spokes.channels.connectors.base import Dedupe, RatePolicy, RetryAfter, Unknown
from spokes.channels.models import Channel
from spokes.site.models import CardImage, CardShape, Publication

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def tried(delivery: Delivery, at, outcome="unknown") -> None:
    """Let it have been called under the lease that it had last."""
    Delivery.objects.filter(pk=delivery.pk).update(lease_token=1)
    Attempt.objects.create(
        delivery=delivery,
        number=1,
        lease_token=1,
        worker="w",
        started_at=at,
        ended_at=at,
        outcome=outcome,
    )


@pytest.mark.parametrize("state", ["waiting", "unknown"])
def test_a_wait_that_a_wrong_clock_began_is_counted_from_now(plan, now, state) -> None:
    delivery = plan(state=state, tries=1, first_sent_at=now, reason="It waits.")
    tried(delivery, now + HOUR)
    Delivery.objects.update(next_try_at=now + HOUR + timedelta(minutes=2))
    mend_times(now)
    delivery.refresh_from_db()
    assert delivery.next_try_at == now + timedelta(minutes=2)


@pytest.mark.parametrize("state", ["waiting", "unknown"])
def test_a_wait_that_began_without_a_try_while_the_clock_was_wrong_is_over(
    plan, now, state
) -> None:
    delivery = plan(state=state, tries=1, first_sent_at=now, reason="It waits.")
    tried(delivery, now)
    Delivery.objects.update(next_try_at=now + HOUR)
    mend_times(now)
    delivery.refresh_from_db()
    assert delivery.next_try_at < now + timedelta(minutes=1)


def test_what_a_worker_died_with_while_the_clock_was_wrong_is_tried_again(plan, now) -> None:
    delivery = plan(crashes=1, reason="The worker died while preparing it.")
    Delivery.objects.update(next_try_at=now + HOUR)
    mend_times(now)
    delivery.refresh_from_db()
    assert delivery.next_try_at < now + timedelta(minutes=1)


def test_a_long_wait_that_the_network_asked_for_stays(plan, now) -> None:
    delivery = plan(state="waiting", tries=1, first_sent_at=now, reason="It waits.")
    tried(delivery, now, outcome="retry_after")
    Delivery.objects.update(next_try_at=now + 2 * HOUR)
    mend_times(now)
    delivery.refresh_from_db()
    assert delivery.next_try_at == now + 2 * HOUR


def test_a_wish_that_was_over_before_the_clock_went_wrong_keeps_nothing(plan, now) -> None:
    delivery = plan(state="waiting", tries=1, first_sent_at=now, reason="Late; released at a pace.")
    tried(delivery, now, outcome="retry_after")
    # claimed once more since, and put back without a call
    Delivery.objects.update(next_try_at=now + HOUR, lease_token=2)
    mend_times(now)
    delivery.refresh_from_db()
    assert delivery.next_try_at < now + timedelta(minutes=1)


def test_a_call_that_the_clock_went_wrong_in_is_tried_again_after_its_own_wait(plan, now) -> None:
    delivery = plan(state="waiting", tries=1, first_sent_at=now, reason="It waits.")
    tried(delivery, now, outcome="retry_after")
    ended_at = now + HOUR + timedelta(seconds=3)
    Attempt.objects.update(ended_at=ended_at)
    Delivery.objects.update(next_try_at=ended_at + timedelta(seconds=12))
    mend_times(now)
    delivery.refresh_from_db()
    assert delivery.next_try_at == now + timedelta(seconds=12)


def test_a_lease_of_an_hour_ahead_is_taken_back(plan, now) -> None:
    lease = {"lease_owner": "w", "lease_until": now + HOUR, "lease_token": 1}
    delivery = plan(state="claimed", **lease)
    reap(now)
    delivery.refresh_from_db()
    assert delivery.state == "scheduled"


def test_a_breaker_of_an_hour_ahead_opens_soon(now) -> None:
    gate = Gate.objects.create(name="channel:1", on_pace_at=now, opened_until=now + HOUR)
    mend_times(now)
    gate.refresh_from_db()
    assert gate.opened_until == now + timedelta(seconds=30)


@pytest.mark.parametrize("state", ["scheduled", "waiting"])
def test_what_had_no_late_place_while_the_clock_was_wrong_does_not_wait_the_hour(
    plan, channel, now, state
) -> None:
    delivery = plan(state=state, reason="Late; released at a pace.")
    Delivery.objects.update(next_try_at=now + HOUR)
    Gate.objects.create(
        name=gate_name(channel.pk), on_pace_at=now, next_late_at=now + HOUR + channel.late_spacing
    )
    mend_times(now)
    delivery.refresh_from_db()
    assert delivery.next_try_at < now + timedelta(minutes=1)
    assert Gate.objects.get().next_late_at == now + channel.late_spacing


def test_a_long_line_of_late_ones_keeps_its_places(plan, channel, now) -> None:
    Channel.objects.update(late_spacing_minutes=60)
    delivery = plan(reason="Late; released at a pace.")
    place = now + timedelta(minutes=58)
    Delivery.objects.update(next_try_at=place)
    Gate.objects.create(name=gate_name(channel.pk), on_pace_at=now, next_late_at=place)
    mend_times(now)
    delivery.refresh_from_db()
    assert (delivery.next_try_at, Gate.objects.get().next_late_at) == (place, place)


def test_what_comes_under_an_embargo_after_its_time_waits_for_the_end_of_it(
    plan, make_post, now
) -> None:
    delivery = plan(make_post(embargo_until=now + HOUR), reason="Under embargo.")
    Delivery.objects.update(next_try_at=now + HOUR)
    mend_times(now)
    delivery.refresh_from_db()
    assert delivery.next_try_at == now + HOUR


def test_what_a_wrong_clock_sent_before_its_time_is_looked_up_all_the_same(plan, now) -> None:
    half = now + HOUR / 2
    delivery = plan(state="unknown", tries=1, first_sent_at=now, due_at=half, reason="no answer")
    tried(delivery, now + HOUR)
    Delivery.objects.update(next_try_at=now + HOUR + timedelta(seconds=5))
    mend_times(now)
    delivery.refresh_from_db()
    assert delivery.next_try_at == now + timedelta(seconds=5)


def test_what_is_planned_for_later_is_not_brought_forward(plan, now) -> None:
    delivery = plan(due_at=now + HOUR)
    mend_times(now)
    delivery.refresh_from_db()
    assert delivery.next_try_at == now + HOUR


@pytest.mark.parametrize("wish", [timedelta(minutes=20), 2 * HOUR])
def test_a_wish_of_the_network_is_counted_from_now_once(plan, now, wish) -> None:
    delivery = plan(state="waiting", tries=1, first_sent_at=now, reason="It waits.")
    tried(delivery, now + HOUR, outcome="retry_after")
    Delivery.objects.update(next_try_at=now + HOUR + wish)
    for seconds in (0, 10, 20):
        mend_times(now + timedelta(seconds=seconds))
    delivery.refresh_from_db()
    assert delivery.next_try_at == now + wish


def test_who_was_killed_at_a_look_up_while_the_clock_was_wrong_keeps_nobody_from_it(
    plan, channel, now
) -> None:
    plan(state="unknown", tries=1, first_sent_at=now, reason="no answer")
    Gate.objects.create(name=gate_name(channel.pk), on_pace_at=now, looking_until=now + HOUR)
    assert channels_to_look_up(now) == []
    mend_times(now)
    assert channels_to_look_up(now) == [channel.pk]


def test_a_call_of_an_hour_ahead_is_believed_not_to_have_arrived_as_soon_as_any(
    plan, network, now
) -> None:
    delivery = plan(
        state="unknown", uncertain=True, tries=1, first_sent_at=now + HOUR, reason="no answer"
    )
    tried(delivery, now + HOUR)
    for seconds in (10, 25, 70):
        Delivery.objects.update(next_try_at=now)
        reconcile(now + timedelta(seconds=seconds))
    delivery.refresh_from_db()
    # the look-ups alone prove nothing before some time has passed
    assert delivery.state == "unknown"
    reconcile(delivery.next_try_at)
    delivery.refresh_from_db()
    assert delivery.state == "waiting"


# --- what all workers share ------------------------------------------------------------------


@pytest.fixture
def gate(channel, now) -> Gate:
    return Gate.objects.create(name=gate_name(channel.pk), on_pace_at=now)


def test_a_pace_that_a_wrong_clock_counted_does_not_stop_the_channel(
    plan, send, network, gate, now
) -> None:
    network.able(rate=RatePolicy(interval=timedelta(seconds=5), burst=2))
    plan()
    Gate.objects.update(on_pace_at=now + HOUR)
    assert send() == 0
    mend_times(now)
    assert send() == 1


def test_a_slow_pace_of_the_network_is_kept(plan, send, network, gate, now) -> None:
    network.able(rate=RatePolicy(interval=HOUR, burst=2))
    plan()
    on_pace_at = now + 2 * HOUR
    Gate.objects.update(on_pace_at=on_pace_at)
    mend_times(now)
    gate.refresh_from_db()
    assert gate.on_pace_at == on_pace_at
    assert send() == 0


def test_a_pace_of_the_app_is_counted_from_now_as_well(plan, send, network, gate, now) -> None:
    network.able(app_rate=RatePolicy(interval=timedelta(seconds=5)))
    plan()
    Gate.objects.create(name="network:wire", on_pace_at=now + HOUR)
    assert send() == 0
    mend_times(now)
    assert send() == 1


@pytest.mark.parametrize("app_wide", [True, False])
def test_a_silence_that_was_asked_for_while_the_clock_was_wrong_ends_when_the_network_wished(
    plan, send, wire, channel, now, app_wide
) -> None:
    plan(due_at=now + HOUR)
    wire.answers = [RetryAfter("Slow down.", 2 * HOUR, app_wide)]
    assert send(60) == 1
    # and the clock is right again
    for seconds in (0, 10, 20):
        mend_times(now + timedelta(seconds=seconds))
    wishes = set(Gate.objects.exclude(not_before=None).values_list("not_before", flat=True))
    assert wishes
    assert all(timedelta(0) <= wish - now - 2 * HOUR < timedelta(seconds=10) for wish in wishes)
    wait = Delivery.objects.get().next_try_at - now
    assert wait - 2 * HOUR < timedelta(seconds=10)
    assert wait >= 2 * HOUR


def test_a_silence_that_was_asked_for_before_the_clock_was_wrong_stays(channel, now) -> None:
    gates.note_wish(name=gate_name(channel.pk), not_before=now + 3 * HOUR, now=now)
    mend_times(now)
    assert Gate.objects.get().not_before == now + 3 * HOUR


@pytest.mark.parametrize("openings", [1, 3])
def test_a_breaker_that_opened_while_the_clock_was_wrong_rests_as_long_as_it_would_have(
    gate, now, openings
) -> None:
    Gate.objects.update(openings=openings, opened_until=now + timedelta(minutes=10))
    mend_times(now)
    gate.refresh_from_db()
    assert gate.opened_until == now + timedelta(seconds=30 * 2 ** (openings - 1))


def test_a_breaker_that_rests_for_long_is_left_to_it(gate, now) -> None:
    until = now + timedelta(minutes=15)
    Gate.objects.update(openings=9, opened_until=until)
    mend_times(now)
    gate.refresh_from_db()
    assert gate.opened_until == until


def test_what_a_person_let_go_at_once_is_what_was_late_then(gate, now) -> None:
    Gate.objects.update(late_free_before=now + HOUR)
    mend_times(now)
    gate.refresh_from_db()
    assert gate.late_free_before == now


def test_a_worker_that_was_seen_in_the_future_is_forgotten(now) -> None:
    for name, at in (("gone", now + HOUR), ("here", now)):
        Heartbeat.objects.create(name=name, role="worker", started_at=now, seen_at=at)
    mend_times(now)
    assert list(Heartbeat.objects.values_list("name", flat=True)) == ["here"]


# --- how old a first call is ------------------------------------------------------------------


@pytest.fixture
def doubtful(plan, network, now):
    """Sent under a key that the network forgets, when the clock was an hour ahead."""
    network.able(dedupe=Dedupe.KEY, key_lifetime=timedelta(minutes=20), can_find=False)
    delivery = plan(
        state="waiting", tries=1, uncertain=True, first_sent_at=now + HOUR, reason="It waits."
    )
    tried(delivery, now + HOUR)
    return delivery


def test_a_key_of_unknown_age_protects_nothing(doubtful, send, wire) -> None:
    assert send() == 1
    doubtful.refresh_from_db()
    assert (doubtful.state, wire.calls) == ("unknown", [])


def test_the_age_of_a_key_is_counted_from_the_time_before_which_it_was_not_used(
    doubtful, plan, send, wire, now
) -> None:
    Delivery.objects.update(created_at=now - timedelta(minutes=30))
    mend_times(now)
    doubtful.refresh_from_db()
    assert doubtful.first_sent_at == now - timedelta(minutes=30)
    # even when the time has come that the wrong clock noted
    assert send(62) == 1
    assert wire.calls == []


def test_a_call_on_record_says_that_the_next_one_came_later(plan, now) -> None:
    other = plan()
    tried(other, now - timedelta(minutes=5), outcome="sent")
    delivery = plan(state="unknown", tries=1, first_sent_at=now + HOUR, reason="no answer")
    Delivery.objects.update(created_at=now - 3 * HOUR)
    tried(delivery, now + HOUR)
    mend_times(now)
    delivery.refresh_from_db()
    assert delivery.first_sent_at == now - timedelta(minutes=5)


def test_a_look_up_looks_back_to_before_the_call(plan, network, now, monkeypatch) -> None:
    delivery = plan(state="unknown", tries=1, first_sent_at=now + HOUR, reason="no answer")
    Delivery.objects.update(created_at=now - HOUR)
    asked = []
    monkeypatch.setattr(
        network.connector, "find", lambda self, trace: asked.append(trace) or Unknown("Not now.")
    )
    reconcile(delivery.next_try_at)
    assert [trace.first_sent_at for trace in asked] == [now - HOUR]


# --- what was to be done at once --------------------------------------------------------------


def test_a_take_down_that_was_asked_for_while_the_clock_was_wrong_is_made_at_once(
    plan, send, wire, make_post, now
) -> None:
    post = make_post()
    live = plan(post, state="live", remote_id="r1", settled_at=now)
    at = now + HOUR
    plan(post, kind=Kind.WITHDRAW, target=live, due_at=at)
    Delivery.objects.filter(kind=Kind.WITHDRAW).update(created_at=at)
    assert send() == 0
    mend_times(now)
    assert send() == 1
    assert [name for name, _ in wire.calls] == ["withdraw"]


def test_a_take_down_that_is_planned_for_later_stays_planned(plan, make_post, now) -> None:
    post = make_post()
    live = plan(post, state="live", remote_id="r1", settled_at=now)
    planned = plan(post, kind=Kind.WITHDRAW, target=live, due_at=now + HOUR)
    mend_times(now)
    planned.refresh_from_db()
    assert planned.due_at == now + HOUR


# --- pictures ----------------------------------------------------------------------------------


def test_cards_and_sizes_of_pictures_that_a_wrong_clock_put_off_are_made(db, now) -> None:
    story = Publication.objects.create(
        post_ref=1,
        slug="a",
        title="A",
        cta_url="https://x.example",
        published_at=now,
        changed_at=now,
    )
    picture = Asset.objects.create(
        title="A", alt_text="A", checksum="1", bytes=1, width=1, height=1, uploaded_at=now
    )
    CardImage.objects.create(publication=story, shape=CardShape.WIDE, next_try_at=now + HOUR)
    Rendition.objects.create(asset=picture, name="wide", key="1", next_try_at=now + HOUR)
    mend_times(now)
    assert CardImage.objects.due(now).exists()
    assert Rendition.objects.due(now).exists()

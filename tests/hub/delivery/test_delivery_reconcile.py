"""Sent, but did it arrive? And leases that ran out."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub.delivery import policy
from hub.delivery.models import Attempt, Delivery
from hub.delivery.reap import reap
from hub.delivery.reconcile import reconcile
from spokes.channels.connectors.base import (
    Accepted,
    Dedupe,
    NotThere,
    Refused,
    Sent,
    Unknown,
)

pytestmark = pytest.mark.django_db(transaction=True)


def fresh(delivery: Delivery) -> Delivery:
    return Delivery.objects.get(pk=delivery.pk)


@pytest.fixture
def unknown(plan, now):
    def make(**fields) -> Delivery:
        return plan(
            **{
                "state": "unknown",
                "uncertain": True,
                "tries": 1,
                "first_sent_at": now,
                "payload": {"title": "x"},
                "reason": "no answer",
                **fields,
            }
        )

    return make


def test_a_worker_that_died_before_the_call_gives_the_delivery_back(plan, send, wire, now) -> None:
    delivery = plan(state="claimed", lease_until=now, lease_owner="gone", lease_token=1)
    assert reap(now) == 1
    assert (fresh(delivery).state, fresh(delivery).crashes) == ("scheduled", 1)
    send()
    assert fresh(delivery).state == "live"


def test_what_died_together_twice_is_tried_again_apart(plan, now) -> None:
    for _ in range(8):
        plan(state="claimed", lease_until=now, lease_owner="gone", lease_token=1, crashes=1)
    reap(now)
    tried_at = set(Delivery.objects.values_list("next_try_at", flat=True))
    assert len(tried_at) == 8
    assert max(tried_at) <= now + policy.LEASE
    assert set(Delivery.objects.values_list("state", "crashes")) == {("scheduled", 2)}


@pytest.mark.parametrize(("before", "state"), [(2, "scheduled"), (3, "dead")])
def test_four_workers_that_died_with_it_are_enough(plan, now, before: int, state: str) -> None:
    held = {"lease_until": now, "lease_owner": "gone", "lease_token": 1}
    delivery = plan(state="claimed", crashes=before, **held)
    reap(now)
    assert fresh(delivery).state == state


def test_a_worker_that_died_in_the_call_leaves_it_unknown(plan, send, wire, now) -> None:
    delivery = plan(state="sending", lease_until=now, lease_owner="gone", lease_token=1)
    reap(now)
    assert (fresh(delivery).state, fresh(delivery).uncertain) == ("unknown", True)
    assert send() == 0


def test_a_lease_that_still_runs_is_left_alone(plan, now) -> None:
    plan(state="sending", lease_until=now + timedelta(seconds=1), lease_owner="w", lease_token=1)
    assert reap(now) == 0


def test_found_is_live(unknown, wire, now) -> None:
    delivery = unknown()
    wire.findings = [Sent("remote-9", "https://example.org/9")]
    reconcile(now)
    delivery = fresh(delivery)
    assert (delivery.state, delivery.remote_id, delivery.uncertain) == ("live", "remote-9", False)


def test_one_look_that_sees_nothing_proves_nothing(unknown, send, wire, now) -> None:
    delivery = unknown()
    reconcile(now + timedelta(seconds=10))
    assert fresh(delivery).state == "unknown"
    assert send(minutes=1) == 0


def test_three_complete_looks_over_two_minutes_prove_that_it_is_not_there(
    unknown, send, wire, now
) -> None:
    delivery = unknown()
    for minutes in (0.2, 1, 3):
        reconcile(now + timedelta(minutes=minutes))
    assert (fresh(delivery).state, fresh(delivery).uncertain) == ("waiting", False)
    send(minutes=10)
    assert wire.posted == [delivery.key]


def test_three_looks_within_a_minute_are_not_enough(unknown, now) -> None:
    delivery = unknown()
    for seconds in (6, 25, 59):
        Delivery.objects.update(next_try_at=now)
        reconcile(now + timedelta(seconds=seconds))
    assert (fresh(delivery).absences, fresh(delivery).state) == (3, "unknown")


def test_a_look_that_failed_is_no_absence(unknown, wire, now) -> None:
    delivery = unknown()
    wire.findings = [Unknown("Their list is down.")]
    reconcile(now)
    assert fresh(delivery).absences == 0


def test_after_half_an_hour_of_not_knowing_a_person_decides(unknown, wire, now) -> None:
    delivery = unknown()
    # also where the first looks come after an outage of ours: one of them may be wrong
    for minutes in (31, 32, 33):
        assert fresh(delivery).state == "unknown"
        wire.findings = [Unknown("Their list is down.")]
        reconcile(now + timedelta(minutes=minutes))
    assert fresh(delivery).state == "review"


def test_a_network_that_honours_our_key_gets_the_same_again(
    unknown, network, send, wire, now
) -> None:
    network.able(dedupe=Dedupe.KEY, can_find=False)
    delivery = unknown()
    reconcile(now)
    assert (fresh(delivery).state, fresh(delivery).uncertain) == ("waiting", True)
    send(minutes=1)
    assert wire.calls[0][1].key == delivery.key
    assert fresh(delivery).state == "live"


def test_a_key_that_the_network_has_forgotten_protects_no_more(unknown, network, now) -> None:
    network.able(dedupe=Dedupe.KEY, can_find=False, key_lifetime=timedelta(minutes=50))
    delivery = unknown()
    reconcile(now + timedelta(minutes=51))
    assert fresh(delivery).state == "review"


def test_a_network_that_can_not_be_asked_is_left_to_a_person(unknown, network, now) -> None:
    network.able(dedupe=Dedupe.NONE, can_find=False)
    delivery = unknown()
    reconcile(now)
    assert fresh(delivery).state == "review"
    assert "look whether it is there" in fresh(delivery).reason


def test_a_refusal_after_no_answer_may_mean_that_it_is_there(plan, send, wire, network) -> None:
    network.able(dedupe=Dedupe.KEY)
    delivery = plan(state="waiting", uncertain=True, tries=1)
    wire.answers = [Refused("You have said this already.")]
    send()
    assert fresh(delivery).state == "unknown"


def test_the_answer_that_a_late_worker_wrote_down_is_believed(unknown, wire, now) -> None:
    delivery = unknown(lease_token=3)
    Attempt.objects.create(
        delivery=delivery,
        number=2,
        lease_token=2,
        worker="w",
        started_at=now,
        ended_at=now,
        outcome="sent",
        orphaned=True,
        remote_id="remote-5",
    )
    wire.findings = [NotThere()]
    reconcile(now)
    assert (fresh(delivery).state, fresh(delivery).remote_id) == ("live", "remote-5")


def test_accepted_is_asked_for_until_it_is_there(plan, wire, now) -> None:
    delivery = plan(state="accepted", handle="c1", first_sent_at=now, tries=1)
    wire.findings = [Accepted("c1"), Sent("remote-2")]
    reconcile(now)
    assert fresh(delivery).state == "accepted"
    reconcile(now + timedelta(minutes=1))
    assert fresh(delivery).state == "live"


def test_accepted_may_still_be_refused(plan, wire, now) -> None:
    delivery = plan(state="accepted", handle="c1", first_sent_at=now, tries=1)
    wire.findings = [Refused("The video is broken.")]
    reconcile(now)
    assert (fresh(delivery).state, fresh(delivery).reason) == ("refused", "The video is broken.")


def test_looking_up_stops_after_a_while_for_the_other_ticks(unknown, now, monkeypatch) -> None:
    unknown(), unknown()
    monkeypatch.setattr(policy, "STAY_SECONDS", 0.0)
    assert reconcile(now) == 0


def test_taken_by_a_network_that_can_not_be_asked_is_left_to_a_person(plan, network, now) -> None:
    network.able(dedupe=Dedupe.KEY, can_find=False)
    delivery = plan(state="accepted", handle="c1", first_sent_at=now, tries=1)
    reconcile(now)
    assert fresh(delivery).state == "review"


def test_each_look_is_kept_as_an_attempt(unknown, now) -> None:
    delivery = unknown()
    reconcile(now)
    looked = delivery.attempts.get()
    assert (looked.call, looked.outcome) == ("find", "not_there")

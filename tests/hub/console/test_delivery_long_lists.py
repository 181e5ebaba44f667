"""What a page lists of a delivery or a post is bounded, and leads to the rest."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from hub.delivery.models import BY_HAND, Attempt, Delivery
from hub.delivery.states import State
from tests.hub.steps import standing


@pytest.fixture
def now():
    """Pages ask the clock."""
    return timezone.now()


def add_attempts(delivery: Delivery, count: int, now) -> None:
    fields = {"delivery": delivery, "lease_token": 1, "worker": "w", "started_at": now}
    Attempt.objects.bulk_create(
        Attempt(number=number, detail=f"answer {number}.", **fields) for number in range(count)
    )


def test_of_many_attempts_the_newest_are_shown_and_the_earlier_can_be_seen(
    client, manager, overdue, now, django_assert_max_num_queries
) -> None:
    add_attempts(overdue, 70, now)
    client.force_login(manager)
    page = reverse("admin:delivery_delivery_change", args=[overdue.pk])
    with django_assert_max_num_queries(26):
        shown = client.get(page).content.decode()
    assert "answer 69." in shown
    assert "answer 39." not in shown
    assert "40 earlier attempts" in shown
    older = re.search(r'href="(\?attempts=\d+)#attempts"', shown)
    assert older
    earlier = client.get(page + older[1]).content.decode()
    assert "answer 39." in earlier
    assert "answer 40." not in earlier
    assert "10 earlier attempts" in earlier
    assert "The newest attempts" in earlier


def test_few_attempts_lead_nowhere(client, manager, overdue, now) -> None:
    add_attempts(overdue, 30, now)
    client.force_login(manager)
    page = client.get(reverse("admin:delivery_delivery_change", args=[overdue.pk]))
    assert "earlier attempt" not in page.content.decode()


def test_an_address_that_names_no_attempt_shows_the_newest(client, manager, overdue, now) -> None:
    add_attempts(overdue, 2, now)
    client.force_login(manager)
    page = reverse("admin:delivery_delivery_change", args=[overdue.pk])
    assert "answer 1." in client.get(page, {"attempts": "x"}).content.decode()


def test_of_many_changes_the_newest_are_shown(client, manager, plan, now) -> None:
    live = {"state": State.LIVE, **standing(State.LIVE, now)}
    target = plan(**live)
    fields = {"post": target.post, "channel": target.channel, "due_at": now, "next_try_at": now}
    Delivery.objects.bulk_create(
        Delivery(
            kind="edit",
            target=target,
            key=f"e{number}",
            marker=f"e{number}",
            post_revision=1,
            created_at=now,
            reason=f"Change {number}.",
            **fields,
            **live,
        )
        for number in range(25)
    )
    client.force_login(manager)
    page = client.get(reverse("admin:delivery_delivery_change", args=[target.pk]))
    shown = page.content.decode()
    assert "5 earlier changes" in shown
    assert "Change 24." in shown
    assert "Change 4." not in shown


def test_a_post_on_many_channels_shows_first_what_needs_a_person_and_says_how_many_more(
    client, manager, plan, make_channel, now, django_assert_max_num_queries
) -> None:
    first = plan(due_at=now - timedelta(days=1), state=State.REVIEW, reason="Please look.")
    names = {"post_revision": 1, "created_at": now, "due_at": now, "next_try_at": now, **BY_HAND}
    Delivery.objects.bulk_create(
        Delivery(
            post=first.post,
            channel=make_channel(network="webhook"),
            key=f"p{number}",
            marker=f"p{number}",
            **names,
        )
        for number in range(120)
    )
    client.force_login(manager)
    page = reverse("admin:editorial_post_deliveries", args=[first.post_id])
    with django_assert_max_num_queries(12):
        shown = client.get(page).content.decode()
    assert shown.index("Please look.") < shown.index("No worker has ever been seen")
    assert "and 21 more: see all" in shown
    listed = client.get(
        reverse("admin:delivery_delivery_changelist"), {"post__id__exact": first.post_id}
    )
    assert listed.context["cl"].result_count == 121

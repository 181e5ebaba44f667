"""The card images on the page of the delivery that put a post on the site."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.test import Client
from django.urls import reverse

from content.audit.models import AuditEntry
from hub.delivery.actions import plan_delivery
from hub.delivery.models import Delivery
from hub.delivery.states import State
from spokes.site.cards.actions import queue_cards
from spokes.site.models import CardImage, Publication
from tests.hub.steps import put

BUTTON = "Draw the card images again"


@pytest.fixture
def live(make_channel, make_post, editor, now: datetime) -> Delivery:
    post, channel = make_post("Blue Hour"), make_channel()
    delivery = plan_delivery(
        post=post, channel=channel, due_at=now, actor=editor, by_hand=True, now=now
    )
    put(delivery, State.LIVE, settled_at=now)
    publication = Publication.objects.create(
        key=delivery.key,
        post_ref=post.pk,
        slug=post.slug,
        kind=post.kind,
        title=post.title,
        published_at=now,
        changed_at=now,
    )
    queue_cards(publications=[publication.pk], now=now)
    return delivery


def page(client: Client, delivery: Delivery) -> str:
    address = reverse("admin:delivery_delivery_change", args=[delivery.pk])
    return client.get(address).content.decode()


def draw_again(client: Client, delivery: Delivery) -> None:
    client.post(reverse("admin:delivery_delivery_step", args=[delivery.pk, "draw-again"]))


def test_the_page_shows_each_shape_and_why_one_is_missing(edith, live) -> None:
    CardImage.objects.filter(shape="story").update(state="failed", error="OSError: disk full")
    shown = page(edith, live)
    assert "1200 × 630" in shown
    assert "Being drawn" in shown
    assert "Could not be drawn: OSError: disk full" in shown


def test_cards_are_drawn_again_with_three_more_tries(mona, live) -> None:
    CardImage.objects.update(state="failed", error="OSError: disk full", tries=3)
    draw_again(mona, live)
    assert set(CardImage.objects.values_list("state", "tries", "error")) == {("pending", 0, "")}
    entry = AuditEntry.objects.get(code="publication.cards_retried")
    assert entry.actor.username == "mona"


def test_what_is_not_on_the_site_has_no_cards(mona, live) -> None:
    Publication.objects.all().delete()
    assert BUTTON not in page(mona, live)
    draw_again(mona, live)
    assert not CardImage.objects.exists()

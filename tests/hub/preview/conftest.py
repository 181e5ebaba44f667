"""A spoke with its site, what is planned on it, and people who look at it."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from content.catalogue.models import Genre
from content.editorial.models import Post
from hub.delivery.models import BY_HAND, Delivery
from hub.people.roles import set_up_roles
from spokes.channels.models import Channel, Spoke
from spokes.site.models import Publication

BACKEND = "hub.people.backends.PeopleBackend"


@pytest.fixture
def today() -> datetime:
    """The moment at which the test began; views ask the clock themselves."""
    return timezone.now().replace(second=0, microsecond=0)


@pytest.fixture
def jazz(make_genre: Callable[..., Genre], make_spoke: Callable[..., Spoke]) -> Spoke:
    return make_spoke(make_genre("Jazz"), colour="#2a6f97", tagline="Blue notes")


@pytest.fixture
def metal(make_genre: Callable[..., Genre], make_spoke: Callable[..., Spoke]) -> Spoke:
    return make_spoke(make_genre("Metal"), colour="#444444")


@pytest.fixture
def jazz_site(jazz: Spoke, make_channel: Callable[..., Channel]) -> Channel:
    return make_channel(jazz)


@pytest.fixture
def metal_site(metal: Spoke, make_channel: Callable[..., Channel]) -> Channel:
    return make_channel(metal)


@pytest.fixture
def hub_site(make_channel: Callable[..., Channel]) -> Channel:
    return make_channel(None)


@pytest.fixture
def plan(today: datetime) -> Callable[..., Delivery]:
    """Plan a post on a channel, so many hours from now."""
    numbers = itertools.count(1)

    def make(post: Post, channel: Channel, *, hours: float = 24, **fields: Any) -> Delivery:
        number = next(numbers)
        at = today + timedelta(hours=hours)
        fields = {
            "post_revision": post.revision,
            **BY_HAND,
            "key": f"key-{number}",
            "marker": f"m{number}",
            "due_at": at,
            "next_try_at": at,
            "created_at": today,
            **fields,
        }
        return Delivery.objects.create(post=post, channel=channel, **fields)

    return make


@pytest.fixture
def put_live(today: datetime, plan: Callable[..., Delivery]) -> Callable[..., Delivery]:
    """Publish a post on a channel an hour ago, with what its delivery tells of it."""

    def make(post: Post, channel: Channel, **fields: Any) -> Delivery:
        delivery = plan(post, channel, hours=-1, state="live", settled_at=today)
        publication = Publication.objects.create(
            **{
                "key": delivery.key,
                "spoke": channel.spoke,
                "post_ref": post.pk,
                "slug": post.slug,
                "kind": post.kind,
                "title": post.title,
                "teaser": post.teaser,
                "body_html": post.body_html,
                "cta_label": post.cta_label,
                "cta_url": post.cta_url,
                "published_at": delivery.due_at,
                "changed_at": delivery.due_at,
                "expires_at": post.expires_at,
                **fields,
            }
        )
        Delivery.objects.filter(pk=delivery.pk).update(remote_id=str(publication.pk))
        return delivery

    return make


@pytest.fixture
def sign_in(db: None) -> Callable[[User], Client]:
    def make(user: User, role: str = "") -> Client:
        roles = {group.name: group for group in set_up_roles()}
        if role:
            user.groups.add(roles[role])
        client = Client()
        client.force_login(user, backend=BACKEND)
        return client

    return make


@pytest.fixture
def browser(sign_in: Callable[..., Client], manager: User) -> Client:
    """The manager's browser."""
    return sign_in(manager)


@pytest.fixture
def see(browser: Client, today: datetime) -> Callable[..., str]:
    """Read the previewed page itself, so many hours from now."""

    def read(path: str, hours: float = 0, **query: str) -> str:
        at = f"{today + timedelta(hours=hours):%Y-%m-%dT%H:%M}" if hours else ""
        response = browser.get(f"/preview/{path}", {"at": at, "frame": "1", **query})
        assert response.status_code == 200
        return response.content.decode()

    return read

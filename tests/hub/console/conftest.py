"""People who are signed in to the console, with what their roles allow."""

from __future__ import annotations

import copy
import itertools
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.db import transaction
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from content.editorial.models import Post
from hub.delivery.models import BY_HAND, Delivery
from tests.hub.console.house import build


@pytest.fixture
def roles(db: None) -> dict[str, Group]:
    """The groups that the migrations made, by name."""
    return {group.name: group for group in Group.objects.all()}


@pytest.fixture
def signed_in(roles: dict[str, Group]) -> Callable[[User], Client]:
    """Sign a person in; CSRF is checked as in a browser only where a test asks for it."""

    def sign_in(user: User) -> Client:
        client = Client()
        client.force_login(user, backend="hub.people.backends.PeopleBackend")
        session = client.session
        # as after signing in by hand a moment ago: nothing asks for the password again
        session["account_authentication_methods_user"] = str(user.pk)
        session["account_authentication_methods"] = [{"method": "password", "at": time.time()}]
        session["console_seen_at"] = time.time()
        session.save()
        return client

    return sign_in


@pytest.fixture
def edith(signed_in: Callable[[User], Client], editor: User, roles: dict[str, Group]) -> Client:
    """The editor's browser."""
    editor.groups.add(roles["Editor"])
    return signed_in(editor)


@pytest.fixture
def anton(signed_in: Callable[[User], Client], approver: User, roles: dict[str, Group]) -> Client:
    """The approver's browser."""
    approver.groups.add(roles["Approver"])
    return signed_in(approver)


@pytest.fixture
def mona(signed_in: Callable[[User], Client], manager: User) -> Client:
    """The manager's browser; she may do everything."""
    return signed_in(manager)


@pytest.fixture(scope="module")
def built(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[SimpleNamespace]:
    """Build the house of two spokes once for all tests of a file, and take it down after them."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield build()
        transaction.set_rollback(True)


@pytest.fixture
def two_spokes(built: SimpleNamespace, db: None) -> Iterator[SimpleNamespace]:
    """Lend the house to one test: what it changes is rolled back, what browsers kept is dropped."""
    kept = {letter: copy.deepcopy(one.cookies) for letter, one in built.browsers.items()}
    yield built
    for letter, browser in built.browsers.items():
        browser.cookies = kept[letter]


@pytest.fixture
def world(make_genre, make_spoke, make_channel, make_post, make_artist, make_tag):
    """Two spokes, and a post for each, one for both and one for none; all of today."""
    music = make_genre("Music")
    hop, techno, polka = (make_genre(name, music) for name in ("Hip Hop", "Techno", "Polka"))
    rhymes, drums = make_spoke(hop), make_spoke(techno)
    made = SimpleNamespace(
        hop=hop,
        techno=techno,
        rhymes=rhymes,
        drums=drums,
        rhymes_site=make_channel(rhymes),
        drums_site=make_channel(drums),
        artist=make_artist("Four Tet", techno),
        tag=make_tag("Vinyl"),
        rap=make_post("Only rap", genres=[hop]),
        beat=make_post("Only beats", genres=[techno], explicit=True),
        both=make_post("Rap and beats", genres=[hop, techno]),
        lost=make_post("Accordions", genres=[polka]),
    )
    Post.objects.update(updated_at=timezone.now())
    return made


@pytest.fixture
def plan(make_post, make_channel, now) -> Callable[..., Delivery]:
    """Plan a post for ten minutes ago."""
    numbers, at = itertools.count(), now - timedelta(minutes=10)
    channel = make_channel(network="webhook", name="Partner")

    def make(**fields: Any) -> Delivery:
        number, post = next(numbers), make_post()
        times = {"due_at": at, "next_try_at": at, "created_at": at}
        names = {
            "key": f"k{number}",
            "marker": f"m{number}",
            "post_revision": post.revision,
            **BY_HAND,
        }
        return Delivery.objects.create(
            post=post, **{"channel": channel, **times, **names, **fields}
        )

    return make


@pytest.fixture
def overdue(plan) -> Delivery:
    """A delivery that should be out for ten minutes."""
    return plan()

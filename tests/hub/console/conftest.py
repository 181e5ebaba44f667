"""People who are signed in to the console, with what their roles allow."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from hub.people.roles import set_up_roles


@pytest.fixture
def roles(db: None) -> dict[str, Group]:
    return {group.name: group for group in set_up_roles()}


@pytest.fixture
def signed_in(roles: dict[str, Group]) -> Callable[[User], Client]:
    """Sign a person in; CSRF is checked as in a browser only where a test asks for it."""

    def sign_in(user: User) -> Client:
        client = Client()
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
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

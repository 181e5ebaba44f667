from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import transaction
from django.test import override_settings
from pytest_django import DjangoDbBlocker

from hub.demo.actions import build_demo

POSTS = 32


@pytest.fixture(scope="module")
def built(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[None]:
    """Build a small demo once for a module; each test's changes are rolled back to it."""
    fast = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    media = tmp_path_factory.mktemp("media")
    with (
        override_settings(MEDIA_ROOT=media, PASSWORD_HASHERS=fast),
        django_db_blocker.unblock(),
        transaction.atomic(),
    ):
        build_demo(posts=POSTS, seed=1, say=lambda line: None, watch=lambda drafts: drafts)
        yield
        transaction.set_rollback(True)


@pytest.fixture
def newsroom(built: None, db: None) -> None:
    """A small demo that is there."""

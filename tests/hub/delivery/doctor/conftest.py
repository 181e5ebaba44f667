"""Rows around this very moment, for the command asks the clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from content.editorial.models import Post
from hub.delivery.models import Delivery

HOUR = timedelta(hours=1)


@pytest.fixture
def now():
    """The command asks the clock, so the rows must lie around it."""
    return timezone.now()


@pytest.fixture
def row(plan, make_post, now) -> Callable[..., Delivery]:
    """A delivery planned for tomorrow on a locked post, with what is to be wrong with it."""

    def make(*, post: Post | None = None, **wrong: Any) -> Delivery:
        post = post or make_post(locked_at=now - HOUR)
        return plan(post=post, **{"due_at": now + timedelta(days=1), **wrong})

    return make

"""Letters, envelopes, and a network that answers as a test wants it to."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import datetime

import pytest

from content.editorial.models import Post
from spokes.channels.connectors.base import Connector, Envelope, Letter


@pytest.fixture
def envelope(now: datetime) -> Envelope:
    return Envelope(key="key-0", marker="m0", due_at=now)


@pytest.fixture
def write_letter(now: datetime) -> Callable[..., Letter]:
    """Write the letter that the engine would: the post read with its content, then prepared."""
    numbers = itertools.count(1)

    def write(connector: Connector, post: Post, *, key: str = "", remote_id: str = "") -> Letter:
        number = next(numbers)
        key = key or f"key-{number}"
        envelope = Envelope(key=key, marker=f"m{number}", due_at=now)
        loaded = Post.objects.with_content().get(pk=post.pk)
        return Letter(key=key, payload=connector.prepare(loaded, envelope), remote_id=remote_id)

    return write

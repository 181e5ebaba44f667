"""Deliveries by the million, copied inside the database: planned far ahead, or live long ago."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Model

from content.editorial.models import Post
from hub.delivery.models import BY_HAND, Delivery
from spokes.channels.models import Channel
from tests.bench.children import world


def plan_far_ahead(
    number: int, channels: Sequence[Channel], now: datetime, *, state: str = "scheduled"
) -> None:
    """Spread ``number`` deliveries over the channels, of posts that are copied for them."""
    each = number // len(channels)
    original = world.make_posts(1, list(channels), now)[0]
    first = (Post.objects.order_by("-pk").values_list("pk", flat=True).first() or 0) + 1
    _copy(
        Post,
        original.pk,
        each,
        {"slug": f"'copy-' || ({first} + n)", "id": f"{first} + n"},
    )
    if connection.vendor == "postgresql":
        _move_sequence("editorial_post", first + each + 1)
    for channel in channels:
        original_delivery = _one(original, channel, now, state)
        marker = f"'c{original_delivery.pk}-' || n"
        changes = {"key": marker, "marker": marker, "post_id": f"{first} + n"}
        _copy(Delivery, original_delivery.pk, each - 1, changes)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _one(post: Post, channel: Channel, now: datetime, state: str) -> Delivery:
    live = state == "live"
    due_at = now + timedelta(days=-30 if live else 30)
    name = f"{post.pk}-{channel.pk}"
    return Delivery.objects.create(
        post=post,
        channel=channel,
        post_revision=1,
        **BY_HAND,
        key=name,
        marker=name,
        state=state,
        due_at=due_at,
        next_try_at=due_at,
        first_sent_at=due_at if live else None,
        settled_at=due_at if live else None,
        tries=int(live),
        created_at=now,
    )


def _copy(model: type[Model], pk: int, number: int, changes: Mapping[str, str]) -> None:
    """Copy a row so often; ``changes`` gives columns as SQL over ``n``, which counts from 1."""
    table = model._meta.db_table
    # not as the database describes it: Django can't read every condition in a table of SQLite's
    columns = [field.column for field in model._meta.concrete_fields if not field.generated]
    fields = [name for name in columns if name != "id" or "id" in changes]
    with connection.cursor() as cursor:
        wanted = ", ".join(changes.get(name, f'"{name}"') for name in fields)
        into = ", ".join(f'"{name}"' for name in fields)
        cursor.execute(
            f"INSERT INTO {table} ({into}) SELECT {wanted} FROM {table}, {_numbers(number)} "
            f"WHERE {table}.id = {pk}"
        )


def _numbers(last: int) -> str:
    if connection.vendor == "postgresql":
        return f"generate_series(1, {last}) AS numbers(n)"
    counting = f"SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {last}"
    return f"(WITH RECURSIVE c(n) AS ({counting}) SELECT n FROM c) AS numbers"


def _move_sequence(table: str, to: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [table, to])

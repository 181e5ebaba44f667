"""What the console's lists ask is answered by an index, before a table was ever analysed, too."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from content.editorial.models import Post
from hub.delivery.models import Delivery
from tests.hub.console.test_console_size import plan_of


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="a plan is worded by its database")
@pytest.mark.parametrize(
    ("rows", "index"),
    [
        (lambda: Delivery.objects.order_by("-due_at", "-id")[:50], "delivery_by_time"),
        (
            lambda: Delivery.objects.filter(state="live").order_by("-due_at", "-id")[:50],
            "delivery_by_state_and_time",
        ),
        (
            lambda: Delivery.objects.filter(channel=1).order_by("-due_at", "-id")[:50],
            "delivery_by_channel",
        ),
        (
            lambda: Delivery.objects.filter(kind="edit").order_by("-due_at", "-id")[:50],
            "delivery_by_kind",
        ),
        (lambda: Post.objects.order_by("-updated_at", "-id")[:50], "post_by_change"),
    ],
    ids=["by time", "by state", "by channel", "by kind", "posts"],
)
def test_a_page_of_a_list_is_read_along_an_index(db, rows, index: str) -> None:
    plan = plan_of(rows())
    assert index in plan
    assert "temp b-tree" not in plan


def test_the_days_of_the_chart_are_a_window(manager) -> None:
    from hub.console.figures import _counted

    today = timezone.now().date()
    rows = _counted(manager, [today + timedelta(days=number) for number in range(28)])
    if connection.vendor == "sqlite":
        assert "delivery_by_state_and_time (state=? and due_at>? and due_at<?)" in plan_of(rows)

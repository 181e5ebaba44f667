"""What the console's lists ask is answered by an index, however long the tables are."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from content.editorial.models import Post
from hub.console.searching import search_posts
from hub.delivery.models import Delivery
from spokes.channels.models import Spoke

MOST_QUERIES = 12
LISTS = [
    ("editorial_post", ""),
    ("editorial_post", "?q=velvet"),
    ("editorial_post", "?state__exact=draft"),
    ("editorial_post", "?p=3"),
    ("catalogue_artist", ""),
    ("catalogue_artist", "?q=reed"),
    ("delivery_delivery", ""),
    ("delivery_delivery", "?q=velvet"),
    ("delivery_delivery", "?needs=person"),
    ("delivery_delivery", "?kind__exact=edit"),
    ("delivery_delivery", "?p=3"),
    ("delivery_delivery", "?spoke=1&state__exact=live"),
    ("schedule_slot", ""),
    ("channels_channel", ""),
    ("channels_spoke", ""),
]


@pytest.fixture
def years(make_genre, make_spoke, make_channel, editor, approver):
    for name in ("Jazz", "Rock"):
        genre = make_genre(name)
        make_channel(make_spoke(genre))
    make_channel()
    call_command("fill", posts=400, artists=60, deliveries=3_000, quiet=True)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def plan_of(rows: Any) -> str:
    return str(rows.explain()).lower()


@pytest.mark.parametrize(("name", "query"), LISTS, ids=lambda part: part or "whole")
def test_a_list_takes_few_queries_and_counts_no_whole_table(
    mona, years, name: str, query: str
) -> None:
    address = reverse(f"admin:{name}_changelist") + query
    mona.get(address)
    with CaptureQueriesContext(connection) as seen:
        assert mona.get(address).status_code == 200
    asked = [one["sql"] for one in seen]
    assert len(asked) <= MOST_QUERIES
    long_ones = ('from "delivery_delivery"', 'from "editorial_post"')
    counts = [sql.lower() for sql in asked if "count(" in sql.lower()]
    assert not [
        sql
        for sql in counts
        if sql.startswith("select count(") and any(name in sql for name in long_ones)
        if "limit" not in sql and "where" not in sql
    ]


# for those who manage people and may export the log, too
ALL_LISTS = (
    *("editorial_post", "editorial_audiencetag", "media_asset", "catalogue_artist"),
    *("catalogue_track", "catalogue_genre", "catalogue_unresolvedgenre", "delivery_delivery"),
    *("delivery_hold", "schedule_slot", "channels_channel", "channels_spoke"),
    *("audiences_audience", "preview_sharelink", "audit_auditentry", "auth_user", "auth_group"),
)


@pytest.mark.parametrize("who", ["editor", "manager of the house", "manager of one spoke"])
def test_the_lists_of_people_with_roles_take_few_queries(
    roles, signed_in, make_member, years, who: str
) -> None:
    """Groups and places are asked for, too, and a superuser has none."""
    spokes = [Spoke.objects.get(name="Jazz")] if who == "manager of one spoke" else []
    person = make_member("hanna", *spokes)
    person.groups.add(roles["Editor" if who == "editor" else "Community manager"])
    browser = signed_in(person)
    asked = {}
    for name in ALL_LISTS:
        address = reverse(f"admin:{name}_changelist")
        browser.get(address)
        with CaptureQueriesContext(connection) as seen:
            browser.get(address)
        asked[name] = len(seen)
    assert {name: number for name, number in asked.items() if number > MOST_QUERIES} == {}


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


def test_what_the_columns_show_is_not_worked_out_for_the_count(mona, years) -> None:
    address = reverse("admin:editorial_post_changelist")
    with CaptureQueriesContext(connection) as seen:
        mona.get(address)
    counts = [one["sql"] for one in seen if one["sql"].startswith("SELECT COUNT(*) FROM (")]
    assert counts
    assert not [sql for sql in counts if "media_rendition" in sql]


def test_the_rows_of_a_spoke_are_asked_for_by_the_keys_of_its_channels(mona, years) -> None:
    spoke = Spoke.objects.get(name="Jazz")
    address = reverse("admin:delivery_delivery_changelist") + f"?spoke={spoke.pk}"
    with CaptureQueriesContext(connection) as seen:
        shown = mona.get(address).context["cl"]
    assert {row.channel.spoke_id for row in shown.result_list} == {spoke.pk}
    counts = [one["sql"] for one in seen if 'FROM "delivery_delivery"' in one["sql"]]
    assert not [sql for sql in counts if "COUNT(" in sql and "JOIN" in sql]


def test_a_search_reads_keys_and_no_texts(years) -> None:
    found = search_posts(Post.objects.all(), "velvet").values("pk")
    plan = plan_of(found)
    if connection.vendor == "sqlite":
        assert "covering index" in plan
    assert "velvet" in str(found.query)


def test_the_days_of_the_chart_are_a_window(manager) -> None:
    from hub.console.figures import _counted

    today = timezone.now().date()
    rows = _counted(manager, [today + timedelta(days=number) for number in range(28)])
    if connection.vendor == "sqlite":
        assert "delivery_by_state_and_time (state=? and due_at>? and due_at<?)" in plan_of(rows)

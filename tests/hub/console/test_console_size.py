"""What the console's lists ask stays little, however long the tables are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import DjangoDbBlocker

from content.catalogue.actions import add_genre
from content.editorial.models import Post
from hub.console.searching import search_posts
from spokes.channels.actions import add_channel, add_spoke
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


@pytest.fixture(scope="module")
def filled_years(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Fill the house once for all tests of the file, which read it, and empty it after them."""
    with django_db_blocker.unblock(), transaction.atomic():
        for name in ("erna", "anna"):
            User.objects.create_user(name, is_staff=True)
        for name in ("Jazz", "Rock", ""):
            spoke = add_spoke(genre=add_genre(name=name)) if name else None
            add_channel(name=f"{name or 'Hub'} site", network="site", spoke=spoke)
        call_command("fill", posts=400, artists=60, deliveries=3_000, quiet=True)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        yield
        transaction.set_rollback(True)


@pytest.fixture
def years(filled_years: None, db: None) -> None:
    """Lend the full house to one test; what it changes is rolled back."""


def plan_of(rows: Any) -> str:
    return str(rows.explain()).lower()


@pytest.mark.parametrize(("name", "query"), LISTS, ids=lambda part: part or "whole")
def test_a_list_takes_few_queries_and_counts_no_whole_table(
    years, mona, name: str, query: str
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
    years, roles, signed_in, make_member, who: str
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


def test_what_the_columns_show_is_not_worked_out_for_the_count(years, mona) -> None:
    address = reverse("admin:editorial_post_changelist")
    with CaptureQueriesContext(connection) as seen:
        mona.get(address)
    counts = [one["sql"] for one in seen if one["sql"].startswith("SELECT COUNT(*) FROM (")]
    assert counts
    assert not [sql for sql in counts if "media_rendition" in sql]


def test_the_rows_of_a_spoke_are_asked_for_by_the_keys_of_its_channels(years, mona) -> None:
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

"""Wagtail's side of "dispatch": publish_scheduled on pages that are due; prints JSON."""

from __future__ import annotations

import json
import os
import sys
import time
from datetime import timedelta

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.bench.peers.wagtail_site.settings")

import django

django.setup()

from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from wagtail.models import Page

from tests.bench.peers.wagtail_site.home.models import ListPage, PostPage


def make_pages(number: int) -> ListPage:
    call_command("migrate", run_syncdb=True, verbosity=0)
    root = Page.objects.get(depth=2)
    listing = root.add_child(instance=ListPage(title="Jazz", slug=f"jazz-{time.time_ns()}"))
    past = timezone.now() - timedelta(minutes=1)
    for index in range(number):
        page = PostPage(
            title=f"Post {index}",
            slug=f"post-{index}",
            live=False,
            teaser=f"The teaser of post {index}.",
            body="A body of some words. " * 40,
            go_live_at=past,
        )
        listing.add_child(instance=page)
        page.save_revision(approved_go_live_at=past)
    return listing


def main() -> None:
    number = int(sys.argv[1])
    make_pages(number)
    queries = 0

    def count(execute, *args):
        nonlocal queries
        queries += 1
        return execute(*args)

    started = time.perf_counter()
    with connection.execute_wrapper(count):
        call_command("publish_scheduled", verbosity=0)
    seconds = time.perf_counter() - started
    live = PostPage.objects.live().count()
    if live != number:
        raise SystemExit(f"{live} of {number} pages went live")
    print(json.dumps({"items": number, "seconds": seconds, "queries": queries / number}))


if __name__ == "__main__":
    main()

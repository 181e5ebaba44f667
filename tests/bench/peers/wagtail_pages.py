"""Wagtail's side of "page": make a live page with 20 live children; prints its path."""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.bench.peers.wagtail_site.settings")

import django

django.setup()

from django.core.management import call_command
from wagtail.models import Page

from tests.bench.peers.wagtail_site.home.models import ListPage, PostPage


def main() -> None:
    call_command("migrate", run_syncdb=True, verbosity=0)
    root = Page.objects.get(depth=2)
    listing = root.add_child(instance=ListPage(title="Jazz", slug="jazz"))
    for index in range(20):
        page = PostPage(title=f"Post {index}", slug=f"post-{index}", teaser="A teaser. " * 8)
        listing.add_child(instance=page)
        page.save_revision().publish()
    print("/jazz/")


if __name__ == "__main__":
    main()

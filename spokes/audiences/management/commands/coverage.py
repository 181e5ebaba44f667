from __future__ import annotations

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from spokes.audiences.coverage import SHOWN, Coverage, cover
from spokes.audiences.lately import LOOKED_BACK


class Command(BaseCommand):
    help = "Say which posts reach no spoke, which spokes starve, and what nobody uses."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--days", type=int, default=LOOKED_BACK.days, help="how far back (default: %(default)s)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        days = max(1, options["days"])
        found = cover(now=timezone.now(), looked_back=timedelta(days=days))
        newest = "the newest " if found.is_cut else ""
        posts = "post" if found.posts == 1 else "posts"
        back = "day" if days == 1 else f"{days} days"
        self.stdout.write(f"{newest}{found.posts} {posts} of the last {back}")
        self._nowhere(found)
        self._spokes(found)
        self._tags(found)
        names = ", ".join(f"{row.name} ({row.seen})" for row in found.unresolved)
        self.stdout.write(f"Genres that wait for somebody: {found.unresolved_number}  {names}")

    def _nowhere(self, found: Coverage) -> None:
        self.stdout.write(f"\n{found.nowhere_number} reach no spoke")
        for one in found.nowhere:
            self.stdout.write(f"  {one.post.slug}  {one.why}".rstrip())

    def _tags(self, found: Coverage) -> None:
        unused = ", ".join(one.tag.name for one in found.idle_tags if not one.posts)
        unasked = ", ".join(one.tag.name for one in found.idle_tags if not one.audiences)
        self.stdout.write(f"\nTags that none of them has: {unused or 'none'}")
        self.stdout.write(f"Tags that no audience asks for: {unasked or 'none'}")
        if found.more_idle:
            tags = "tag that decides" if found.more_idle == 1 else "tags that decide"
            self.stdout.write(f"and {found.more_idle} more {tags} nothing")

    def _spokes(self, found: Coverage) -> None:
        self.stdout.write("\nposts  a week  spoke")
        for line in found.fed:
            starves = "  starves" if line.starves else ""
            self.stdout.write(f"{line.posts:>5}  {line.a_week:>6}  {line.spoke}{starves}")
        self.stdout.write("\nposts  share  both")
        for one in found.overlaps[:SHOWN]:
            first, second = one.spokes
            self.stdout.write(f"{one.posts:>5}  {one.share:>5}  {first} and {second}")

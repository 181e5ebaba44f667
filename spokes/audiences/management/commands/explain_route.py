from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from content.editorial.models import Post
from content.editorial.shares import GenreShare, shares_in_words, shares_of
from spokes.audiences.routing import Route, route_post
from spokes.channels.models import Channel


class Command(BaseCommand):
    help = "Say to which channels a post goes, and why, or why not."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("post", help="the id or the slug of a post")
        parser.add_argument("--channel", metavar="SLUG", help="one channel only")
        parser.add_argument(
            "--parts", action="store_true", help="show every term and number with its fact"
        )
        parser.add_argument("--json", action="store_true", help="print JSON instead of a table")

    def handle(self, *args: Any, **options: Any) -> None:
        post = _find_post(options["post"])
        channels = [_find_channel(options["channel"])] if options["channel"] else None
        routes, shares = route_post(post, channels), shares_of(post)
        if options["json"]:
            told = _as_dict(post, routes, shares)
            self.stdout.write(json.dumps(told, indent=2, ensure_ascii=False))
            return
        self.stdout.write(f"{post.title} (post {post.pk}, {post.slug})")
        self.stdout.write(f"genres: {shares_in_words(shares) or 'none'}")
        for line in _table(routes, with_parts=options["parts"]):
            self.stdout.write(line)


def _find_post(name: str) -> Post:
    by_id = Post.objects.filter(pk=int(name)) if name.isdecimal() and len(name) < 19 else None
    post = (by_id.first() if by_id else None) or Post.objects.filter(slug=name).first()
    if post is None:
        raise CommandError(f"There is no post with the id or slug “{name}”.")
    return post


def _find_channel(slug: str) -> Channel:
    channel = Channel.objects.filter(slug=slug).first()
    if channel is None:
        raise CommandError(f"There is no channel with the slug “{slug}”.")
    return channel


def _table(routes: list[Route], *, with_parts: bool) -> Iterator[str]:
    width = max((len(route.channel.slug) for route in routes), default=0)
    for route in routes:
        yield f"{route.channel.slug:<{width}}  {'yes' if route.goes else 'no':<3}  {route.reason}"
        if with_parts:
            for line in _details(route):
                yield " " * (width + 7) + line
    goes = sum(route.goes for route in routes)
    yield f"{goes} of {len(routes)} channels take it."


def _details(route: Route) -> Iterator[str]:
    """Tell the tree, the share and the fit with their floors, and what keeps the post back."""
    for depth, part in route.parts.levels() if route.parts else ():
        fact = f"  ({part.fact})" if part.fact else ""
        yield f"{'  ' * depth}{'+' if part.holds else '-'} {part.text}{fact}"
    if route.share:
        yield f"share of the spoke's genre: {route.share.value:.2f}{_asked(route.share.floor)}"
    if route.fit:
        yield f"fit: {route.fit.score:.2f}{_asked(route.fit_floor)}"
        for number in route.fit.parts:
            yield f"  {number.weight:+.2f} x {number.value:.2f}  {number.name}: {number.fact}"
    for obstacle in route.in_the_way:
        yield f"! {obstacle.words}"


def _asked(floor: float | None) -> str:
    return "" if floor is None else f" ({floor:.2f} is asked for)"


def _as_dict(post: Post, routes: list[Route], shares: list[GenreShare]) -> dict[str, Any]:
    return {
        "post": {
            "id": post.pk,
            "slug": post.slug,
            "title": post.title,
            "genres": [one.as_dict() for one in shares],
        },
        "routes": [route.as_dict() for route in routes],
    }

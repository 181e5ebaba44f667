"""Pieces of a payload that several networks say in the same way."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext

from content.catalogue.models import Artist, Genre
from content.editorial.models import AudienceTag, Post, Wording
from spokes.channels.connectors.base import Problem
from spokes.channels.exceptions import ContentRefused
from spokes.channels.links import is_web_link


def named(things: Iterable[Artist | Genre | AudienceTag]) -> list[dict[str, str]]:
    return [{"name": thing.name, "slug": thing.slug} for thing in things]


def topics(post: Post) -> dict[str, list[dict[str, str]]]:
    """Name the artists, genres (largest share first) and tags of a post, without a query."""
    by_share = sorted(post.post_genres.all(), key=lambda row: (-row.share, row.genre.name))
    return {
        "artists": named(post.artists.all()),
        "genres": named(row.genre for row in by_share),
        "tags": named(item.tag for item in post.tagged_items.all()),
    }


def body_of(post: Post) -> str:
    """Give the body as HTML; of a teaser-only post nothing, for it is behind the deep link."""
    return "" if post.teaser_only else post.body_html


def article_problems(post: Post, wording: Wording) -> list[Problem]:
    """List what keeps a post from being shown as a whole article."""
    found = []
    if not wording.title.strip():
        found.append(Problem("title", gettext("The post has no title.")))
    if not is_web_link(post.cta_url):
        found.append(Problem("cta_url", gettext("The deep link is no web address (https://…).")))
    return found


def refuse(problems: Iterable[Problem]) -> None:
    """Raise ContentRefused with all problems, when there are any."""
    if words := " ".join(problem.message for problem in problems):
        raise ContentRefused(words)

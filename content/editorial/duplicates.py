"""What may be there already: the same story under nearly the same title, link or artist."""

from __future__ import annotations

import dataclasses
import enum
import itertools
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta

from django.db import models
from rapidfuzz import fuzz, process

from content.editorial.models import Post, title_key
from content.text import clean_line

Posts = models.QuerySet[Post]

# shown beside the form: more would be a list, not a warning
MOST = 5
# titles looked through for nearly the same one: the newest, and those that begin alike
NEWEST = 2_000
BEGIN_ALIKE = 500
BEGINNING = 6
# rapidfuzz's ratio of two folded titles, 0..100: one wrong letter in ten is still the same
NEARLY = 88
# a shorter title is like too many others
SHORTEST = 6
RECENT = timedelta(days=14)


class Likeness(enum.StrEnum):
    TITLE = "title"
    NEAR_TITLE = "near_title"
    LINK = "link"
    SUBJECT = "subject"


@dataclasses.dataclass(frozen=True)
class Duplicate:
    post: Post
    likeness: Likeness


def find_duplicates(
    *,
    title: str,
    cta_url: str,
    kind: str,
    artists: Collection[int],
    now: datetime,
    posts: Posts | None = None,
) -> list[Duplicate]:
    """Find posts that may be this one already, the likest first; at most six queries.

    ``posts`` narrows where to look; archived posts are no duplicates.
    """
    rows = (Post.objects.all() if posts is None else posts).exclude(state="archived")
    found: dict[int, Duplicate] = {}
    shown = rows.select_related("author").defer("body", "body_html")
    alike = itertools.chain(
        _same_words(rows, shown, title_key(title), clean_line(cta_url)),
        _same_subject(shown, kind, artists, now),
    )
    for post, likeness in alike:
        found.setdefault(post.pk, Duplicate(post, likeness))
    return list(found.values())[:MOST]


def _same_words(rows: Posts, shown: Posts, key: str, link: str) -> Iterator[tuple[Post, Likeness]]:
    if key:
        for post in shown.filter(title_key=key).order_by("-pk")[:MOST]:
            yield post, Likeness.TITLE
    if link:
        for post in shown.filter(cta_url=link).order_by("-pk")[:MOST]:
            yield post, Likeness.LINK
    if len(key) >= SHORTEST:
        for post in _nearly(rows, shown, key):
            yield post, Likeness.NEAR_TITLE


def _same_subject(
    shown: Posts, kind: str, artists: Collection[int], now: datetime
) -> Iterator[tuple[Post, Likeness]]:
    if not artists:
        return
    of_them = Post.artists.through.objects.filter(artist__in=artists).values("post_id")
    recent = shown.filter(pk__in=of_them, kind=kind, created_at__gte=now - RECENT)
    for post in recent.order_by("-pk")[:MOST]:
        yield post, Likeness.SUBJECT


def _nearly(rows: Posts, shown: Posts, key: str) -> Posts:
    """Find titles with a few other letters among the newest and those that begin alike."""
    keys = rows.exclude(title_key="").values_list("pk", "title_key")
    begin = key[:BEGINNING]
    alike = keys.filter(title_key__gte=begin, title_key__lt=begin + "\uffff")
    candidates = dict(keys.order_by("-pk")[:NEWEST]) | dict(alike.order_by("-pk")[:BEGIN_ALIKE])
    near = process.extract(
        key, candidates, scorer=fuzz.ratio, processor=None, limit=MOST, score_cutoff=NEARLY
    )
    return shown.filter(pk__in=[pk for _, _, pk in near]).order_by("-pk")

"""The posts of late, on which rules are tried: the newest first, read in pages with their facts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import QuerySet

from content.editorial.models import Post, PostState
from content.editorial.querysets import PostQuerySet
from spokes.audiences.facts import PostFacts, facts_of_many
from spokes.audiences.models import RoutingOverride
from spokes.audiences.routing import overrides_of

LOOKED_BACK = timedelta(days=90)
PAGE = 1_000
# what no rule looks at
TEXTS = ("body", "body_html", "teaser")


class Known(NamedTuple):
    """A post with all that routing asks of it; the words by hand by channel id."""

    post: Post
    facts: PostFacts
    by_hand: Mapping[int, RoutingOverride]


def lately(since: datetime, posts: PostQuerySet | None = None) -> PostQuerySet:
    """Take of ``posts``, or of all, what changed since then, without the texts."""
    rows = Post.objects.all() if posts is None else posts
    late = rows.exclude(state=PostState.ARCHIVED).filter(updated_at__gte=since)
    return late.defer(*TEXTS).order_by("-updated_at", "-pk")


class Example(NamedTuple):
    """A post, why it goes where it goes, or does not, and how well it fits there, 0..1."""

    post: Post
    why: str
    fit: float | None = None


class Sample:
    """The first ``most`` of some posts, so that an archive of any size takes no longer."""

    def __init__(self, posts: QuerySet[Post], most: int) -> None:
        keys = list(posts.values_list("pk", flat=True)[: most + 1])
        self.is_cut = len(keys) > most
        self._keys = keys[:most]

    def __len__(self) -> int:
        return len(self._keys)

    def __iter__(self) -> Iterator[Known]:
        for page in self.pages():
            yield from page

    def pages(self) -> Iterator[list[Known]]:
        """Read a page at a time; a post that was deleted meanwhile is left out."""
        for start in range(0, len(self._keys), PAGE):
            keys = self._keys[start : start + PAGE]
            found = Post.objects.defer(*TEXTS).in_bulk(keys)
            facts, by_hand = facts_of_many(found.values()), overrides_of(found.values())
            yield [Known(found[pk], facts[pk], by_hand.get(pk, {})) for pk in keys if pk in found]

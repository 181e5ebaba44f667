"""A post as its form stands in a browser: read leniently, and never saved."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import models
from django.http import QueryDict

from content.catalogue.models import Artist
from content.catalogue.names import make_slug
from content.editorial.markdown import render
from content.editorial.models import AudienceTag, Post, PostKind, PostPriority, Variant
from content.editorial.picks import Percents
from content.media.models import Asset
from content.text import clean_line, clean_text
from hub.console.editor.genre_shares import picks_of, typed_shares
from hub.console.keys import is_key
from spokes.audiences.facts import PostFacts
from spokes.audiences.unsaved import facts_of_unsaved

# a form that somebody made up may name any number of rows
MOST_ROWS = 200
VARIANT_FIELDS = ("target", "title", "teaser", "cta_label")


@dataclasses.dataclass(frozen=True)
class TypedPost:
    """``post`` is unsaved; its relations are lists, so that it reads like a saved one."""

    post: Post
    artists: Sequence[Artist]
    genres: Percents
    tags: Sequence[AudienceTag]
    markets: Sequence[str]
    tracks: Sequence[int] = ()

    def facts(self) -> PostFacts:
        return facts_of_unsaved(
            self.post,
            artists=self.artists,
            genres=self.genres,
            tags=self.tags,
            markets=self.markets,
            tracks=self.tracks,
        )


def keys_of(data: QueryDict, name: str) -> list[int]:
    """Read keys of rows; what no database would take for one is left out."""
    given = data.getlist(name)[:MOST_ROWS]
    return [int(key) for key in given if is_key(key)]


def read_markets(text: str) -> list[str]:
    return [code.upper() for code in re.split(r"[\s,;]+", text) if code]


def read_post(data: QueryDict) -> TypedPost:
    """Read what can be read of the form, in at most three queries; nothing is refused."""
    artists = _rows(Artist, keys_of(data, "artists"))
    tags = _rows(AudienceTag, keys_of(data, "tags"))
    heroes = _rows(Asset, keys_of(data, "hero"))
    title, body = clean_line(data.get("title", "")), clean_text(data.get("body", ""))
    kind = data.get("kind", "")
    post = Post(
        # what has a key may be asked for its relations; no row has this one
        pk=0,
        title=title,
        slug=make_slug(title) if title else "",
        kind=kind if kind in PostKind.values else PostKind.FEATURE,
        teaser=clean_text(data.get("teaser", "")),
        body=body,
        body_html=render(body),
        hero=heroes[0] if heroes else None,
        cta_label=clean_line(data.get("cta_label", "")),
        cta_url=clean_line(data.get("cta_url", "")),
        lang=clean_line(data.get("lang", "")),
        explicit="explicit" in data,
        evergreen="evergreen" in data,
        teaser_only="teaser_only" in data,
        happens_on=_day(data.get("happens_on", "")),
        priority=_priority(data.get("priority", "")),
    )
    related = {"variants": _variants(data), "artists": artists, "tags": tags}
    post._prefetched_objects_cache = related  # type: ignore[attr-defined]  # Django's own name
    genres = picks_of(keys_of(data, "genres"), typed_shares(data))
    return TypedPost(post, artists, genres, tags, _markets(data), keys_of(data, "tracks"))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _priority(text: str) -> int:
    known = {str(priority.value): priority.value for priority in PostPriority}
    return known.get(text, PostPriority.NORMAL.value)


def _markets(data: QueryDict) -> list[str]:
    return read_markets(data.get("markets", ""))


def _rows(model: type[models.Model], keys: list[int]) -> list[Any]:
    return list(model._default_manager.filter(pk__in=keys)) if keys else []


def _variants(data: QueryDict) -> list[Variant]:
    count = data.get("variants-TOTAL_FORMS", "")
    lines = range(min(int(count), MOST_ROWS) if count.isdecimal() else 0)
    return [
        Variant(**{name: data.get(f"variants-{line}-{name}", "") for name in VARIANT_FIELDS})
        for line in lines
        if f"variants-{line}-DELETE" not in data
    ]

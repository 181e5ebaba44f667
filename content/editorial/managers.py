"""The tag manager of posts: spelling does not matter, inventing tags is refused."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

from taggit.managers import _TaggableManager

from content.catalogue.alike import names_like
from content.catalogue.names import match_key
from content.editorial.exceptions import UnknownTag
from content.text import clean_line


class CuratedTagManager(_TaggableManager):
    """``post.tags``: takes tags and names in any spelling, and raises UnknownTag for the rest."""

    def remove(self, *tags: Any) -> None:
        super().remove(*[tag.name for tag in self._to_tag_model_instances(tags, {})])

    def _to_tag_model_instances(self, tags: Iterable[Any], tag_kwargs: dict[str, Any]) -> list[Any]:
        # taggit's own method creates a tag for every name that it can't find
        return known_tags(self.through.tag_model(), tags)


def known_tags(model: Any, tags: Iterable[Any]) -> list[Any]:
    """Give the rows of these tags and names, each once; raises UnknownTag."""
    wanted = list(tags)
    keys = {tag: match_key(clean_line(tag)) for tag in wanted if isinstance(tag, str)}
    by_key = model.objects.in_bulk(keys.values(), field_name="key")
    found: dict[Any, Any] = {}
    for tag in wanted:
        row = by_key.get(keys[tag]) if tag in keys else tag
        if row is None:
            raise UnknownTag(tag, near_names(model, keys[tag]))
        found[row.pk] = row
    return list(found.values())


def near_names(model: Any, key: str) -> list[str]:
    """Name up to three tags whose keys look like this one, the nearest first."""
    names = names_like(model, [key])
    return [names[key] for key in difflib.get_close_matches(key, names, cutoff=0.6)]

"""Names of music in every script: what makes two spellings one, and how they become addresses."""

from __future__ import annotations

import hashlib
import unicodedata
from typing import Any

from anyascii import anyascii
from django.db import models
from django.utils.text import slugify

# the longest suffix "-12345" that unique_slug adds
SUFFIX_ROOM = 6


def match_key(name: str) -> str:
    """Fold case, accents, "&" and all that is no letter or digit: "Hip-Hop" and "hiphop" are one.

    A name of signs alone ("!!!") keeps its signs.
    """
    folded = unicodedata.normalize("NFKD", name).casefold().replace("&", " and ")
    letters = "".join(character for character in folded if character.isalnum())
    return letters or "".join(folded.split())


def make_slug(name: str, *, max_length: int = 120) -> str:
    """Make an ASCII slug of a name in any script; never empty, the same for the same name."""
    slug = slugify(anyascii(name))[:max_length].strip("-")
    return slug or "n-" + hashlib.sha256(name.encode()).hexdigest()[:10]


def unique_slug(name: str, taken: models.QuerySet[Any], *, max_length: int = 120) -> str:
    """Make a slug that no row of ``taken`` has: "nirvana", then "nirvana-2"."""
    base = make_slug(name, max_length=max_length - SUFFIX_ROOM)
    used = set(taken.filter(slug__startswith=base).values_list("slug", flat=True))
    if base not in used:
        return base
    number = 2
    while f"{base}-{number}" in used:
        number += 1
    return f"{base}-{number}"

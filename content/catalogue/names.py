"""Names of music in every script: what makes two spellings one, and how they become addresses."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Container
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
    folded = _fold(name)
    letters = "".join(character for character in folded if character.isalnum())
    return letters or "".join(folded.split())


def split_words(name: str) -> list[str]:
    """Split a name at all that is no letter or digit; joined again, the words are its match_key."""
    return "".join(
        character if character.isalnum() else _gap(character) for character in _fold(name)
    ).split()


def make_slug(name: str, *, max_length: int = 120) -> str:
    """Make an ASCII slug of a name in any script; never empty, the same for the same name."""
    slug = slugify(anyascii(name))[:max_length].strip("-_")
    return slug or "n-" + hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()[:10]


def unique_slug(name: str, taken: models.QuerySet[Any], *, max_length: int = 120) -> str:
    """Make a slug that no row of ``taken`` has: "nirvana", then "nirvana-2"."""
    base = make_slug(name, max_length=max_length - SUFFIX_ROOM)
    used = set(taken.filter(slug__startswith=base).values_list("slug", flat=True))
    return free_slug(name, used, max_length=max_length)


def free_slug(name: str, used: Container[str], *, max_length: int = 120) -> str:
    """Make a slug that is not in ``used``; the caller adds it there."""
    base = make_slug(name, max_length=max_length - SUFFIX_ROOM)
    if base not in used:
        return base
    number = 2
    while f"{base}-{number}" in used:
        number += 1
    return f"{base}-{number}"


def _fold(name: str) -> str:
    return unicodedata.normalize("NFKD", name).casefold().replace("&", " and ")


def _gap(character: str) -> str:
    # an accent or vowel sign belongs to the letter before it, so it is no gap between words
    return "" if unicodedata.category(character).startswith("M") else " "

"""How sure an answer of the resolver is: as often as answers of its kind were right, measured."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path

import yaml
from django.db import models
from django.utils.translation import gettext_lazy as _

MEASURED = Path(__file__).resolve().parent / "data" / "resolver_certainty.yaml"


class Way(models.TextChoices):
    """By what a text was understood."""

    NAME = "name", _("the name of the genre")
    ALIAS = "alias", _("an alias of the genre")
    SPELLING = "spelling", _("a usual short name or spelling")
    KNOWN = "known", _("a known name, filed under the nearest genre here")
    SUFFIX = "suffix", _("how the name ends")
    PREFIX = "prefix", _("how the name begins")
    WORDS = "words", _("words inside the name")
    ENDING = "ending", _("how its last word ends")
    TAUGHT = "taught", _("what was decided of names with the same word")


class Doubt(models.TextChoices):
    """What speaks against an answer that was read from the words of a name."""

    NONE = "none", _("nothing speaks against it")
    STRANGE = "strange", _("other words of the name are unknown")
    SEVERAL = "several", _("other words name other genres")
    REGION = "region", _("only a region is named")
    WEAK = "weak", _("the word is a weak sign")


# the house itself says so
STATED = frozenset({Way.NAME, Way.ALIAS})
# answers of these kinds: how many were right, of how many
Counts = Mapping[tuple[Way, Doubt], tuple[int, int]]


def certainty(way: Way, doubt: Doubt, counts: Counts | None = None) -> float:
    """Give 0..1: the share of right answers, a little lower where few were measured.

    ``counts`` stand in the place of what was measured of all names.
    """
    if way in STATED:
        return 1.0
    right, of = (measured() if counts is None else counts).get((way, doubt), (0, 0))
    return smoothed(right, of)


def smoothed(right: int, of: int) -> float:
    """Count one right and one wrong answer more (Laplace): nothing is sure, and nothing is out."""
    return (right + 1) / (of + 2)


@functools.cache
def measured() -> Counts:
    rows = yaml.safe_load(MEASURED.read_text(encoding="utf-8"))
    return {
        (Way(way), Doubt(doubt)): (right, of)
        for way, doubts in rows.items()
        for doubt, (right, of) in doubts.items()
    }

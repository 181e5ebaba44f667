"""What the words in names of genres mean, whatever the house's own graph holds."""

from __future__ import annotations

import functools
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from enum import IntEnum
from pathlib import Path
from typing import Any

import yaml

from content.catalogue.names import match_key, split_words

GENRE_WORDS = Path(__file__).resolve().parent / "data" / "genre_words.yaml"


class Strength(IntEnum):
    """How loudly a word names a genre: the loudest of a name's words counts."""

    NEUTRAL = 0
    WEAK = 1
    MAKER = 2
    STRONG = 3


@dataclass(frozen=True)
class Sense:
    """What a word means: the keys of genres, the nearest first, and how loudly it says so."""

    chain: tuple[str, ...]
    strength: Strength = Strength.STRONG
    # "latin" of a word of that region
    region: str = ""
    # beside a broad word ("pop") the region is meant
    leads: bool = False
    broad: bool = False


@dataclass(frozen=True)
class Lexicon:
    """``senses`` and ``narrower`` go by match_key; ``endings`` stand with the longest first."""

    senses: Mapping[str, Sense]
    neutral: frozenset[str]
    endings: tuple[tuple[str, Sense], ...]
    # endings that are no more than a sign, and those that end words of no music too
    vague: frozenset[str]
    ordinary: frozenset[str]
    # "indie" as the head of "adelaide indie" is indie rock
    narrower: Mapping[str, str]
    # keys of what is written as one word: "deathstep", not "death metal"
    single: frozenset[str]

    def knows(self, key: str) -> bool:
        """Say whether a word means anything here, if only that it says nothing of the genre."""
        return key in self.neutral or key in self.senses

    def without(self, keys: Collection[str]) -> Lexicon:
        """Give a lexicon that never heard of these words."""
        senses = {key: sense for key, sense in self.senses.items() if key not in keys}
        return replace(self, senses=senses, neutral=self.neutral.difference(keys))


SECTIONS = {"strong": Strength.STRONG, "makers": Strength.MAKER, "weak": Strength.WEAK}


@functools.cache
def lexicon() -> Lexicon:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    data: dict[str, Any] = yaml.load(GENRE_WORDS.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506  # both are safe ones
    kinds: dict[str, list[str]] = data["kinds"]
    endings = [
        (ending, Sense(_chain(where, kinds)))
        for where, listed in data["endings"].items()
        for ending in listed
    ]
    senses = _senses(data)
    return Lexicon(
        senses=senses,
        neutral=frozenset(map(_key, _listed(data["neutral"]))) - senses.keys(),
        endings=tuple(sorted(endings, key=lambda pair: -len(pair[0]))),
        vague=frozenset(_listed(data["vague"])),
        ordinary=frozenset(_listed(data["ordinary"])),
        narrower={_key(word): match_key(name) for word, name in data["narrower"].items()},
        single=_single(data),
    )


def _senses(data: Mapping[str, Any]) -> dict[str, Sense]:
    """Read what the words mean; the loudest sense of a word stands."""
    broad = frozenset(map(_key, _listed(data["broad"])))
    senses: dict[str, Sense] = {}
    for section, strength in SECTIONS.items():
        for where, listed in data[section].items():
            region = where if where in data["regional"] else ""
            leads = section in data["regional"].get(where, ())
            chain = _chain(where, data["kinds"])
            for key in map(_key, _listed(listed)):
                senses.setdefault(key, Sense(chain, strength, region, leads, key in broad))
    return senses


def _single(data: Mapping[str, Any]) -> frozenset[str]:
    names = (
        name
        for section in SECTIONS
        for listed in data[section].values()
        for name in _listed(listed)
    )
    return frozenset(words[0] for name in names if len(words := split_words(name)) == 1)


def _key(words: str) -> str:
    return "".join(split_words(words))


def _listed(words: str) -> list[str]:
    return [word.strip() for word in words.split(",")]


def _chain(where: str, kinds: Mapping[str, Collection[str]]) -> tuple[str, ...]:
    """Spell out "house > electronic": a kind stands for all the names that graphs give it."""
    names = [name for step in where.split(" > ") for name in kinds.get(step, [step])]
    return tuple(dict.fromkeys(map(match_key, names)))

"""Find in the words of a name the one that says what kind of music it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from content.catalogue.certainty import Doubt, Way
from content.catalogue.lexicon import Strength
from content.catalogue.models import Genre

# words of the longest name that is looked for inside another one
LONGEST = 6


@dataclass(frozen=True)
class Meaning:
    """What some words mean; without a genre they are known, and say nothing of one."""

    strength: Strength
    genre: Genre | None = None
    # as in content.catalogue.lexicon.Sense
    region: str = ""
    leads: bool = False
    broad: bool = False


@dataclass(frozen=True)
class Head:
    """The words that name the genre, from ``start`` up to ``end``, and what speaks against it."""

    genre: Genre
    way: Way
    doubt: Doubt
    start: int
    end: int


@dataclass(frozen=True)
class Part:
    start: int
    end: int
    meaning: Meaning


# what some words of a name mean, where they mean anything
Look = Callable[[Sequence[str]], Meaning | None]


def find_head(words: Sequence[str], look: Look) -> Head | None:
    """Take the last of the loudest words: "jazz house" is house, and "jazz cello" jazz.

    A broad word gives way to the region that stands beside it: "colombian pop" is Latin pop,
    "ethiopian pop" African before it is pop.
    """
    parts = list(_parts(words, look))
    named = [part for part in parts if part.meaning.genre]
    if not named:
        return None
    loudest = max(part.meaning.strength for part in named)
    heads = [part for part in named if part.meaning.strength == loudest]
    several = len({part.meaning.genre for part in heads}) > 1
    chosen = heads[0]
    if chosen.meaning.broad or any(part.meaning.leads for part in heads):
        chosen = _of_region(words, parts, look) or chosen
    assert chosen.meaning.genre is not None  # noqa: S101  # all that are named have one
    doubt = Doubt.NONE
    if loudest < Strength.MAKER:
        doubt = Doubt.WEAK
    elif several:
        doubt = Doubt.SEVERAL
    elif sum(part.end - part.start for part in parts) < len(words):
        doubt = Doubt.STRANGE
    way = _way(chosen, parts, len(words))
    return Head(chosen.meaning.genre, way, doubt, chosen.start, chosen.end)


def _of_region(words: Sequence[str], parts: Sequence[Part], look: Look) -> Part | None:
    """Find the region's own of what a broad word names, or else a part that leads it."""
    broad = next((part for part in parts if part.meaning.broad), None)
    if broad is None:
        return None
    for region in (part.meaning.region for part in parts if part.meaning.region):
        own = look([region, *words[broad.start : broad.end]])
        if own and own.genre:
            return Part(broad.start, broad.end, own)
    return next((part for part in parts if part.meaning.leads and part.meaning.genre), None)


def _parts(words: Sequence[str], look: Look) -> Iterator[Part]:
    """Cut the words from the end into the longest parts that mean something."""
    end = len(words)
    while end:
        start = max(0, end - LONGEST)
        while start < end and (meaning := look(words[start:end])) is None:
            start += 1
        if start < end:
            yield Part(start, end, meaning)  # type: ignore[arg-type]  # found, or start were end
            end = start
        else:
            end -= 1


def _way(head: Part, parts: Sequence[Part], count: int) -> Way:
    """Say where the head stands, apart from words that say nothing; strange ones may say much."""
    silent: set[int] = set()
    if sum(part.end - part.start for part in parts) == count:
        silent = {
            place
            for part in parts
            if part.meaning.strength == Strength.NEUTRAL
            for place in range(part.start, part.end)
        }
    if silent.issuperset(range(head.end, count)):
        return Way.SUFFIX
    return Way.PREFIX if silent.issuperset(range(head.start)) else Way.WORDS

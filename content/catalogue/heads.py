"""Find in the words of a name the one that says what kind of music it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from content.catalogue.certainty import Doubt, Way
from content.catalogue.lexicon import Strength
from content.catalogue.models import Genre

# words of the longest name that is looked for inside another one
LONGEST = 6
# "music" in the languages that names of genres are in
MUSIC = frozenset(
    {"music", "musica", "musik", "musikk", "musique", "muzica", "muziek", "muzika", "muzyka"}
)


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

    Where the region beside it has an own kind of that, it is meant: "colombian pop" is Latin pop.
    Else a broad word gives way to the region: "ethiopian folk" is African before it is folk.
    """
    parts = list(_parts(words, look))
    named = [part for part in parts if part.meaning.genre]
    if not named:
        return None
    loudest = max(part.meaning.strength for part in named)
    heads = [part for part in named if part.meaning.strength == loudest]
    several = len({part.meaning.genre for part in heads}) > 1
    own = _regions_own(words, parts, heads, look)
    chosen = own or _leading(parts) or heads[0]
    strange = sum(part.end - part.start for part in parts) < len(words)
    doubt = Doubt.STRANGE if strange else Doubt.NONE
    if loudest < Strength.MAKER:
        region = None if strange else _only_region(words, named)
        chosen, doubt = (region, Doubt.REGION) if region else (chosen, Doubt.WEAK)
    elif several and not own:
        doubt = Doubt.SEVERAL
    way = _way(chosen, parts, len(words))
    assert chosen.meaning.genre is not None  # noqa: S101  # all that are named have one
    return Head(chosen.meaning.genre, way, doubt, chosen.start, chosen.end)


def _regions_own(
    words: Sequence[str], parts: Sequence[Part], heads: Sequence[Part], look: Look
) -> Part | None:
    """Find what the house calls a region's own of a loud word: Latin Rock, African Hip Hop."""
    regions = {part.meaning.region for part in parts if part.meaning.region}
    loud = [part for part in heads if not part.meaning.region]
    # words for two kinds of music leave open of which the region's own would be
    if len({part.meaning.genre for part in loud}) != 1:
        return None
    head = loud[0]
    for region in sorted(regions):
        own = look([region, *words[head.start : head.end]])
        if own and own.genre:
            return Part(head.start, head.end, own)
    return None


def _only_region(words: Sequence[str], named: Sequence[Part]) -> Part | None:
    """Find the region where it is all that is named: "musica angolana", "lao music"."""
    telling = [part for part in named if MUSIC.isdisjoint(words[part.start : part.end])]
    genres = {part.meaning.genre for part in telling if part.meaning.region}
    if len(genres) != 1 or not all(part.meaning.region for part in telling):
        return None
    return telling[0]


def _leading(parts: Sequence[Part]) -> Part | None:
    """Find the region that is meant more than the broad word beside it."""
    if not any(part.meaning.broad for part in parts):
        return None
    return next((part for part in parts if part.meaning.leads and part.meaning.genre), None)


def _parts(words: Sequence[str], look: Look) -> Iterator[Part]:
    """Cut the words from the end into the longest parts that mean something."""
    end = len(words)
    while end:
        longest = next(
            (
                Part(start, end, meaning)
                for start in range(max(0, end - LONGEST), end)
                if (meaning := look(words[start:end])) is not None
            ),
            None,
        )
        if longest:
            yield longest
        end = longest.start if longest else end - 1


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

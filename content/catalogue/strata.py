"""The kinds of names that a list holds, each of which may be understood better or worse."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from django.utils.translation import gettext

from content.catalogue.certainty import Counts, Way, measured
from content.catalogue.expected import Expected
from content.catalogue.heads import LONGEST
from content.catalogue.lexicon import Lexicon, lexicon
from content.catalogue.measure import Measured, measure
from content.catalogue.names import split_words
from content.catalogue.resolver import Resolver

# a letter or a place before the genre: "k-pop", "atl hip hop"
PREFIXES = frozenset(
    (
        *("atl", "c", "cali", "dmv", "hk", "j", "k", "la", "nl", "nyc", "nz", "ny", "q", "sa"),
        *("t", "uae", "uk", "us", "usa", "v"),
    )
)
SUFFIXES = ("core", "gaze", "hop", "pop", "rap", "step", "tronica", "wave")
# little words and ends of words that English names of genres do not have
ABROAD = frozenset(
    """
    da de del der det di do dos du el en fra la las le les los och og para per pour und van voor y
    musica musique musik musikk muziek muzyka muzika muzica nhac lagu
    """.split()  # noqa: SIM905  # fifty quotes would not make it clearer
)
ABROAD_ENDS = (
    *("ais", "aise", "ana", "ano", "eira", "eiro", "ena", "eno", "ense", "esa", "ina", "ino"),
    *("ische", "ois", "ska", "ske", "ski", "skie", "sky"),
)
# a quarter of the names is called popular where weights are given
POPULAR = 4
SPLITS = ("half", "root", "words", "place", "source", "weight")

PartOf = Callable[[Expected], str]


def strata(rows: Sequence[Expected]) -> dict[str, list[Expected]]:
    """Sort the names into kinds, by the kind's name; a name may be of several."""
    parts: dict[str, list[Expected]] = defaultdict(list)
    by_weight = _popularity(rows)
    several = len({row.source for row in rows}) > 1
    for row in rows:
        for kind in (*_kinds(row), *([row.source] if several else []), by_weight(row)):
            if kind:
                parts[kind].append(row)
    return dict(sorted(parts.items()))


def _popularity(rows: Sequence[Expected]) -> PartOf:
    """Tell the heaviest quarter from the rest; where all weigh the same, say nothing."""
    weights = sorted((row.weight for row in rows), reverse=True)
    if not weights or weights[0] == weights[-1]:
        return lambda _row: ""
    limit = weights[len(weights) // POPULAR]
    return lambda row: gettext("popular") if row.weight > limit else gettext("rare")


def _kinds(row: Expected) -> Iterable[str]:
    words = split_words(row.name)
    yield _length(words)
    if words and words[0] in PREFIXES and len(words) > 1:
        yield gettext("begins with a letter or place: k-, uk, atl")
    if _is_abroad(words, row.name):
        yield gettext("not English, as far as can be seen")
    for ending in SUFFIXES:
        if words and words[-1].endswith(ending) and words[-1] != ending:
            yield gettext("ends with -{ending}").format(ending=ending)


def _length(words: Sequence[str]) -> str:
    if len(words) < 2:
        return gettext("one word")
    return gettext("two words") if len(words) == 2 else gettext("three words or more")


def _is_abroad(words: Sequence[str], name: str) -> bool:
    """Guess whether a name is of another language: by its letters, little words or ends."""
    return (
        not name.isascii()
        or not ABROAD.isdisjoint(words)
        or any(word.endswith(ABROAD_ENDS) and len(word) > 5 for word in words)
    )


def _halves(rows: Sequence[Expected], *, seed: int) -> PartOf:
    """Cut the names in two by chance, the same way for the same seed."""
    names = sorted(row.name for row in rows)
    random.Random(seed).shuffle(names)  # noqa: S311  # no secret
    first = set(names[: len(names) // 2])
    return lambda row: gettext("one half") if row.name in first else gettext("the other half")


def _place_of(row: Expected) -> str:
    """Give the word of a region or place beside the genre: the first that is one."""
    senses = lexicon().senses
    words = split_words(row.name)
    place = next((word for word in words if word in senses and senses[word].region), "")
    return senses[place].region if place else gettext("no word of a region")


def part_of(split: str, rows: Sequence[Expected], *, seed: int) -> PartOf:
    """Say which part of a split (one of SPLITS) a name is in."""
    by: dict[str, PartOf] = {
        "half": _halves(rows, seed=seed),
        "root": lambda row: (row.roots or [gettext("none")])[0],
        "words": lambda row: _length(split_words(row.name)),
        "place": _place_of,
        "source": lambda row: row.source,
        "weight": _popularity(rows),
    }
    return by[split]


def crossed(
    rows: Sequence[Expected], resolver: Resolver, *, split: PartOf, threshold: float
) -> dict[str, tuple[Measured, Measured]]:
    """Measure each part as it is, and by what the other parts alone could have taught.

    For the second, words that no name of another part has are forgotten, and the confidence is
    counted on the other parts.
    """
    parts: dict[str, list[Expected]] = defaultdict(list)
    for row in rows:
        parts[split(row)].append(row)
    results = {}
    for name, part in sorted(parts.items()):
        others = [row for row in rows if split(row) != name]
        ignorant = resolver.but(
            words=_words_of(others, lexicon(), part),
            counts=_counts(others, resolver, threshold=threshold),
        )
        results[name] = (
            measure(part, resolver, threshold=threshold),
            # whoever labels knows all the words
            measure(part, ignorant, threshold=threshold, judge=resolver),
        )
    return results


def _words_of(others: Iterable[Expected], words: Lexicon, part: Iterable[Expected]) -> Lexicon:
    mine = {key for row in part for key in _pieces(row.name)}
    return words.without(mine - {key for row in others for key in _pieces(row.name)})


def _pieces(name: str) -> Iterable[str]:
    words = split_words(name)
    for start in range(len(words)):
        for end in range(start + 1, min(start + LONGEST, len(words)) + 1):
            yield "".join(words[start:end])


def _counts(others: Sequence[Expected], resolver: Resolver, *, threshold: float) -> Counts:
    # the end of a word is counted on the words of the lexicon, not on these names
    endings = {kind: counts for kind, counts in measured().items() if kind[0] == Way.ENDING}
    return {**measure(others, resolver, threshold=threshold).by_kind, **endings}

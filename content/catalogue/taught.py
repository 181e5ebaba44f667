"""What the decisions about names teach of others: words that nobody else explains."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from content.catalogue.lexicon import Strength, lexicon
from content.catalogue.models import UnresolvedGenre
from content.catalogue.names import split_words

# letters of a word that says something of the name that it stands in
SHORTEST = 3
# as many names as are looked at for one that is settled
MOST_COMPARED = 500

# word → the ids of the genres that names with it were decided to mean, and how often
Taught = Mapping[str, Counter[int]]


@dataclass(frozen=True)
class Lesson:
    """What the names with a word were decided to mean: a genre's id, how often, of how many."""

    word: str
    genre: int
    right: int
    of: int


def teach(aliases: Iterable[tuple[str, int]], *, knows: Callable[[str], bool]) -> Taught:
    """Count for each word that says nothing yet what the aliases (name, genre id) with it mean."""
    taught: dict[str, Counter[int]] = defaultdict(Counter)
    for name, genre in aliases:
        for word in _telling(split_words(name)):
            if not knows(word):
                taught[word][genre] += 1
    return taught


def hear(words: Sequence[str], taught: Taught) -> Lesson | None:
    """Find the word of a name about which the decisions agree most, if any was decided."""
    lessons = [
        Lesson(word, *taught[word].most_common(1)[0], taught[word].total())
        for word in _telling(words)
        if word in taught
    ]
    return max(lessons, key=lambda lesson: (lesson.right / lesson.of, lesson.of), default=None)


def names_alike(
    unresolved: UnresolvedGenre, *, among: QuerySet[UnresolvedGenre] | None = None
) -> list[UnresolvedGenre]:
    """Give the waiting names that share a telling word with this one, the most seen first.

    Of the MOST_COMPARED that were seen most; one query. ``among`` says what to read with them.
    """
    mine = {word for word in _telling(split_words(unresolved.name)) if not says_enough(word)}
    if not mine:
        return []
    some = Q()
    for word in mine:
        some |= Q(key__contains=word)
    rows = UnresolvedGenre.objects.all() if among is None else among
    near = rows.filter(some, settled_at__isnull=True).exclude(pk=unresolved.pk)
    compared = near.select_related("suggestion").order_by("-seen", "name")[:MOST_COMPARED]
    return [row for row in compared if mine & set(split_words(row.name))]


def says_enough(word: str) -> bool:
    """Say whether a word is known so well that names which share it need no person's decision."""
    words = lexicon()
    sense = words.senses.get(word)
    return word in words.neutral or (sense is not None and sense.strength > Strength.WEAK)


def _telling(words: Iterable[str]) -> list[str]:
    return [word for word in words if len(word) >= SHORTEST and not word.isdigit()]

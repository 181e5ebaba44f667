"""What the decisions about names teach of others: words that nobody else explains."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from content.catalogue.lexicon import lexicon
from content.catalogue.models import Genre, UnresolvedGenre
from content.catalogue.names import split_words

# letters of a word that says something of the name that it stands in
SHORTEST = 3
# as many names as are looked at for one that is settled
MOST_COMPARED = 500

# word → the genres that names with it were decided to mean, and how often
Taught = Mapping[str, Counter[Genre]]


@dataclass(frozen=True)
class Lesson:
    """What the names with a word were decided to mean: a genre, how often, of how many."""

    word: str
    genre: Genre
    right: int
    of: int


def teach(decided: Iterable[tuple[str, Genre]], *, knows: Callable[[str], bool]) -> Taught:
    """Count for each word that is not known what the names with it were decided to mean."""
    taught: dict[str, Counter[Genre]] = defaultdict(Counter)
    for name, genre in decided:
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
    """Give the waiting names that share an unknown word with this one, the most seen first.

    Of the MOST_COMPARED that were seen most; one query. ``among`` are the waiting ones, where more
    is to be read of them.
    """
    mine = {word for word in _telling(split_words(unresolved.name)) if not lexicon().knows(word)}
    if not mine:
        return []
    some = Q()
    for word in mine:
        some |= Q(key__contains=word)
    rows = UnresolvedGenre.objects.waiting() if among is None else among
    near = rows.filter(some).exclude(pk=unresolved.pk)
    compared = near.select_related("suggestion").order_by("-seen", "name")[:MOST_COMPARED]
    return [row for row in compared if mine & set(split_words(row.name))]


def _telling(words: Iterable[str]) -> list[str]:
    return [word for word in words if len(word) >= SHORTEST and not word.isdigit()]

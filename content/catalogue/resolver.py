"""From a genre as somebody wrote it to the genre it means, or into the queue for a person."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from django.db.models import F
from django.utils import timezone

from content.catalogue.models import Genre, GenreAlias, UnresolvedGenre
from content.catalogue.names import match_key, split_words
from content.catalogue.spellings import spellings
from content.text import clean_line

# how alike a known name must be to be offered to the person who settles
NEAR = 0.75
# a text of more words is a sentence, and a genre found in it would be chance
MOST_WORDS = 10
# letters of a part that may stand for the whole: "rap", but not "la"
SHORTEST_PART = 3
# "anti-folk" is not folk
TURNING_WORDS = frozenset({"anti", "no", "non", "not"})


@dataclass
class Miss:
    """A name that nothing explains: how often one reading met it, and where first."""

    name: str
    key: str
    example: str
    seen: int = 0


class Resolver:
    """All names and aliases in memory, for many look-ups; ``save_misses`` ends the reading."""

    def __init__(self, genres: Mapping[str, Genre]) -> None:
        """Take the genres by the keys of their names and aliases."""
        self.genres = genres
        self.misses: dict[str, Miss] = {}
        self._found: dict[str, Genre | None] = {}

    @classmethod
    def load(cls) -> Self:
        genres = Genre.objects.in_bulk()
        by_key = {
            key: genres[pk]
            for key, pk in GenreAlias.objects.values_list("key", "genre_id")
            if pk in genres
        }
        return cls(by_key | {genre.key: genre for genre in genres.values()})

    def find(self, text: str) -> Genre | None:
        """Find the genre by its name, an alias, a usual short name, or the words of a micro-genre.

        "atl hip hop" is found by the longest known name that ends it, "reggaeton colombiano"
        by the one that starts it.
        """
        if text not in self._found:
            words = split_words(text)
            self._found[text] = (
                self.genres.get(match_key(text)) or self._known(words) or self._guess(words)
            )
        return self._found[text]

    def resolve(self, text: str, *, example: str = "") -> Genre | None:
        """Find the genre, or note the miss for ``save_misses``; an empty text is no miss."""
        genre = self.find(text)
        name = clean_line(text)[:200].strip()
        if genre is None and name:
            key = match_key(name)[:200]
            miss = self.misses.setdefault(key, Miss(name, key, clean_line(example)[:300]))
            miss.seen += 1
        return genre

    def suggest(self, key: str) -> Genre | None:
        """Find the genre whose name or alias is spelt most like the key, if any is near."""
        near = difflib.get_close_matches(key, self.genres, n=1, cutoff=NEAR)
        return self.genres[near[0]] if near else None

    def save_misses(self, *, now: datetime) -> int:
        """Put the misses into the queue and give the number of new ones.

        ``seen`` becomes the most that one reading met, so that reading a file again adds nothing.
        """
        new = 0
        for miss in self.misses.values():
            row, made = self._queue(miss, now)
            new += made
            if not made and (row.seen < miss.seen or row.settled_at):
                UnresolvedGenre.objects.filter(pk=row.pk).update(
                    seen=max(row.seen, miss.seen), settled_at=None
                )
        self.misses.clear()
        return new

    def count_misses(self, *, now: datetime) -> None:
        """Put the misses into the queue, each adding to how often its name was seen."""
        for miss in self.misses.values():
            row, made = self._queue(miss, now)
            if not made:
                # settled before, and yet unknown: somebody took the alias away
                UnresolvedGenre.objects.filter(pk=row.pk).update(
                    seen=F("seen") + miss.seen, settled_at=None
                )
        self.misses.clear()

    def _queue(self, miss: Miss, now: datetime) -> tuple[UnresolvedGenre, bool]:
        row = UnresolvedGenre.objects.filter(key=miss.key).first()
        if row:
            return row, False
        return UnresolvedGenre.objects.get_or_create(
            key=miss.key,
            defaults={
                "name": miss.name,
                "seen": miss.seen,
                "example": miss.example,
                "suggestion": self.suggest(miss.key),
                "first_seen_at": now,
            },
        )

    def _known(self, words: Sequence[str]) -> Genre | None:
        return next((self.genres[key] for key in spellings(words) if key in self.genres), None)

    def _guess(self, words: Sequence[str]) -> Genre | None:
        if len(words) > MOST_WORDS or not TURNING_WORDS.isdisjoint(words):
            return None
        return next(filter(None, map(self._known, _parts(words))), None)


def resolve_genre(text: str, *, example: str = "") -> Genre | None:
    """Find the genre that a text means; None puts the text into the queue for a person.

    ``example`` says where it was seen, for whoever settles it. For many texts, use Resolver.
    """
    resolver = Resolver.load()
    genre = resolver.resolve(text, example=example)
    resolver.count_misses(now=timezone.now())
    return genre


def _parts(words: Sequence[str]) -> Iterator[Sequence[str]]:
    """Give the parts that may name the genre: ends first, then starts, then what lies inside.

    The head of an English name stands last, of a Spanish one first; inside, one word is too weak
    a sign.
    """
    count = len(words)
    ends = (words[start:] for start in range(1, count))
    starts = (words[:end] for end in range(count - 1, 0, -1))
    yield from (part for part in (*ends, *starts) if len("".join(part)) >= SHORTEST_PART)
    for length in range(count - 2, 1, -1):
        for start in range(1, count - length):
            yield words[start : start + length]

"""From a genre as somebody wrote it to the genre it means, and how sure that is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from django.conf import settings
from django.utils import timezone
from rapidfuzz import process
from rapidfuzz.distance import Indel

from content.catalogue.certainty import Counts, Doubt, Way, certainty, smoothed
from content.catalogue.heads import Meaning, find_head
from content.catalogue.lexicon import Lexicon, Sense, Strength, lexicon
from content.catalogue.models import Genre, GenreAlias, GenreClosure
from content.catalogue.names import match_key, split_words
from content.catalogue.spellings import spellings
from content.catalogue.taught import hear, teach
from content.catalogue.unresolved import Miss, add_misses, keep_misses, queue_key, queue_name
from content.text import clean_line

# how alike a known name must be to be offered to the person who settles; and where it is so
# alike that a slip of the pen is likelier than what its words say
NEAR, SLIPPED = 0.75, 0.9
# a text of more words is a sentence, and a genre found in it would be chance
MOST_WORDS = 10
# letters of a part that may stand for the whole: "rap", but not "la"
SHORTEST_PART = 3
# letters of an ending, and of what stands before it, that are more than chance
CLEAR_ENDING = 4
SHORTEST_ROOT = 2
# "anti-folk" is not folk
TURNING_WORDS = frozenset({"anti", "no", "non", "not"})


@dataclass(frozen=True)
class Resolution:
    """What a text means; ``confidence`` says how often answers of its kind are right."""

    genre: Genre
    # 0..1, measured: content.catalogue.certainty
    confidence: float
    way: Way
    # the part of the text that named the genre
    matched: str
    doubt: Doubt = Doubt.NONE


class Resolver:
    """All names and aliases in memory, for many look-ups; ``save_misses`` ends the reading.

    Beside the house's own names it knows what the words of the field mean, and takes the nearest
    genre that the house has.
    """

    def __init__(
        self,
        names: Mapping[str, Genre],
        aliases: Mapping[str, Genre],
        above: Mapping[int, Collection[int]],
        *,
        words: Lexicon | None = None,
        counts: Counts | None = None,
        decided: Iterable[tuple[str, Genre]] = (),
    ) -> None:
        """Take genres by the keys of names and aliases; ``above`` has each genre's ancestors.

        ``words`` and ``counts`` stand in the place of the field's words and how sure they are;
        ``decided`` are aliases, as they are written, with their genres.
        """
        self.genres = {**aliases, **names}
        self.names = names
        self.misses: dict[str, Miss] = {}
        self._above = above
        self._lexicon = words or lexicon()
        self._counts = counts
        self._threshold: float = settings.GENRE_CONFIDENCE
        self._found: dict[str, Resolution | None] = {}
        self._meanings: dict[str, Meaning | None] = {}
        self._taught = teach(decided, knows=self._knows)

    def but(self, *, words: Lexicon, counts: Counts) -> Self:
        """Give a resolver of the same house that knows other words."""
        aliases = {key: genre for key, genre in self.genres.items() if key not in self.names}
        return type(self)(self.names, aliases, self._above, words=words, counts=counts)

    @classmethod
    def load(cls) -> Self:
        genres = Genre.objects.in_bulk()
        rows = GenreAlias.objects.values_list("key", "name", "genre_id")
        known = [(key, name, genres[pk]) for key, name, pk in rows if pk in genres]
        aliases = {key: genre for key, _, genre in known}
        decided = [(name, genre) for _, name, genre in known]
        above: dict[int, set[int]] = defaultdict(set)
        for below, ancestor in GenreClosure.objects.values_list("descendant_id", "ancestor_id"):
            above[below].add(ancestor)
        names = {genre.key: genre for genre in genres.values()}
        return cls(names, aliases, above, decided=decided)

    def find(self, text: str) -> Genre | None:
        """Find the genre by its name, an alias, a usual short name, or the words of a micro-genre.

        None where the answer would be less sure than GENRE_CONFIDENCE.
        """
        found = self.explain(text)
        return found.genre if found and found.confidence >= self._threshold else None

    def explain(self, text: str) -> Resolution | None:
        """Say what a text means, however unsure, and by what that was understood."""
        if text not in self._found:
            self._found[text] = self._explain(text)
        return self._found[text]

    def is_at_or_below(self, genre: Genre, other: Genre) -> bool:
        return other.pk in {genre.pk, *self._above.get(genre.pk, ())}

    def resolve(self, text: str, *, example: str = "") -> Genre | None:
        """Find the genre, or note the miss for ``save_misses``; an empty text is no miss."""
        genre = self.find(text)
        name = queue_name(text)
        if genre is None and name:
            key = queue_key(name)
            miss = self.misses.setdefault(key, Miss(name, key, clean_line(example)[:300]))
            miss.seen += 1
        return genre

    def _suggest(self, miss: Miss) -> None:
        """Offer what its words say, or the genre whose name or alias is spelt most like it."""
        guess = self.explain(miss.name)
        near = process.extractOne(
            miss.key,
            self.genres.keys(),
            scorer=Indel.normalized_similarity,
            score_cutoff=SLIPPED if guess else NEAR,
        )
        if near:
            miss.suggestion = self.genres[near[0]]
        elif guess:
            miss.suggestion, miss.confidence = guess.genre, guess.confidence

    def save_misses(self, *, now: datetime) -> int:
        """Put the misses of this reading into the queue and give the number of new ones."""
        return keep_misses(self._take_misses(), now=now)

    def count_misses(self, *, now: datetime) -> None:
        """Put the misses into the queue, each adding to how often its name was seen."""
        add_misses(self._take_misses(), now=now)

    def _take_misses(self) -> list[Miss]:
        misses = list(self.misses.values())
        self.misses.clear()
        for miss in misses:
            self._suggest(miss)
        return misses

    # --- the whole name --------------------------------------------------------------------

    def _explain(self, text: str) -> Resolution | None:
        key, words = match_key(text), split_words(text)
        if key in self.genres:
            way = Way.NAME if key in self.names else Way.ALIAS
            return self._answer(self.genres[key], way, text)
        spelt = self._spelt(words)
        if spelt:
            return self._answer(spelt, Way.SPELLING, text)
        sense = self._lexicon.senses.get(key)
        known = sense and sense.strength > Strength.WEAK and self.nearest(sense)
        return self._answer(known, Way.KNOWN, text) if known else self._read(words)

    def _spelt(self, words: Sequence[str]) -> Genre | None:
        return next((self.genres[key] for key in spellings(words) if key in self.genres), None)

    def nearest(self, sense: Sense) -> Genre | None:
        return next((self.genres[key] for key in sense.chain if key in self.genres), None)

    def _answer(
        self, genre: Genre, way: Way, matched: str, doubt: Doubt = Doubt.NONE
    ) -> Resolution:
        sure = certainty(way, doubt, self._counts)
        return Resolution(genre, sure, way, clean_line(matched), doubt)

    # --- its words -------------------------------------------------------------------------

    def _read(self, words: Sequence[str]) -> Resolution | None:
        if len(words) > MOST_WORDS or not TURNING_WORDS.isdisjoint(words):
            return None
        named = self._by_head(words)
        if named and named.doubt != Doubt.WEAK:
            return named
        ended = self._by_ending(words)
        if named:
            return ended if ended and ended.doubt == Doubt.NONE else named
        if ended and ended.doubt != Doubt.WEAK:
            return ended
        return self._by_decisions(words) or ended

    def _by_head(self, words: Sequence[str]) -> Resolution | None:
        head = find_head(words, self._mean)
        if head is None:
            return None
        matched = " ".join(words[head.start : head.end])
        return self._answer(head.genre, head.way, matched, head.doubt)

    def _by_decisions(self, words: Sequence[str]) -> Resolution | None:
        """Read a name as others were decided that share a word with it that nothing explains."""
        lesson = hear(words, self._taught)
        if lesson is None:
            return None
        sure = smoothed(lesson.right, lesson.of)
        return Resolution(lesson.genre, sure, Way.TAUGHT, lesson.word)

    def _knows(self, word: str) -> bool:
        return word in self.genres or self._lexicon.knows(word)

    def _mean(self, words: Sequence[str]) -> Meaning | None:
        key = "".join(words)
        if key not in self._meanings:
            self._meanings[key] = self._meaning(key, words)
        return self._meanings[key]

    def _meaning(self, key: str, words: Sequence[str]) -> Meaning | None:
        if key in self._lexicon.neutral:
            return Meaning(Strength.NEUTRAL)
        sense = self._lexicon.senses.get(key)
        own = self._spelt(words) if len(key) >= SHORTEST_PART else None
        narrower = self.genres.get(self._lexicon.narrower.get(key, ""))
        if sense is None:
            return Meaning(Strength.STRONG, own) if own else None
        genre = narrower or (own if own and self._agrees(own, sense) else self.nearest(sense))
        if genre is None:
            # a house without the region may still have its pop
            return Meaning(Strength.NEUTRAL, region=sense.region) if sense.region else None
        return Meaning(sense.strength, genre, sense.region, sense.leads, sense.broad)

    def _agrees(self, genre: Genre, sense: Sense) -> bool:
        """Say whether the house files a genre as the field does: its trap may be UK garage."""
        above = set(self._above.get(genre.pk, ())) - {genre.pk}
        wanted = {self.genres[key].pk for key in sense.chain if key in self.genres}
        return not above or not wanted or not wanted.isdisjoint({genre.pk, *above})

    def _by_ending(self, words: Sequence[str]) -> Resolution | None:
        """Read a word that was made of two: deutschrock, deathstep."""
        return next((found for word in reversed(words) if (found := self.by_ending(word))), None)

    def by_ending(self, word: str) -> Resolution | None:
        """Read a folded word by its end alone, whatever else is known of it."""
        for ending, sense in self._lexicon.endings:
            root = word.removesuffix(ending)
            if root == word or len(root) < SHORTEST_ROOT:
                continue
            known = self._lexicon.knows(root)
            genre = self.nearest(sense) if known or len(ending) >= CLEAR_ENDING else None
            if genre:
                doubt = self._doubt_of(ending, known=known)
                return self._answer(genre, Way.ENDING, ending, doubt)
        return None

    def _doubt_of(self, ending: str, *, known: bool) -> Doubt:
        if ending in self._lexicon.vague:
            return Doubt.WEAK
        if known:
            return Doubt.NONE
        return Doubt.WEAK if ending in self._lexicon.ordinary else Doubt.STRANGE


def resolve_genre(text: str, *, example: str = "") -> Genre | None:
    """Find the genre that a text means; None puts the text into the queue for a person.

    ``example`` says where it was seen, for whoever settles it. For many texts, use Resolver.
    """
    resolver = Resolver.load()
    genre = resolver.resolve(text, example=example)
    resolver.count_misses(now=timezone.now())
    return genre

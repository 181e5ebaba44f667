"""The texts of the demo's posts: by hand, or put together from facts; the same for one seed."""

from __future__ import annotations

import dataclasses
import random
import string
from collections.abc import Iterator, Sequence
from typing import Any, Generic, TypeVar

from hub.demo.material import ArtistFacts, Authored, Material, Record, SpokeFacts

T = TypeVar("T")

# how a desk divides its work
KINDS = (
    *("release", "feature", "playlist", "video", "release", "interview"),
    *("feature", "tour", "release", "video", "playlist"),
)
# facts that take a sentence or more: one post says each of them once
LONG_FACTS = frozenset({"note", "other_note", "about", "lesson_text", "genre_about", "family"})
# names of music, set apart in a body
MUSIC = ("album", "track", "other_track")
WEEKDAYS = ("Thursday", "Friday", "Saturday", "Sunday")
PLAYLIST_LENGTH = 8
TITLE_TRIES = 40
LISTEN = "https://listen.example.com"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Draft:
    """A post as its writer hands it in; names stand for rows."""

    spoke: SpokeFacts
    kind: str
    title: str
    teaser: str
    body: str
    tags: tuple[str, ...]
    artists: tuple[str, ...] = ()
    records: tuple[Record, ...] = ()
    genres: tuple[str, ...] = ()
    # in percent, one for each genre; without any they are equal parts
    shares: tuple[int, ...] = ()

    @property
    def explicit(self) -> bool:
        return any(record.explicit for record in self.records)


@dataclasses.dataclass(frozen=True)
class Subject:
    """What one post is about: the words to fill in, and the rows behind them."""

    words: dict[str, Any]
    artists: tuple[str, ...]
    records: tuple[Record, ...]
    genres: tuple[str, ...] = ()
    # the entry of texts.yaml for titles, teasers and openings, when not the usual one
    prefix: str = ""


class Deck(Generic[T]):
    """Cards in a shuffled order, dealt anew when all are gone."""

    def __init__(self, cards: Sequence[T], chance: random.Random) -> None:
        self.cards = list(cards)
        self.chance = chance
        self._left: list[T] = []

    def draw(self) -> T:
        if not self._left:
            self._left = self.chance.sample(self.cards, len(self.cards))
        return self._left.pop()


class Desk:
    """One spoke's desk: its shelf of artists, and decks of what it may write about next."""

    def __init__(self, spoke: SpokeFacts, material: Material, chance: random.Random) -> None:
        self.spoke = spoke
        self.chance = chance
        artists = [a for a in material.artists.values() if material.home_of(a) is spoke]
        self.records = [record for artist in artists for record in artist.records]
        below = material.at_or_below(spoke.genre)
        own = {genre for artist in artists for genre in artist.genres}
        self.kinds = Deck(KINDS, chance)
        self.albums = Deck([record for record in self.records if record.album], chance)
        self.any_record = Deck(self.records, chance)
        self.lessons = Deck(spoke.lessons, chance)
        self.sounds = Deck(spoke.sounds, chance)
        self.moments = Deck(spoke.moments, chance)
        self.genres = Deck(sorted(below & own), chance)


class Writer:
    """Hands in one draft after the other; no two have the same title."""

    def __init__(self, material: Material, *, seed: int, year: int) -> None:
        self.material = material
        self.year = year
        self.chance = random.Random(seed)  # noqa: S311  # texts, no secrets
        self.desks = [Desk(spoke, material, self.chance) for spoke in material.spokes]
        self._decks: dict[tuple[str, str], Deck[str]] = {}
        self._titles: set[str] = set()
        self._reviewed: set[Record] = set()

    def drafts(self, count: int) -> list[Draft]:
        """Write ``count`` drafts: those by hand spread among the others."""
        by_hand = [self._by_hand(authored) for authored in self.material.authored[:count]]
        rest = self._put_together()
        drafts = [next(rest) for _ in range(count - len(by_hand))]
        for draft in by_hand:
            drafts.insert(self.chance.randint(0, len(drafts)), draft)
        return drafts

    def _by_hand(self, authored: Authored) -> Draft:
        self._titles.add(authored.title)
        spoke = next(spoke for spoke in self.material.spokes if spoke.name == authored.desk)
        records = [self.material.artists[name].records[0] for name in authored.artists]
        told = [record for record in records if record.track in authored.body]
        return Draft(
            spoke=spoke,
            kind=authored.kind,
            title=authored.title,
            teaser=authored.teaser,
            body=authored.body,
            tags=authored.tags,
            artists=authored.artists,
            records=tuple(told),
            genres=authored.genres,
            shares=authored.shares,
        )

    def _put_together(self) -> Iterator[Draft]:
        while True:
            for desk in self.chance.sample(self.desks, len(self.desks)):
                yield self._draft(desk, desk.kinds.draw())

    def _draft(self, desk: Desk, kind: str) -> Draft:
        subject, title = self._new_subject(desk, kind)
        said: set[str] = set()
        body = [
            self._piece(kind, subject.prefix + "openings", subject, said),
            *self._middle(kind, subject, said),
            self._piece(kind, "closings", subject, said),
        ]
        teaser = self._piece(kind, subject.prefix + "teasers", subject, said).replace("*", "")
        return Draft(
            spoke=desk.spoke,
            kind=kind,
            title=title,
            teaser=teaser,
            body="\n\n".join(filter(None, body)),
            tags=self._tags(kind, subject),
            artists=subject.artists,
            records=subject.records,
            genres=subject.genres,
        )

    def _new_subject(self, desk: Desk, kind: str) -> tuple[Subject, str]:
        for _ in range(TITLE_TRIES):
            subject = self._subject(desk, kind)
            name = subject.prefix + "titles"
            if kind == "release" and subject.words["age"] % 5 == 0:
                name = "anniversary"
            title = _sentence(self._deck(kind, name).draw().format(**subject.words))
            reviewed = kind == "release" and subject.records[0] in self._reviewed
            if title not in self._titles and not reviewed:
                break
        title = self._unlike_others(title)
        self._titles.add(title)
        if kind == "release":
            self._reviewed.add(subject.records[0])
        return subject, title

    def _unlike_others(self, title: str) -> str:
        if title not in self._titles:
            return title
        part = 2
        while f"{title}, part {part}" in self._titles:
            part += 1
        return f"{title}, part {part}"

    def _middle(self, kind: str, subject: Subject, said: set[str]) -> list[str]:
        if kind == "interview":
            return self._conversation(subject)
        count = self.chance.choice((1, 1, 2)) if kind in {"release", "tour", "video"} else 1
        return [self._piece(kind, "middles", subject, said) for _ in range(count)]

    def _conversation(self, subject: Subject) -> list[str]:
        asked = self.chance.sample(subject.words["qa"], 3)
        about_a_record = {
            "q": self._deck("interview", "record_questions").draw(),
            "a": self._deck("interview", "record_answers").draw(),
        }
        asked.insert(self.chance.randint(1, 3), about_a_record)
        answers = [_fill(row["a"], subject.words) for row in asked]
        questions = [row["q"].format(**subject.words) for row in asked]
        return [f"**{q}**  \n{a}" for q, a in zip(questions, answers, strict=True)]

    def _piece(self, kind: str, name: str, subject: Subject, said: set[str]) -> str:
        """Draw a piece that repeats nothing; the last one drawn when there is none such."""
        deck = self._deck(kind, name)
        for _ in deck.cards:
            piece = deck.draw()
            facts = LONG_FACTS.intersection(_fields(piece))
            if said.isdisjoint(facts):
                said |= facts
                return _fill(piece, subject.words)
        return ""

    def _deck(self, kind: str, name: str) -> Deck[str]:
        if (kind, name) not in self._decks:
            self._decks[kind, name] = Deck(self.material.texts[kind][name], self.chance)
        return self._decks[kind, name]

    # --- subjects -----------------------------------------------------------------------------

    def _subject(self, desk: Desk, kind: str) -> Subject:
        if kind == "playlist":
            return self._playlist(desk)
        if kind == "feature" and self.chance.random() < 0.4:
            return self._genre_guide(desk)
        record = desk.albums.draw()
        words = self._words(desk, record)
        genres = (desk.spoke.genre,) if kind in {"interview", "tour"} else ()
        if kind == "tour":
            words["theme"] = self._deck("tour", "themes").draw().format(**words)
        return Subject(words, (record.artist,), (record,), genres)

    def _playlist(self, desk: Desk) -> Subject:
        length = min(PLAYLIST_LENGTH, len(desk.records))
        picked = self.chance.sample(desk.records, length)
        years = [record.year for record in picked]
        words = {
            **self._words(desk, picked[0], other=picked[-1]),
            "first_year": min(years),
            "last_year": max(years),
            "tracklist": "\n".join(
                f"{number}. {record.artist} – *{record.track}* ({record.year})"
                for number, record in enumerate(picked, 1)
            ),
        }
        words["theme"] = self._deck("playlist", "themes").draw().format(**words)
        artists = tuple(dict.fromkeys(record.artist for record in picked))
        return Subject(words, artists, tuple(picked), (desk.spoke.genre,))

    def _genre_guide(self, desk: Desk) -> Subject:
        genre = desk.genres.draw()
        heard = [
            record
            for record in desk.records
            if record.album and genre in self.material.artists[record.artist].genres
        ]
        record = self.chance.choice(heard or desk.albums.cards)
        words = self._words(desk, record, genre=genre)
        return Subject(words, (record.artist,), (record,), (genre,), prefix="genre_")

    def _words(
        self, desk: Desk, record: Record, *, other: Record | None = None, genre: str = ""
    ) -> dict[str, Any]:
        spoke, artist = desk.spoke, self.material.artists[record.artist]
        other = other or self._other(desk, record)
        genre = genre or artist.genres[0]
        lesson = desk.lessons.draw()
        return {
            **_about_record(record, artist),
            "age": self.year - record.year,
            "other": other.artist,
            "other_track": other.track,
            "other_note": other.note,
            "genre": genre,
            "second_genre": self._second_genre(artist, genre, spoke),
            "genre_about": self.material.genres[genre].about,
            "family": self._family(genre),
            "lesson": lesson["title"],
            "lesson_lower": lesson["title"][0].lower() + lesson["title"][1:],
            "lesson_text": lesson["text"],
            "sound": desk.sounds.draw(),
            "moment": desk.moments.draw(),
            **self._about_desk(spoke),
        }

    def _about_desk(self, spoke: SpokeFacts) -> dict[str, Any]:
        answer = self.chance.choice([row for row in spoke.qa if len(row["a"]) < 90])
        return {
            "desk": spoke.name,
            "curator": spoke.curator["name"],
            "first": spoke.curator["name"].split()[0],
            "role": spoke.curator["role"],
            "room": spoke.room["name"],
            "city": spoke.room["city"],
            "weekday": self.chance.choice(WEEKDAYS),
            "qa": spoke.qa,
            "short_q": answer["q"],
            "short_a": answer["a"].rstrip("."),
        }

    def _other(self, desk: Desk, record: Record) -> Record:
        others = [other for other in desk.records if other.artist != record.artist]
        return self.chance.choice(others)

    def _second_genre(self, artist: ArtistFacts, genre: str, spoke: SpokeFacts) -> str:
        others = [name for name in (*artist.genres, spoke.genre) if name != genre]
        return others[0] if others else "its neighbours"

    def _family(self, genre: str) -> str:
        parents = self.material.genres[genre].parents
        children = [row.name for row in self.material.genres.values() if genre in row.parents]
        above = f"In our tree it stands under {_listed(parents)}" if parents else ""
        below = f"{_listed(children[:3])} stand below it" if len(children) > 1 else ""
        return ". ".join(filter(None, (above, below))) + ("." if above or below else "")

    # --- tags ---------------------------------------------------------------------------------

    def _tags(self, kind: str, subject: Subject) -> tuple[str, ...]:
        choices = {
            "release": ("deep cuts", "headphones", "vinyl", "staff picks"),
            "interview": ("staff picks",),
            "tour": ("club night", "live"),
            "playlist": ("beginners", "late night", "headphones"),
            "feature": ("beginners", "long read", "headphones"),
            "video": ("beginners", "headphones"),
        }
        tags = [self.chance.choice(choices[kind])]
        first = subject.records[0]
        if kind == "release" and subject.words["age"] % 5 == 0:
            tags.append("anniversary")
        if kind == "release" and first.year < 1990:
            tags.append("classic album")
        if kind != "playlist" and self.material.artists[first.artist].country == "GB":
            tags.append("uk")
        if self.chance.random() < 0.25:
            tags.append("hub pick")
        return tuple(tags)


def _about_record(record: Record, artist: ArtistFacts) -> dict[str, Any]:
    return {
        "artist": record.artist,
        "about": artist.about,
        "album": record.album or record.track,
        "track": record.track,
        "year": record.year,
        "note": record.note,
    }


def _fields(piece: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(piece) if name}


def _fill(piece: str, words: dict[str, Any]) -> str:
    """Put the words in; names of music are emphasised where the piece is not so already."""
    if not piece.startswith("*"):
        words = {**words, **{name: f"*{words[name]}*" for name in MUSIC}}
    return _sentence(piece.format(**words))


def _sentence(text: str) -> str:
    """Begin with a capital, unless a name or a markup sign stands there."""
    return text[:1].upper() + text[1:]


def _listed(names: Sequence[str]) -> str:
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"

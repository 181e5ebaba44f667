"""Guess what words without a field were meant to say: “trap or drill” is two genres.

Only names that the house knows are offered. The words that join them are read in English, as the
operators are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from spokes.audiences.language.errors import ExpressionError
from spokes.audiences.language.lexer import quote
from spokes.audiences.language.names import known_names

# words that are looked at, and words that one name may have
MOST_WORDS = 40
LONGEST_NAME = 4

JOINS = {"or": "OR", "and": "AND", "but": "AND", "|": "OR", "/": "OR", "&": "AND", "+": "AND"}
NEGATIONS = {"not", "no", "nothing", "without", "never", "non"}
YEARS = {"after": ">", "since": ">=", "from": ">=", "before": "<", "until": "<=", "in": ""}
EXPLICIT = {"explicit": "yes", "clean": "no"}
EVERYBODY = {"all", "anybody", "anyone", "anything", "everybody", "everyone", "everything"}
# said around names: they choose nothing by themselves
AROUND = {
    *("a", "about", "an", "are", "artists", "by", "fan", "fans", "for", "is", "like", "likes"),
    *("listener", "listeners", "love", "lovers", "loves", "music", "of", "people", "post"),
    *("posts", "song", "songs", "that", "the", "to", "tracks", "who", "with"),
}
UNSAID = AROUND | EVERYBODY | YEARS.keys()
YEAR = re.compile(r"[12][0-9]{3}")
WORD = re.compile(r'"[^"]*"|[^\s,;"]+|[,;]')
# the term that stands before the words, with a comma that was meant to join
BEFORE = re.compile(r'(?P<field>\w+):(?P<value>"[^"]*"|[\w-]+)(?P<comma>\s*,)?\s*$')


@dataclass(frozen=True, slots=True)
class Guess:
    """Any of ``texts`` in place of ``start:end``; the first is the likeliest.

    ``unread`` are words that say something nobody here has a name for.
    """

    start: int
    end: int
    texts: tuple[str, ...]
    unread: tuple[str, ...] = ()


@dataclass(slots=True)
class Piece:
    """One term, and what joins it to those before it; empty where nothing was said."""

    terms: list[str]
    join: str
    negated: bool


def guess(text: str, error: ExpressionError) -> Guess | None:
    """Guess what the words of a ``bare_word`` mean; eight queries. None when none is a name."""
    found = [word.strip('"') for word in WORD.findall(text[error.start : error.end])]
    words = [word for word in found if _says_something(word)][:MOST_WORDS]
    before = BEFORE.search(text[: error.start])
    start, first = error.start, None
    if before:
        start = before.start()
        first, taken = _whole_name(before, words)
        words = words[taken:]
    pieces, unread = _pieces(words)
    if first is None and not pieces:
        return None
    if first:
        if before and before["comma"] and pieces and not pieces[0].join:
            pieces[0].join = ","
        pieces.insert(0, Piece([first], "", negated=False))
    if len(pieces) == 1:
        [piece] = pieces
        texts = tuple(_term(term, piece.negated) for term in piece.terms)
        return Guess(start, error.end, texts, unread)
    alone = not text[:start].strip() and not text[error.end :].strip()
    joined = _joined(pieces)
    return Guess(start, error.end, (joined if alone else f"({joined})",), unread)


def means_everybody(text: str) -> bool:
    """Tell whether words without a field ask for no choice at all: “everyone”, “all posts”."""
    words = {word.strip('"').lower() for word in WORD.findall(text)}
    return bool(words & EVERYBODY) and words <= EVERYBODY | AROUND


def _says_something(word: str) -> bool:
    """Leave out signs such as the one in “genre = country”, but for those that join."""
    return word in JOINS or word in {",", ";"} or any(map(str.isalnum, word))


def _whole_name(before: re.Match[str], words: list[str]) -> tuple[str, int]:
    """Read “genre:hip hop” as one name, as many words of it as there are; else as it stands."""
    field, value = before["field"], before["value"].strip('"')
    if field == "year" and value in YEARS and words and YEAR.fullmatch(words[0]):
        return f"year:{YEARS[value]}{words[0]}", 1
    names = [" ".join([value, *words[:length]]) for length in range(LONGEST_NAME, 0, -1)]
    known = known_names([] if before["comma"] else names)
    for length, name in zip(range(LONGEST_NAME, 0, -1), names, strict=True):
        term = f"{field}:{quote(name)}"
        if term in known.get(name, ()):
            return term, min(length, len(words))
    return f"{field}:{before['value']}", 0


def _pieces(words: list[str]) -> tuple[list[Piece], tuple[str, ...]]:
    """Read the names, and what joins them; and the words that belong to none of them.

    What leads up to a name need not be one: “whoever adores trap”.
    """
    known = known_names(list(_spans(words)))
    pieces: list[Piece] = []
    unread: list[str] = []
    leading: list[str] = []
    at, join, negated, named = 0, "", False, False
    while at < len(words):
        terms, taken = _read(words, at, known)
        word = words[at].lower()
        if terms:
            pieces.append(Piece(terms, join, negated))
            join, negated, named, leading = "", False, True, []
        elif word in JOINS or word in ",;":
            join = JOINS.get(word) or join or ","
            unread += leading
            named, leading = False, []
        elif word in NEGATIONS:
            negated = True
        elif word not in UNSAID:
            (unread if named else leading).append(words[at])
        at += taken
    return pieces, (*unread, *leading)


def _spans(words: list[str]) -> Iterator[str]:
    for start in range(len(words)):
        for length in range(1, LONGEST_NAME + 1):
            span = words[start : start + length]
            if not {",", ";"} & {*span}:
                yield " ".join(span)


def _read(words: list[str], at: int, known: Mapping[str, list[str]]) -> tuple[list[str], int]:
    """Read a name, the longest first, or a year; else nothing, and go one word on."""
    for length in range(min(LONGEST_NAME, len(words) - at), 0, -1):
        if terms := known.get(" ".join(words[at : at + length])):
            return terms, length
    word = words[at].lower()
    if word in EXPLICIT:
        return [f"explicit:{EXPLICIT[word]}"], 1
    following = words[at + 1] if at + 1 < len(words) else ""
    if word in YEARS and YEAR.fullmatch(following):
        return [f"year:{YEARS[word]}{following}"], 2
    return ([f"year:{word}"], 1) if YEAR.fullmatch(word) else ([], 1)


def _term(term: str, negated: bool) -> str:
    if not negated:
        return term
    # what is not explicit may stand alone; what is merely not something can't
    return "explicit:no" if term.startswith("explicit:") else f"NOT {term}"


def _joined(pieces: list[Piece]) -> str:
    """Join from the left, so that AND and OR never stand side by side."""
    first, *rest = pieces
    text, last, before = _term(first.terms[0], first.negated), "", first
    for piece in rest:
        alike = _field(piece) == _field(before) and not piece.negated
        join = ("OR" if alike else "AND") if piece.join in {"", ","} else piece.join
        if last and join != last:
            text = f"({text})"
        text, last, before = f"{text} {join} {_term(piece.terms[0], piece.negated)}", join, piece
    return text


def _field(piece: Piece) -> str:
    return piece.terms[0].split(":", 1)[0]

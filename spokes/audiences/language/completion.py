"""What may be written at a place of an expression."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext

from spokes.audiences.language.fields import POST_FIELDS
from spokes.audiences.language.lexer import (
    OPERATORS,
    WILDCARD,
    Kind,
    Lexer,
    Token,
    is_word_character,
)
from spokes.audiences.language.parser import MAX_CHARACTERS
from spokes.audiences.language.vocabulary import Field, Vocabulary

VALUES = {Kind.WORD, Kind.QUOTED}
# values offered for each field where none is named yet, and letters from which on they are
EACH = 3
ENOUGH = 3


@dataclass(frozen=True, slots=True)
class Option:
    """What is put in, what people read for it, and what it means."""

    insert: str
    label: str
    help: str = ""


@dataclass(frozen=True, slots=True)
class Completion:
    """``options`` may each replace ``text[start:end]``; the best come first."""

    start: int
    end: int
    options: tuple[Option, ...] = ()


@dataclass(slots=True)
class Level:
    """What is open around the cursor: the field of its list, and the operator it goes by."""

    field: str | None = None
    operator: str = ""


@dataclass(slots=True)
class Place:
    """Where the cursor is: what is being typed there, and what stands before that."""

    typed: str
    start: int
    end: int
    before: list[Token]
    levels: list[Level] = field(default_factory=lambda: [Level()])

    @property
    def level(self) -> Level:
        return self.levels[-1]

    @property
    def last(self) -> Token | None:
        return self.before[-1] if self.before else None


def complete(text: str, cursor: int, vocabulary: Vocabulary[Any] = POST_FIELDS) -> Completion:
    """Offer what may stand where the cursor is; never raises. A few queries by index."""
    cursor = max(0, min(cursor, len(text)))
    if len(text) > MAX_CHARACTERS:
        return Completion(cursor, cursor)
    place = _place(text, cursor)
    last = place.last
    if last is not None and last.kind is Kind.COLON:
        name = place.before[-2].text if len(place.before) > 1 else ""
        return _values(place, vocabulary, name)
    if last is None or last.kind is Kind.OPEN or _is_operator(last):
        return _operands(place, vocabulary)
    return _longer_value(place, vocabulary) or _operators(place)


def _place(text: str, cursor: int) -> Place:
    tokens = Lexer(text[:cursor]).run()
    typed, start = "", cursor
    if tokens and tokens[-1].end == cursor and tokens[-1].kind in VALUES:
        token = tokens.pop()
        typed, start = token.text, token.start
    end = cursor
    while typed and end < len(text) and (is_word_character(text[end]) or text[end] == WILDCARD):
        end += 1
    if text[start : start + 1] == '"' and text[end : end + 1] == '"':
        end += 1
    place = Place(typed, start, end, tokens)
    for at, token in enumerate(tokens):
        _enter(place, tokens, at, token)
    return place


def _enter(place: Place, tokens: list[Token], at: int, token: Token) -> None:
    if token.kind is Kind.OPEN:
        after_colon = at > 1 and tokens[at - 1].kind is Kind.COLON
        place.levels.append(Level(tokens[at - 2].text if after_colon else place.level.field))
    elif token.kind is Kind.CLOSE and len(place.levels) > 1:
        place.levels.pop()
    elif _is_operator(token) and token.text.upper() != "NOT":
        place.level.operator = token.text.upper()


def _is_operator(token: Token) -> bool:
    return token.kind is Kind.OPERATOR or (
        token.kind is Kind.WORD and token.text.upper() in OPERATORS
    )


def _values(place: Place, vocabulary: Vocabulary[Any], name: str) -> Completion:
    if name not in vocabulary:
        return Completion(place.start, place.end)
    options = tuple(_offers(vocabulary[name], place.typed, in_list=bool(place.level.field)))
    return Completion(place.start, place.end, options)


def _offers(known: Field[Any], typed: str, *, in_list: bool = False) -> list[Option]:
    return [
        Option(_safe(offer.insert) if in_list else offer.insert, offer.label, offer.help)
        for offer in known.offer(typed)
    ]


def _safe(value: str) -> str:
    """Quote a value that would be an operator where it stands alone."""
    return f'"{value}"' if value.upper() in OPERATORS else value


def _operands(place: Place, vocabulary: Vocabulary[Any]) -> Completion:
    listed, typed = place.level.field, place.typed
    options: list[Option] = []
    if listed is not None:
        if listed in vocabulary:
            options = _offers(vocabulary[listed], typed, in_list=True)
    else:
        options = [
            Option(f"{known.name}:", known.name, str(known.help))
            for known in vocabulary
            if known.name.startswith(typed.lower())
        ]
        options += _of_any_field(vocabulary, typed)
    if "NOT".startswith(typed.upper()):
        options.append(Option("NOT ", "NOT", gettext("what follows must not hold")))
    return Completion(place.start, place.end, tuple(options))


def _of_any_field(vocabulary: Vocabulary[Any], typed: str) -> list[Option]:
    if len(typed) < ENOUGH:
        return []
    return [
        Option(f"{known.name}:{offer.insert}", offer.label, offer.help or str(known.name))
        for known in vocabulary
        for offer in known.offer(typed)[:EACH]
    ]


def _longer_value(place: Place, vocabulary: Vocabulary[Any]) -> Completion | None:
    """Go on with a name of several words that stands without its quotes."""
    if not place.typed or len(place.before) < 2:
        return None
    *_, joint, word = place.before
    if word.kind is not Kind.WORD or joint.kind is not Kind.COLON or len(place.before) < 3:
        return None
    name = place.before[-3].text
    offers = _offers(vocabulary[name], f"{word.text} {place.typed}") if name in vocabulary else []
    return Completion(word.start, place.end, tuple(offers)) if offers else None


def _operators(place: Place) -> Completion:
    helps = {"AND": gettext("both must hold"), "OR": gettext("one of them is enough")}
    wanted = [place.level.operator] if place.level.operator else list(helps)
    options = [
        Option(f"{operator} ", operator, helps[operator])
        for operator in wanted
        if operator.startswith(place.typed.upper())
    ]
    if not place.typed and len(place.levels) > 1:
        options.append(Option(")", ")", gettext("end of the group")))
    return Completion(place.start, place.end, tuple(options))

"""Cut a text into tokens. A faulty piece still becomes a token, so that reading can go on."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import Enum, auto

from django.utils.translation import gettext

from spokes.audiences.language.errors import ExpressionError, is_control

OPERATORS = ("AND", "OR", "NOT")
SYMBOLS = {"&": "AND", "&&": "AND", "+": "AND", "|": "OR", "||": "OR", ",": "OR", "!": "NOT"}
# quotation marks of other habits, and what may close them
FOREIGN_QUOTES = {"“": "”“", "„": "“”", "”": "”", "«": "»", "‘": "’", "'": "'"}


class Kind(Enum):
    WORD = auto()
    QUOTED = auto()
    COLON = auto()
    OPEN = auto()
    CLOSE = auto()
    OPERATOR = auto()


# "year:>2020", and what people write for it: "year>2020"
COMPARISON = re.compile(r"(?P<field>[\w-]*)(?P<sign>[<>=≤≥]{1,2})(?P<number>[\w.-]*)")
# "1990..1999", "..1999"
BETWEEN = re.compile(r"\w*\.\.\w*")
WILDCARD = "*"
# "2020+", "1990–1999"
YEARS = re.compile(r"([0-9]{1,4})(?:\+|[–—/]([0-9]{1,4}))")
# what people put between the values of a list
SEPARATORS = re.compile(r"[,;|]")

SIGNS = {":": Kind.COLON, "(": Kind.OPEN, ")": Kind.CLOSE}


@dataclass(frozen=True, slots=True)
class Token:
    """``text`` without quotes; ``spoiled`` when an error about this token is already written."""

    kind: Kind
    text: str
    start: int
    end: int
    spoiled: bool = False


def is_word_character(character: str) -> bool:
    """Tell whether it may stand without quotes: letters and digits of any script, - and _."""
    return (
        character.isalnum() or character in "-_" or unicodedata.category(character).startswith("M")
    )


def quote(text: str) -> str:
    """Write a value so that it reads back the same: bare where it may be, else in quotes."""
    if text and all(is_word_character(character) for character in text):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _is_space(character: str) -> bool:
    return character in " \t\r\n" or (character.isspace() and not is_control(character))


class Lexer:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: list[Token] = []
        self.errors: list[ExpressionError] = []
        self.unterminated = False

    def run(self) -> list[Token]:
        position = 0
        while position < len(self.text):
            character = self.text[position]
            if _is_space(character):
                position += 1
            elif character in SIGNS:
                position = self._add(SIGNS[character], character, position, position + 1)
            elif character == '"':
                position = self._quoted(position)
            elif character in FOREIGN_QUOTES and self._foreign_end(position):
                position = self._foreign_quoted(position)
            else:
                position = self._word(position)
        return self.tokens

    def _add(self, kind: Kind, text: str, start: int, end: int, *, spoiled: bool = False) -> int:
        self.tokens.append(Token(kind, text, start, end, spoiled))
        return end

    def _fault(self, start: int, end: int, code: str, message: str, hint: str) -> None:
        self.errors.append(ExpressionError(start, end, code, message, hint))

    def _quoted(self, start: int) -> int:
        value: list[str] = []
        position = start + 1
        while position < len(self.text) and self.text[position] != '"':
            if self.text[position] == "\\" and self.text[position + 1 : position + 2] in {
                '"',
                "\\",
            }:
                position += 1
            value.append(self.text[position])
            position += 1
        text = "".join(value)
        if position >= len(self.text):
            self.unterminated = True
            message = gettext("The quotation mark here is never closed.")
            self._fault(
                start, len(self.text), "unterminated_quote", message, gettext('Close it with ".')
            )
            return self._add(Kind.QUOTED, text, start, len(self.text), spoiled=True)
        spoiled = self._refuse_controls(start, position + 1)
        return self._add(Kind.QUOTED, text.strip(), start, position + 1, spoiled=spoiled)

    def _foreign_end(self, start: int) -> int:
        """Find the end of what stands in foreign quotes; 0 where they don't close."""
        closers = FOREIGN_QUOTES[self.text[start]]
        found = [self.text.find(closer, start + 1) for closer in closers]
        return min((position + 1 for position in found if position > 0), default=0)

    def _foreign_quoted(self, start: int) -> int:
        end = self._foreign_end(start)
        value = self.text[start + 1 : end - 1]
        message = gettext("Only straight double quotes hold a value together.")
        hint = (
            ""
            if any(map(is_control, value))
            else gettext("Write {value}.").format(value=quote(value))
        )
        self._fault(start, end, "foreign_quotes", message, hint)
        return self._add(Kind.QUOTED, value, start, end, spoiled=True)

    def _word(self, start: int) -> int:
        end = start
        while end < len(self.text) and not self._ends_word(self.text[end]):
            end += 1
        word = self.text[start:end]
        if not self._follows_colon(start):
            if word in SYMBOLS:
                return self._symbol(word, start, end)
            if word[0] == "!":
                return self._symbol("!", start, start + 1)
        spoiled = self._refuse_controls(start, end) or self._refuse_signs(start, end)
        return self._add(Kind.WORD, word, start, end, spoiled=spoiled)

    def _follows_colon(self, start: int) -> bool:
        last = self.tokens[-1] if self.tokens else None
        return last is not None and last.kind is Kind.COLON and last.end == start

    def _ends_word(self, character: str) -> bool:
        return _is_space(character) or character in SIGNS or character == '"'

    def _symbol(self, symbol: str, start: int, end: int) -> int:
        operator = SYMBOLS[symbol]
        message = gettext("“{symbol}” is no operator here.").format(symbol=symbol)
        self._fault(
            start,
            end,
            "symbol_operator",
            message,
            gettext("Write {operator}.").format(operator=operator),
        )
        return self._add(Kind.OPERATOR, operator, start, end, spoiled=True)

    def _refuse_controls(self, start: int, end: int) -> bool:
        bad = [place for place in range(start, end) if is_control(self.text[place])]
        if bad:
            names = ", ".join(sorted({f"U+{ord(self.text[place]):04X}" for place in bad}))
            message = gettext("There is an invisible control character here ({names}).").format(
                names=names
            )
            self._fault(bad[0], bad[-1] + 1, "control_character", message, gettext("Take it out."))
        return bool(bad)

    def _refuse_signs(self, start: int, end: int) -> bool:
        word = self.text[start:end]
        if COMPARISON.fullmatch(word) or BETWEEN.fullmatch(word):
            return False
        plain = word.removesuffix(WILDCARD)
        bad = next((character for character in plain if not is_word_character(character)), "")
        if bad:
            message = gettext("“{bad}” can't stand outside quotes.").format(bad=bad)
            self._fault(start, end, "needs_quotes", message, _quoted_or_meant(word))
        return bool(bad)


def _quoted_or_meant(word: str) -> str:
    """Say how a word with signs is written; “2020+” and “trap|drill” are no names."""
    if found := YEARS.fullmatch(word):
        span = f"{found[1]}..{found[2]}" if found[2] else f">={found[1]}"
        return gettext("Write {word}.").format(word=span)
    parts = [part for part in SEPARATORS.split(word) if part]
    if len(parts) == 1 and parts[0] != word and all(map(is_word_character, parts[0])):
        return gettext("Leave the sign out, or write {word}.").format(word=quote(word))
    if len(parts) > 1:
        each = f"({' OR '.join(quote(part) for part in parts)})"
        hint = gettext("Write {each} for any of them, or {word} if it is one name.")
        return hint.format(each=each, word=quote(word))
    return gettext("Write {word}.").format(word=quote(word))

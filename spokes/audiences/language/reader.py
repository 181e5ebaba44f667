"""From tokens to operands: terms, and words that no field claims."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.translation import gettext

from spokes.audiences.language.errors import ExpressionError
from spokes.audiences.language.lexer import (
    BETWEEN,
    COMPARISON,
    OPERATORS,
    WILDCARD,
    Kind,
    Token,
    quote,
)
from spokes.audiences.language.tree import Expression, Term
from spokes.audiences.language.vocabulary import Vocabulary

MAX_TERMS = 400

# stands where something can't be read; such a tree is never handed out
HOLE = Term("", "")
# stands for the field of a list where that can't be read
NO_FIELD = ""
VALUES = {Kind.WORD, Kind.QUOTED}


@dataclass(frozen=True, slots=True)
class Claim:
    """A term whose value is still to be explained, and where the value stands."""

    field: str
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Mend:
    """What a faulty name or sign between ``start`` and ``end`` was surely meant to be."""

    start: int
    end: int
    text: str


@dataclass(slots=True)
class Draft:
    """An expression as far as its text alone can be read; ``claims`` by the start of their term."""

    text: str
    tree: Expression = HOLE
    claims: dict[int, Claim] = field(default_factory=dict)
    errors: list[ExpressionError] = field(default_factory=list)
    # in the order of the text
    mends: list[Mend] = field(default_factory=list)

    def fault(self, start: int, end: int, code: str, message: str, hint: str = "") -> None:
        self.errors.append(ExpressionError(start, end, code, message, hint))

    def mended(self, start: int, end: int) -> str:
        """Give a stretch of the text, with what was meant in the place of what is faulty."""
        parts, at = [], start
        for place in range(bisect_left(self.mends, start, key=_start), len(self.mends)):
            mend = self.mends[place]
            if mend.end > end:
                break
            parts += [self.text[at : mend.start], mend.text]
            at = mend.end
        return "".join([*parts, self.text[at:end]])


def _start(mend: Mend) -> int:
    return mend.start


@dataclass(slots=True)
class Operand:
    node: Expression
    start: int
    end: int
    # a word without a field, a field without a value: reported, so its neighbours are left in peace
    faulty: bool = False


class Reader:
    """Gather tokens into operands; operators and parentheses pass through."""

    def __init__(self, draft: Draft, tokens: list[Token], vocabulary: Vocabulary[Any]) -> None:
        self.draft = draft
        self.tokens = tokens
        self.vocabulary = vocabulary
        self.at = 0
        self.terms = 0
        # for each open parenthesis the field in whose list it stands; None outside of lists
        self.lists: list[str | None] = []
        self.last: Operand | Token | None = None

    def items(self) -> Iterator[Operand | Token]:
        while (token := self._token()) is not None:
            if self._is_operator(token):
                self.last = self._operator()
            elif token.kind in {Kind.OPEN, Kind.CLOSE}:
                self.last = self._parenthesis()
            elif token.kind is Kind.COLON or self._kind(1) is Kind.COLON:
                self.last = self._term()
            else:
                self.last = self._word()
            yield self.last

    @property
    def listed(self) -> str | None:
        return self.lists[-1] if self.lists else None

    def _parenthesis(self) -> Token:
        token = self._take()
        if token.kind is Kind.OPEN:
            self.lists.append(self.listed)
        elif self.lists:
            self.lists.pop()
        return token

    def _token(self, ahead: int = 0) -> Token | None:
        place = self.at + ahead
        return self.tokens[place] if place < len(self.tokens) else None

    def _kind(self, ahead: int) -> Kind | None:
        token = self._token(ahead)
        return token.kind if token else None

    def _take(self) -> Token:
        self.at += 1
        return self.tokens[self.at - 1]

    def _is_operator(self, token: Token) -> bool:
        if token.kind is Kind.OPERATOR:
            return True
        if token.kind is not Kind.WORD or self._kind(1) is Kind.COLON:
            return False
        if token.text in OPERATORS:
            return True
        # "drum and bass" is a name without its quotes, "genre:a and genre:b" is not
        alone = self.vocabulary.text and self.listed is None
        return token.text.upper() in OPERATORS and bool(alone or not self._is_plain_word(1))

    def _is_plain_word(self, ahead: int) -> bool:
        token = self._token(ahead)
        return (
            token is not None
            and token.kind in VALUES
            and token.text.upper() not in OPERATORS
            and self._kind(ahead + 1) is not Kind.COLON
        )

    def _is_bare(self, token: Token) -> bool:
        is_field = self._kind(1) is Kind.COLON
        return token.kind in VALUES and not is_field and not self._is_operator(token)

    def _operator(self) -> Token:
        token = self._take()
        if token.text not in OPERATORS:
            capitals = token.text.upper()
            message = gettext("“{text}” is an operator only in capitals.").format(text=token.text)
            self.draft.fault(
                token.start,
                token.end,
                "lowercase_operator",
                message,
                gettext("Write {capitals}.").format(capitals=capitals),
            )
            token = replace(token, text=capitals)
        self._mend_operator(token)
        return token

    def _mend_operator(self, token: Token) -> None:
        if self.draft.text[token.start : token.end] != token.text:
            # "!tag:x" has no space that could stay
            gap = "" if self.draft.text[token.end : token.end + 1].isspace() else " "
            self.draft.mends.append(Mend(token.start, token.end, token.text + gap))

    def _word(self) -> Operand:
        """Read a word without a field: a value of the list, a text, or a fault."""
        if self.listed is not None:
            return self._value_in_list(self.listed)
        if self.vocabulary.text:
            word = self._take()
            return self._operand(self.vocabulary.text, [word], word.start, word.end)
        return self._bare()

    def _words(self) -> list[Token]:
        words = [self._take()]
        while (token := self._token()) is not None and self._is_bare(token):
            words.append(self._take())
        return words

    def _bare(self) -> Operand:
        """Take all the words here that no field claims, as one fault."""
        words = self._words()
        start, end = words[0].start, words[-1].end
        text = " ".join(word.text for word in words)
        if not all(word.spoiled for word in words):
            message = gettext("“{text}” stands alone: which field is meant?").format(text=text)
            self.draft.fault(start, end, "bare_word", message, self._bare_hint(text))
        return Operand(HOLE, start, end, faulty=True)

    def _bare_hint(self, text: str) -> str:
        if compared := self._comparison(text):
            return gettext("Write {whole}.").format(whole=compared)
        alone = f"{self.vocabulary.bare.name}:{quote(text)}"
        before = self.last.node if isinstance(self.last, Operand) else None
        if not isinstance(before, Term) or not before.field:
            return gettext("Write {alone}.").format(alone=alone)
        # what its value means is unknown now, so nobody shall ask
        self.draft.claims.pop(before.start, None)
        whole = f"{before.field}:{quote(f'{before.text} {text}')}"
        return gettext("Write {whole} if it belongs to the name before it, or AND {alone}.").format(
            whole=whole, alone=alone
        )

    def _comparison(self, text: str) -> str:
        """Read "year > 2020" as what it was meant to be; empty for anything else."""
        found = COMPARISON.fullmatch("".join(text.split()))
        if not found or not self.vocabulary.comparing():
            return ""
        name = self.vocabulary.nearest(found["field"]) or self.vocabulary.comparing()[0]
        if name not in self.vocabulary.comparing() and found["sign"] == "=" and found["number"]:
            return f"{name}:{quote(found['number'])}"
        return f"{name}:{found['sign']}{found['number']}"

    def _value_in_list(self, known: str) -> Operand:
        words = self._words()
        start, end = words[0].start, words[-1].end
        if len(words) == 1:
            return self._operand(known, words, start, end)
        operators = [word.text.upper() for word in words if word.text.upper() in OPERATORS]
        values = [quote(word.text) for word in words if word.text.upper() not in OPERATORS]
        whole = quote(" ".join(word.text for word in words))
        each = f" {operators[0] if operators else 'OR'} ".join(values)
        message = gettext("There is no operator between these values.")
        hint = gettext("Write {whole} if it is one name, or {each}.").format(whole=whole, each=each)
        self.draft.fault(start, end, "missing_operator", message, hint)
        return Operand(HOLE, start, end, faulty=True)

    def _term(self) -> Operand | Token:
        name = None if self._kind(0) is Kind.COLON else self._take()
        colon = self._take()
        self._refuse_field_in_list(name, colon)
        if self._kind(0) is Kind.OPEN:
            return self._list(name, colon)
        pieces = self._touching(colon.end)
        spaced = (name is not None and name.end != colon.start) or not pieces
        if not pieces and self._is_plain_word(0):
            pieces = [self._take()]
        if len(pieces) == 1 and self._is_sign_alone(pieces[0]) and self._is_plain_word(0):
            number = self._take()
            pieces = [replace(number, text=pieces[0].text + number.text, start=pieces[0].start)]
            spaced = True
        start = name.start if name else colon.start
        end = pieces[-1].end if pieces else colon.end
        return self._operand(self._field(name, colon), pieces, start, end, spaced=spaced)

    def _is_sign_alone(self, token: Token) -> bool:
        found = COMPARISON.fullmatch(token.text) if token.kind is Kind.WORD else None
        return found is not None and not found["field"] and not found["number"]

    def _refuse_field_in_list(self, name: Token | None, colon: Token) -> None:
        if self.listed is None:
            return
        start = name.start if name else colon.start
        message = gettext("Between these parentheses stand values of one field alone.")
        hint = gettext("Leave {field} out, or close the parenthesis before it.").format(
            field=self.draft.text[start : colon.end]
        )
        self.draft.fault(start, colon.end, "field_in_list", message, hint)

    def _list(self, name: Token | None, colon: Token) -> Token:
        """Begin ``genre:(trap OR drill)``: the opening parenthesis stands for its field too."""
        start = name.start if name else colon.start
        known = self._field(name, colon)
        opener = self._take()
        if known and (opener.start != colon.end or (name and name.end != colon.start)):
            message = gettext("A list stands directly after its colon.")
            hint = gettext("Write {known}:(.").format(known=known)
            self.draft.fault(start, opener.end, "space_at_colon", message, hint)
        self.lists.append(known)
        return replace(opener, start=start)

    def _operand(
        self, known: str, pieces: list[Token], start: int, end: int, *, spaced: bool = False
    ) -> Operand:
        self._count(start, end)
        text = self._value(known, pieces, start, end, spaced=spaced)
        if not known or text is None:
            return Operand(HOLE, start, end, faulty=not pieces or self.listed is not None)
        self.draft.claims[start] = Claim(known, text, pieces[0].start, end)
        return Operand(Term(known, text, start=start, end=end), start, end)

    def _touching(self, end: int) -> list[Token]:
        """Take what follows without a space: the value, and what is glued to it by mistake."""
        pieces: list[Token] = []
        while (token := self._token()) is not None and token.start == end:
            if token.kind in {Kind.OPEN, Kind.CLOSE}:
                break
            pieces.append(self._take())
            end = token.end
        return pieces

    def _count(self, start: int, end: int) -> None:
        self.terms += 1
        if self.terms == MAX_TERMS + 1:
            message = gettext("This is more than {MAX_TERMS} terms.").format(MAX_TERMS=MAX_TERMS)
            hint = gettext("Divide it into several audiences.")
            self.draft.fault(start, end, "too_many_terms", message, hint)

    def _field(self, name: Token | None, colon: Token) -> str:
        """Name the field; empty, with a fault, when there is none of this name."""
        if name is None:
            message = gettext("There is no field before this colon.")
            hint = gettext("Write {example}, for instance.").format(
                example=self.vocabulary.bare.example
            )
            self.draft.fault(colon.start, colon.end, "lone_colon", message, hint)
            return ""
        written = self.draft.text[name.start : name.end]
        if written in self.vocabulary:
            return written
        if not name.spoiled:
            message = gettext("There is no field “{text}”.").format(text=name.text)
            if meant := self._meant_field(name.text):
                self.draft.mends.append(Mend(name.start, name.end, meant))
                hint = gettext("Did you mean {nearest}:?").format(nearest=meant)
            else:
                every = ", ".join(known.name for known in self.vocabulary)
                hint = gettext("The fields are {every}.").format(every=every)
            self.draft.fault(name.start, name.end, "unknown_field", message, hint)
        return ""

    def _meant_field(self, text: str) -> str:
        """Say which field was meant; a minus before it means NOT to search engines."""
        without = text.lstrip("-\u2212!")
        if without != text and without in self.vocabulary:
            return f"NOT {without}"
        return self.vocabulary.nearest(text)

    def _value(
        self, known: str, pieces: list[Token], start: int, end: int, *, spaced: bool
    ) -> str | None:
        """Read the value; None, with a fault, when it can't be read."""
        written = self.draft.text[pieces[0].start : end] if pieces else ""
        text = pieces[0].text if len(pieces) == 1 else written.replace('"', "")
        if not text.strip():
            self._missing_value(known, start, end, pieces)
            return None
        if any(piece.spoiled for piece in pieces):
            return None
        if len(pieces) > 1:
            message = gettext("“{written}” can't stand outside quotes.").format(written=written)
            hint = gettext("Write {text}.").format(text=quote(text))
            self.draft.fault(pieces[0].start, end, "needs_quotes", message, hint)
            return None
        if known and pieces[0].kind is Kind.WORD and not self._signs_fit(known, pieces[0]):
            return None
        if spaced:
            message = gettext("A value stands directly after its colon.")
            value = text if pieces[0].kind is Kind.WORD else quote(text)
            hint = gettext("Write {known}:{text}.").format(known=known, text=value) if known else ""
            self.draft.fault(start, end, "space_at_colon", message, hint)
        return text

    def _missing_value(self, known: str, start: int, end: int, pieces: list[Token]) -> None:
        if any(piece.spoiled for piece in pieces) or not known:
            return
        message = gettext("There is no value after this colon.")
        hint = gettext("Write {example}, for instance.").format(
            example=self.vocabulary[known].example
        )
        self.draft.fault(start, end, "missing_value", message, hint)

    def _signs_fit(self, known: str, piece: Token) -> bool:
        """Refuse a comparison or a wildcard where the field takes none."""
        field = self.vocabulary[known]
        compared = COMPARISON.fullmatch(piece.text) or BETWEEN.fullmatch(piece.text)
        if compared and not field.compares:
            message = gettext("{known} is no number that could be compared.").format(known=known)
            names = ", ".join(self.vocabulary.comparing())
            hint = (
                gettext("What can be compared: {names}.").format(names=names)
                if names
                else gettext("Write {text}.").format(text=quote(piece.text))
            )
            self.draft.fault(piece.start, piece.end, "no_comparison", message, hint)
            return False
        if piece.text.endswith(WILDCARD) and not (field.has_wildcards or field.compares):
            message = gettext("{known} takes no *.").format(known=known)
            hint = gettext("Leave the * out; or write {text} if it belongs to the name.").format(
                text=quote(piece.text)
            )
            self.draft.fault(piece.start, piece.end, "no_wildcard", message, hint)
            return False
        return True

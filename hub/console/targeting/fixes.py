"""One click for what an error's hint says in words: other text for a stretch of the expression."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator

from django.utils.translation import gettext as _

from spokes.audiences.language import ExpressionError, guess

# the language's own signs, which no translation of a hint changes
TERM = re.compile(r'\w+:(?:"(?:[^"\\]|\\.)*"|[<>=]{0,2}[\w*-]+(?:\.\.\d+)?)')
# a value in place of another: a name, a list, numbers
VALUE = re.compile(r'"(?:[^"\\]|\\.)*"|\((?:[^()"]|"[^"]*")*\)|>=\d+|\d+\.\.\d+')
FIELD = re.compile(r"((?:NOT )?\w+):")
OPERATOR = re.compile(r"\b(?:AND|OR|NOT)\b")
# a hint is short; what is longer quotes a long expression
LONGEST_HINT = 1000


@dataclasses.dataclass(frozen=True)
class Fix:
    """Put ``text`` in place of ``start:end``."""

    label: str
    start: int
    end: int
    text: str


Finder = Callable[[ExpressionError, str], Iterator[Fix]]


def fixes_of(error: ExpressionError, text: str) -> list[Fix]:
    """List what would mend this error; empty where only its writer knows what was meant."""
    find = FINDERS.get(error.code, _offered)
    found = {fix.text: fix for fix in find(error, text)}
    return [fix for fix in found.values() if fix.text != text[fix.start : fix.end]]


def _instead(error: ExpressionError, text: str) -> Fix:
    return Fix(text, error.start, error.end, text)


def _offered(error: ExpressionError, text: str) -> Iterator[Fix]:
    """Take the terms that a hint offers: “did you mean genre:techno?”."""
    # its field stands before it, or before the list that it is in
    value_alone = ":" not in text[error.start : error.end]
    for term in TERM.findall(error.hint):
        said = term.split(":", 1)[1] if value_alone else term
        yield Fix(term, error.start, error.end, said)


def _field(error: ExpressionError, text: str) -> Iterator[Fix]:
    colon = ":" if text[error.start : error.end].endswith(":") else ""
    for name in FIELD.findall(error.hint)[:1]:
        yield Fix(f"{name}:", error.start, error.end, name + colon)


def _bare_word(error: ExpressionError, text: str) -> Iterator[Fix]:
    """A word after a term is a term of its own; whether it belongs to the name, its writer says."""
    if meant := guess(text, error):
        yield from (Fix(said, meant.start, meant.end, said) for said in meant.texts)
        return
    terms = TERM.findall(error.hint)
    if len(terms) > 1:
        yield _instead(error, f"AND {terms[-1]}")
    else:
        yield from (_instead(error, term) for term in terms)


def _operator(error: ExpressionError, text: str) -> Iterator[Fix]:
    for operator in OPERATOR.findall(error.hint)[:1]:
        yield _instead(error, operator)


def _quotes(error: ExpressionError, text: str) -> Iterator[Fix]:
    """Put it in quotes, or say what its signs were meant to."""
    without = text[error.start : error.end].strip(",;|")
    if without.replace("-", "").isalnum():
        yield _instead(error, without)
    yield from (_instead(error, said) for said in VALUE.findall(error.hint))


def _no_wildcard(error: ExpressionError, text: str) -> Iterator[Fix]:
    if without := text[error.start : error.end].rstrip("*"):
        yield _instead(error, without)
    yield from (_instead(error, said) for said in VALUE.findall(error.hint))


def _closed_quote(error: ExpressionError, text: str) -> Iterator[Fix]:
    closed = text[error.start : error.end].rstrip() + '"'
    yield Fix(_("Close it here: %(text)s") % {"text": closed}, error.start, error.end, closed)


def _closed_parenthesis(error: ExpressionError, text: str) -> Iterator[Fix]:
    end = len(text.rstrip())
    yield Fix(_("Close it at the end"), end, len(text), ")")


def _without(error: ExpressionError, text: str) -> Iterator[Fix]:
    end = error.end
    while end < len(text) and text[end] == " ":
        end += 1
    yield Fix(_("Take it out"), error.start, end, "")


def _joined(error: ExpressionError, text: str) -> Iterator[Fix]:
    words = text[error.start : error.end].split()
    if len(words) > 1 and all(word.replace("-", "").isalnum() for word in words):
        # values of a list, all of them
        yield _instead(error, " OR ".join(words))
        yield from _quotes(error, text)
        return
    for operator in ("AND", "OR"):
        yield Fix(operator, error.start, error.start, f"{operator} ")


def _readings(error: ExpressionError, text: str) -> Iterator[Fix]:
    """Find both readings in the hint: they differ from the text by their parentheses alone."""
    hint, wanted = error.hint[:LONGEST_HINT], _bare(text[error.start : error.end])
    start = 0
    while wanted and start < len(hint):
        end = _end_of(hint, start, wanted)
        if end:
            yield _instead(error, hint[start:end])
        start = end or start + 1


def _end_of(hint: str, start: int, wanted: str) -> int:
    """Say where a reading that begins at ``start`` ends; 0 where none begins."""
    if hint[start].isspace() or (start and not hint[start - 1].isspace()):
        return 0
    read, end = 0, start
    while end < len(hint) and read < len(wanted):
        if not _is_loose(hint[end]):
            if hint[end].upper() != wanted[read].upper():
                return 0
            read += 1
        end += 1
    while end < len(hint) and hint[end] == ")":
        end += 1
    return end if read == len(wanted) else 0


def _bare(text: str) -> str:
    return "".join(character for character in text if not _is_loose(character))


def _is_loose(character: str) -> bool:
    return character in "()" or character.isspace()


FINDERS: dict[str, Finder] = {
    "bare_word": _bare_word,
    "control_character": _without,
    "empty_group": _without,
    "foreign_quotes": _quotes,
    "lowercase_operator": _operator,
    "missing_operator": _joined,
    "mixed_operators": _readings,
    "needs_quotes": _quotes,
    "no_wildcard": _no_wildcard,
    "stray_operator": _without,
    "symbol_operator": _operator,
    "unclosed_parenthesis": _closed_parenthesis,
    "unknown_field": _field,
    "unopened_parenthesis": _without,
    "unterminated_quote": _closed_quote,
    # what would be right is not known: the hint has an example
    "empty_expression": lambda error, text: iter(()),
    "lone_colon": lambda error, text: iter(()),
    "missing_value": lambda error, text: iter(()),
    "only_negative": lambda error, text: iter(()),
}

"""How searches read text: as words without case and accents, whatever the script.

The same words are indexed by both databases, so that they agree on what a word is. Scripts with
letters are spelt in Latin ones; of a script without spaces each sign is a word, and what is
searched for is a phrase of them. What a reader typed reaches no database as syntax.
"""

from __future__ import annotations

import dataclasses
import functools
import re
import unicodedata
from collections.abc import Iterable

from anyascii import anyascii

LONGEST_PHRASE = 1_000
MOST_WORDS = 12
LONGEST_WORD = 40
# scripts written without spaces
UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf"
    "\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
PIECES = re.compile(r'(-?)"([^"]*)"?|(\S+)')


@dataclasses.dataclass(frozen=True, slots=True)
class Query:
    """What must be found and what must not, each as words that stand side by side."""

    wanted: tuple[tuple[str, ...], ...]
    unwanted: tuple[tuple[str, ...], ...]
    # the last word was not finished, so that longer ones count too
    open_end: bool


def words_of(text: str) -> list[str]:
    """Split a text into words as searches compare them."""
    words: list[str] = []
    for run in _runs(unicodedata.normalize("NFKC", text.replace("&", " and "))):
        folded = run if UNSPACED.match(run) else _fold(run)
        words += [folded[:LONGEST_WORD]] if folded else []
    return words


def read_query(phrase: str) -> Query:
    """Read words, “phrases in quotes” and -words that must be missing; any text is a query."""
    wanted: list[tuple[str, ...]] = []
    unwanted: list[tuple[str, ...]] = []
    open_end = False
    for match in PIECES.finditer(phrase[:LONGEST_PHRASE]):
        minus, quoted, bare = match.group(1), match.group(2), match.group(3)
        is_unwanted = bool(minus) or bool(bare and re.match(r"-\w", bare))
        words = tuple(words_of(quoted if bare is None else bare)[:MOST_WORDS])
        if not words:
            continue
        (unwanted if is_unwanted else wanted).append(words)
        open_end = bare is not None and not is_unwanted and bare[-1].isalnum()
    return Query(tuple(wanted[:MOST_WORDS]), tuple(unwanted[:MOST_WORDS]), open_end)


def _runs(text: str) -> Iterable[str]:
    """Split at all that is no letter or digit, and between letters of an unspaced script."""
    run = ""
    for sign in text:
        is_letter = sign.isalnum() or (run and unicodedata.category(sign).startswith("M"))
        if not is_letter or UNSPACED.match(sign):
            yield from (run,) if run else ()
            run = ""
            if is_letter:
                yield sign
        else:
            run += sign
    if run:
        yield run


@functools.lru_cache(maxsize=20_000)
def _fold(word: str) -> str:
    """Fold case and accents, and spell other alphabets in Latin letters."""
    return "".join(sign for sign in anyascii(word.casefold()).casefold() if sign.isalnum())

"""A text that was saved, with the names that its genres, tags, artists and audiences have now."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from spokes.audiences.language.entries import Entry, claims_of
from spokes.audiences.language.lexer import quote
from spokes.audiences.language.reader import Claim
from spokes.audiences.language.tree import ids_of
from spokes.audiences.language.vocabulary import Field, Meaning, Named, Problem, Vocabulary

# the values to write in the place of others, by where these start and end
Changes = dict[tuple[int, int], str]


def shown_texts(entries: Sequence[Entry], vocabulary: Vocabulary[Any]) -> list[str]:
    """Write every text as its author would today; what still says the same stays as typed."""
    changes: dict[Entry, Changes] = {entry: {} for entry in entries}
    for known in vocabulary:
        if known.follow:
            _rename(known, entries, changes)
    return [_replaced(entry.draft.text, changes[entry]) for entry in entries]


def _rename(
    known: Field[Any], entries: Collection[Entry], changes: Mapping[Entry, Changes]
) -> None:
    saved = [
        (entry, claim, entry.rows(start))
        for entry, start, claim in claims_of(entries, known.name)
        if entry.bound(claim) and entry.rows(start)
    ]
    if not saved:
        return
    texts = {claim.text for _, claim, _ in saved}
    texts |= {row.name for _, _, rows in saved for row in rows}
    meanings = known.read(list(texts))
    for entry, claim, rows in saved:
        if not _says_the_same(entry, claim, rows, meanings):
            changes[entry][claim.start, claim.end] = _value(rows, meanings)


def _says_the_same(
    entry: Entry,
    claim: Claim,
    rows: Collection[Named],
    meanings: Mapping[str, Meaning | Problem],
) -> bool:
    was = {row.name for row in entry.bound(claim)}
    return was == {row.name for row in rows} and _means(claim.text, rows, meanings)


def _means(text: str, rows: Collection[Named], meanings: Mapping[str, Meaning | Problem]) -> bool:
    meaning = meanings.get(text)
    return isinstance(meaning, Meaning) and ids_of(meaning.value) == {row.pk for row in rows}


def _value(rows: Collection[Named], meanings: Mapping[str, Meaning | Problem]) -> str:
    """Write the name, where that names these rows and no others; else a slug for each."""
    name = next(iter(rows)).name
    if _means(name, rows, meanings):
        return quote(name)
    slugs = " OR ".join(quote(row.slug) for row in rows)
    return f"({slugs})" if len(rows) > 1 else slugs


def _replaced(text: str, changes: Changes) -> str:
    for (start, end), value in sorted(changes.items(), reverse=True):
        text = text[:start] + value + text[end:]
    return text

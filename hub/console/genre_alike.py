"""Names that wait and look like another one: whoever decides that one can decide them with it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext, ngettext

from content.catalogue.mentions import count_artists
from content.catalogue.models import Genre, UnresolvedGenre
from content.catalogue.taught import names_alike
from content.catalogue.unresolved import meaning_of

# as many as can be looked through before they are decided
SHOWN = 20


@dataclass(frozen=True)
class Choice:
    """A name with what is known of it, ticked unless another genre is more likely."""

    name: UnresolvedGenre
    note: str
    ticked: bool


@dataclass(frozen=True)
class Alike:
    """What one name's page offers: the most seen of ``number`` waiting names that look like it.

    ``meaning`` is what the name was said to mean; None while it waits itself.
    """

    meaning: Genre | None
    choices: Sequence[Choice]
    number: int


def alike_of(row: UnresolvedGenre) -> Alike | None:
    """Find what can be decided with a name, or after it; None where there is nothing."""
    meaning = meaning_of(row) if row.settled_at else None
    if row.settled_at and meaning is None:
        return None
    names = names_alike(row, among=count_artists(UnresolvedGenre.objects.waiting()))
    # what was suggested for this one was read from the same words, also where it was overruled
    same = {row.suggestion_id, meaning.pk if meaning else None}
    choices = [Choice(name, _note(name), _may_mean(name, same)) for name in names[:SHOWN]]
    return Alike(meaning, choices, len(names)) if names else None


def _may_mean(name: UnresolvedGenre, same: Collection[int | None]) -> bool:
    """Say whether nothing speaks for a genre of its own; to be spelt alike is no reason."""
    return name.confidence is None or name.suggestion_id in same


def _note(name: UnresolvedGenre) -> str:
    return " · ".join(filter(None, (_guess(name), _waiting(name), name.example)))


def _guess(name: UnresolvedGenre) -> str:
    if name.suggestion is None:
        return ""
    spelt = name.confidence is None
    words = gettext("spelt like {genre}") if spelt else gettext("probably {genre}")
    return words.format(genre=name.suggestion)


def _waiting(name: UnresolvedGenre) -> str:
    count: int = name.artists  # type: ignore[attr-defined]  # count_artists adds it
    words = ngettext("%(count)d artist waits for it", "%(count)d artists wait for it", count)
    return words % {"count": count} if count else ""

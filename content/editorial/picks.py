"""What an editor says of a post's genres: how much of it each is, and what that comes to."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.text import get_text_list
from django.utils.translation import gettext

WHOLE = 100

# genre id → percent of the post, 1..100; None: an equal part of what the others leave
Percents = dict[int, int | None]
# genre id → share, 0..1
Shares = dict[int, float]


def share_out(picks: Mapping[int, int | None]) -> Shares:
    """Give each pick its share; together they are 1.

    What the percents leave goes to the picks without one. Where all have one and leave something,
    or say too much, each counts for its part of what they add up to.
    """
    waiting = sum(percent is None for percent in picks.values())
    part = _left_by(picks) / waiting if waiting else 0.0
    weights = {genre: part if percent is None else percent for genre, percent in picks.items()}
    total = sum(weights.values())
    return {genre: weight / total for genre, weight in weights.items()}


def merge_picks(picks: Percents, *, genre: int, into: int) -> Percents:
    """Say what the picks are once ``genre`` is ``into``: two shares of a post are added.

    A pick without a percent brings its part of what is left, in whole percent.
    """
    waiting = sum(percent is None for percent in picks.values())
    merged = {pk: percent for pk, percent in picks.items() if pk != genre}
    brought = [picks[pk] for pk in (genre, into) if pk in picks]
    if all(percent is None for percent in brought):
        return {**merged, into: None}
    part = _left_by(picks) // waiting if waiting else 0
    added = sum(part if percent is None else percent for percent in brought)
    return {**merged, into: min(WHOLE, added)}


def problems_of_picks(picks: Mapping[str, int | None]) -> list[str]:
    """Say what is wrong with the percents of genres, these by name; nothing, when all is well."""
    bad = [name for name, percent in picks.items() if not _is_percent(percent)]
    if bad:
        return [not_a_share(name) for name in bad]
    total = _said(picks)
    if total > WHOLE:
        return [
            gettext("These shares add up to {total} percent; 100 is the most.").format(total=total)
        ]
    waiting = [name for name, percent in picks.items() if percent is None]
    if waiting and total == WHOLE:
        words = gettext("The other shares are 100 percent already: nothing is left for {names}.")
        return [words.format(names=get_text_list(waiting, gettext("and")))]
    return []


def not_a_share(name: str) -> str:
    words = gettext("The share of {name} must be a whole number from 1 to 100, or empty.")
    return words.format(name=name)


def _is_percent(percent: int | None) -> bool:
    return percent is None or (isinstance(percent, int) and 1 <= percent <= WHOLE)


def _said(picks: Mapping[str, int | None] | Mapping[int, int | None]) -> int:
    return sum(percent or 0 for percent in picks.values())


def _left_by(picks: Mapping[int, int | None]) -> int:
    return max(0, WHOLE - _said(picks))

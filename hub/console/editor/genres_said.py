"""What a post's genres come to, in a line: its shares, and the spokes that they reach."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence

from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from content.editorial.models import PostGenre
from content.editorial.shares import GenreShare, in_order, in_percent, shares_in_words
from spokes.audiences.facts import PostFacts
from spokes.audiences.routing import Route, RouteCode
from spokes.channels.models import Spoke

# spokes in one sentence: the channels below it have them all
SHOWN = 4


@dataclasses.dataclass(frozen=True)
class GenresSaid:
    """Sentences to show, and what an empty input comes to; ``problems`` are what is refused."""

    sentences: Sequence[str]
    problems: Sequence[str] = ()
    # name of a genre → its share in percent, without the sign
    parts: Sequence[tuple[str, str]] = ()


def shares_in(facts: PostFacts) -> list[GenreShare]:
    names = facts.names.genres
    return in_order(
        GenreShare(names[genre], share, PostGenre.Source(facts.sources[genre]))
        for genre, share in facts.shares.items()
    )


def genres_said(
    shares: Sequence[GenreShare], routes: Iterable[Route], problems: Sequence[str] = ()
) -> GenresSaid:
    """Say what the shares come to, largest first, and which spokes take or refuse the post."""
    if problems or not shares:
        return GenresSaid([], problems)
    sentences = [f"{shares_in_words(shares)}.", *_reach(routes)]
    parts = [(one.genre, in_percent(one.share).removesuffix("%")) for one in shares]
    return GenresSaid(sentences, parts=parts)


def _reach(routes: Iterable[Route]) -> list[str]:
    reached: dict[int, str] = {}
    missed: dict[int, str] = {}
    for route in routes:
        spoke, share = route.channel.spoke, route.share
        if spoke is None or share is None:
            continue
        if route.goes and share.value:
            reached[spoke.pk] = _with_floor(spoke, share.floor)
        elif route.code == RouteCode.TOO_LITTLE:
            has, floor = in_percent(share.value), in_percent(share.floor or 0)
            words = _("{spoke} (it has {share}, the floor is {floor})")
            missed[spoke.pk] = words.format(spoke=spoke.name, share=has, floor=floor)
    sentences = [_("It reaches {spokes}.").format(spokes=_listed(reached.values()))]
    if not reached:
        sentences = [_("It reaches no spoke.")]
    short = [words for pk, words in missed.items() if pk not in reached]
    if short:
        sentences.append(_("Too little for {spokes}.").format(spokes=_listed(short)))
    return sentences


def _with_floor(spoke: Spoke, floor: float | None) -> str:
    if not floor:
        return spoke.name
    return _("{spoke} (floor {floor})").format(spoke=spoke.name, floor=in_percent(floor))


def _listed(names: Iterable[str]) -> str:
    named = list(names)
    if len(named) <= SHOWN:
        return str(get_text_list(named, _("and")))
    more = ngettext("{number} more", "{number} more", len(named) - SHOWN)
    return str(get_text_list([*named[:SHOWN], more.format(number=len(named) - SHOWN)], _("and")))

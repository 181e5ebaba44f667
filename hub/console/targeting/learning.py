"""Learn from what people opened: what a file would make of a profile, seen before it is kept."""

from __future__ import annotations

import csv
import dataclasses
import io
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from content.catalogue.closure import chunks
from content.catalogue.models import Artist, Genre
from content.editorial.models import AudienceTag, Post
from hub.console.refusals import REFUSALS, words
from hub.console.targeting.answers import late_posts
from hub.console.targeting.files import NAMED_UNKNOWN, SHOWN, CsvForm, is_too_large
from hub.console.targeting.opened import opened_by
from hub.console.targeting.whatif import WhatIf, if_learnt
from spokes.audiences.profiles.actions import learn_profile
from spokes.audiences.profiles.counting import CHUNK
from spokes.audiences.profiles.models import AudienceProfile, Origin
from spokes.audiences.profiles.opened import (
    FEWEST_OPENINGS,
    FEWEST_POSTS,
    Opened,
    Rest,
    Rests,
    read_opened,
)
from spokes.channels.models import Channel, Spoke

Owner = Spoke | Channel
Weights = Mapping[int, float]


class LearnForm(CsvForm):
    """A file of what was opened."""

    prefix = "learn"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].help_text = _(
            "Rows of post and number of openings. A post is its link, its page's address, its slug "
            "or its number; listener and time may stand beside it. The whole house's file will do: "
            "our links say on which channel they were."
        )


@dataclasses.dataclass(frozen=True)
class Line:
    """One weight now and then, in percent; None where there is none."""

    name: str
    now: float | None
    then: float | None
    rest: Rest | None
    is_typed: bool

    @property
    def change(self) -> float:
        return round((self.then or 0) - (self.now or 0), 1)

    @property
    def fall(self) -> float:
        return -self.change


@dataclasses.dataclass(frozen=True)
class Sides:
    """The weights of one kind by id: as they are, and as they would be."""

    now: Weights
    then: Weights
    typed: Weights
    rests: Rests

    def rank(self, pk: int) -> tuple[float, int]:
        return (-max(self.now.get(pk, 0.0), self.then.get(pk, 0.0)), pk)

    def little(self) -> list[tuple[int, Rest]]:
        left_out = [(pk, one) for pk, one in self.rests.items() if one.is_little]
        told = [one for one in left_out if one[0] not in self.typed]
        return sorted(told, key=lambda one: (-one[1].openings, one[0]))

    def line(self, pk: int, name: str) -> Line:
        is_typed = pk in self.typed
        rest = None if is_typed else self.rests.get(pk)
        return Line(name, _percent(self.now.get(pk)), _percent(self.then.get(pk)), rest, is_typed)


@dataclasses.dataclass(frozen=True)
class Table:
    """The heaviest weights of one kind, now and then; how many more there are of each."""

    label: Any
    lines: list[Line]
    more_now: int
    more_then: int
    # names of what was opened too seldom, or in too few posts, the most opened first
    little: list[tuple[str, Rest]]
    more_little: int


@dataclasses.dataclass(frozen=True)
class Learnt:
    """What the openings would make of a profile; ``text`` comes back with the yes."""

    opened: Opened
    text: str
    now: AudienceProfile | None
    is_borrowed: bool
    tables: list[Table]
    whatif: WhatIf
    is_guarded: bool
    fewest_openings: int = FEWEST_OPENINGS
    fewest_posts: int = FEWEST_POSTS

    @cached_property
    def unknown(self) -> list[tuple[str, int]]:
        return self.opened.unknown[:NAMED_UNKNOWN]

    @property
    def more_unknown(self) -> int:
        return len(self.opened.unknown) - len(self.unknown)


def preview_learning(request: HttpRequest, row: Owner, actor: User) -> str | dict[str, Any]:
    """Count a file of openings and show what it would make, before anything is kept."""
    form = LearnForm(request.POST, request.FILES)
    if not form.is_valid():
        return {"learn_form": form}
    try:
        opened = read_opened(form.cleaned_data["file"], opened_by(row))
    except REFUSALS as refusal:
        return {"learn_form": form, "learn_faults": words(refusal).splitlines()}
    text = _by_slug(opened)
    if is_too_large(text):
        faults = [_("It names too many posts. Leave out what was seldom opened.")]
        return {"learn_form": form, "learn_faults": faults}
    return {"learnt": _learnt(row, actor, opened, text)}


def learn(request: HttpRequest, row: Owner, actor: User) -> str | dict[str, Any]:
    """Keep what was shown."""
    try:
        done = learn_profile(owner=row, text=request.POST.get("text", ""), actor=actor)
    except REFUSALS as refusal:
        return {"learn_faults": words(refusal).splitlines()}
    return _("Learnt: %(summary)s.") % {"summary": done.counted.summary}


def _by_slug(opened: Opened) -> str:
    """Write the file as how often each post was opened: who opened it does not come back."""
    slugs: dict[int, str] = {}
    for some in chunks([*opened.numbers], CHUNK):
        slugs |= dict(Post.objects.filter(pk__in=some).values_list("pk", "slug"))
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(("post", "count"))
    writer.writerows((slugs[pk], many) for pk, many in opened.numbers.items() if pk in slugs)
    return lines.getvalue()


def _learnt(row: Owner, actor: User, opened: Opened, text: str) -> Learnt:
    own = AudienceProfile.objects.of(row).first()
    now = own
    if own is None and isinstance(row, Channel) and row.spoke:
        now = AudienceProfile.objects.of(row.spoke).first()
    channels = Channel.objects.filter(pk=row.pk) if isinstance(row, Channel) else row.channels.all()
    return Learnt(
        opened=opened,
        text=text,
        now=now,
        is_borrowed=own is None and now is not None,
        tables=_tables(opened, now, own),
        whatif=if_learnt(actor, row, opened, late_posts(actor)),
        is_guarded=channels.filter(fit_floor__gt=0).exists(),
    )


KINDS = (
    ("genre", Genre, gettext_lazy("Genres")),
    ("tag", AudienceTag, gettext_lazy("Audience tags")),
    ("artist", Artist, gettext_lazy("Artists")),
)


def _tables(
    opened: Opened, now: AudienceProfile | None, own: AudienceProfile | None
) -> list[Table]:
    counted = (
        (opened.genres, opened.genre_rests),
        (opened.tags, opened.tag_rests),
        (opened.artists, opened.artist_rests),
    )
    tables = []
    for (kind, model, label), (shares, rests) in zip(KINDS, counted, strict=True):
        typed = _weights(own, kind, origin=Origin.TYPED)
        sides = Sides(_weights(now, kind), {**shares, **typed}, typed, rests)
        tables.append(_table(label, model, sides))
    return tables


def _weights(profile: AudienceProfile | None, kind: str, **only: Any) -> dict[int, float]:
    if profile is None:
        return {}
    rows = getattr(profile, f"{kind}s").filter(**only).order_by()
    return dict(rows.values_list(f"{kind}_id", "weight"))


def _table(label: Any, model: Any, sides: Sides) -> Table:
    heaviest = sorted(sides.now.keys() | sides.then.keys(), key=sides.rank)
    shown, more = heaviest[:SHOWN], heaviest[SHOWN:]
    little = sides.little()
    named = little[:NAMED_UNKNOWN]
    names = model.objects.in_bulk([*shown, *(pk for pk, _rest in named)])
    return Table(
        label=label,
        lines=[sides.line(pk, str(names.get(pk, "?"))) for pk in shown],
        more_now=sum(pk in sides.now for pk in more),
        more_then=sum(pk in sides.then for pk in more),
        little=[(str(names.get(pk, "?")), rest) for pk, rest in named],
        more_little=len(little) - len(named),
    )


def _percent(weight: float | None) -> float | None:
    return None if weight is None else round(100 * weight, 1)

"""What the people of a spoke or a channel listen to: seen, typed in, imported; and the floors."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from content.catalogue.models import Genre, GenreAlias
from content.catalogue.names import match_key
from content.editorial.models import AudienceTag
from hub.console.people import acting
from hub.console.refusals import REFUSALS, words
from hub.console.targeting.files import NAMED_UNKNOWN, SHOWN, Bar, CsvForm, is_too_large
from hub.console.targeting.learning import LearnForm, learn, preview_learning
from hub.console.views.now import LYING
from spokes.audiences.profiles.actions import (
    import_profile,
    remove_profile,
    set_profile,
)
from spokes.audiences.profiles.counting import Counted, count_listening
from spokes.audiences.profiles.models import AudienceProfile, Origin
from spokes.audiences.profiles.reading import Listening, read_listening
from spokes.channels.actions import change_channel, change_spoke
from spokes.channels.models import SHARE, Channel, Spoke

Owner = Spoke | Channel
# lines for what is typed next
EMPTY_LINES = 3
# names that the browser offers while one types
MOST_NAMES = 1500


@dataclasses.dataclass
class Line:
    """One weight as it is typed, in percent."""

    name: str = ""
    percent: str = ""
    error: str = ""


class ImportForm(CsvForm):
    """A file of who listens to what."""

    people = forms.IntegerField(
        label=gettext_lazy("People in all"),
        required=False,
        min_value=1,
        max_value=2_000_000_000,
        help_text=gettext_lazy("Only for a file without persons: of how many the counts are."),
        widget=forms.NumberInput({"class": "audience-line"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].help_text = _(
            "Rows of person and artist, or of artist and number of listeners. The first row names "
            "the columns: person, artist, count."
        )


class FloorForm(forms.Form):
    """The floor of a spoke or the guard of a channel, by its field's own name."""

    def __init__(self, *args: Any, row: Owner, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name = floor_of(row)
        field = type(row)._meta.get_field(name)
        self.fields[name] = forms.FloatField(
            label=getattr(field, "verbose_name", name),
            help_text=getattr(field, "help_text", ""),
            required=name == "genre_floor",
            validators=SHARE,
            initial=getattr(row, name),
            widget=forms.NumberInput({"min": 0, "max": 1, "step": 0.05, "class": "audience-line"}),
        )


def floor_of(row: Owner) -> str:
    return "genre_floor" if isinstance(row, Spoke) else "fit_floor"


def profile_view(request: HttpRequest, row: Owner, site: Any, *, may_change: bool) -> HttpResponse:
    """Show the page, or do what one of its forms asks and come back."""
    shown: dict[str, Any] = {}
    if request.method == "POST":
        done = DEEDS.get(request.POST.get("do", ""), _nothing)(request, row, acting(request))
        if isinstance(done, str):
            messages.success(request, done)
            return HttpResponseRedirect(request.path)
        shown = done
    own = AudienceProfile.objects.of(row).first()
    context = {
        **site.each_context(request),
        "title": _("%(place)s: what its people listen to") % {"place": row},
        "row": row,
        "kind": row._meta.model_name,
        "may_change": may_change,
        **_seen(row, own),
        **(_forms(row, own) if may_change else {}),
        **shown,
    }
    return TemplateResponse(request, "console/audiences/profile.html", context)


# --- what is there --------------------------------------------------------------------------------


def _seen(row: Owner, own: AudienceProfile | None) -> dict[str, Any]:
    of_spoke = None
    if own is None and isinstance(row, Channel) and row.spoke:
        of_spoke = AudienceProfile.objects.of(row.spoke).first()
    profile = own or of_spoke
    genres = _bars(profile.genres.select_related("genre"), "genre") if profile else []
    tags = _bars(profile.tags.select_related("tag"), "tag") if profile else []
    artists = _bars(profile.artists.select_related("artist"), "artist") if profile else []
    return {
        "profile": profile,
        "borrowed": of_spoke is not None,
        "parts": [(_("Genres"), "genres", genres), (_("Audience tags"), "tags", tags)],
        "artists": artists,
        "genre_chart": _chart(genres),
        "tag_chart": _chart(tags),
        "lying": LYING,
    }


def _bars(rows: Any, field: str) -> list[Bar]:
    found = rows.order_by("-weight", "pk")[:SHOWN]
    return [
        Bar(str(getattr(one, field)), one.weight, str(one.get_origin_display())) for one in found
    ]


def _chart(bars: list[Bar]) -> str:
    dataset = {
        "label": _("Percent of what they listen to"),
        "data": [bar.percent for bar in bars],
        "backgroundColor": "#d6336c",
        "maxBarThickness": 16,
    }
    return json.dumps({"labels": [bar.name for bar in bars], "datasets": [dataset]})


# --- the forms ------------------------------------------------------------------------------------


def _forms(row: Owner, own: AudienceProfile | None) -> dict[str, Any]:
    return {
        "genre_lines": _typed_lines(own.genres if own else None, "genre"),
        "tag_lines": _typed_lines(own.tags if own else None, "tag"),
        "genre_names": Genre.objects.order_by("name").values_list("name", flat=True)[:MOST_NAMES],
        "tag_names": AudienceTag.objects.values_list("name", flat=True)[:MOST_NAMES],
        "import_form": ImportForm(),
        "learn_form": LearnForm(),
        "floor_form": FloorForm(row=row),
        "floor_name": floor_of(row),
    }


def _typed_lines(rows: Any, field: str) -> list[Line]:
    typed = (
        rows.filter(origin=Origin.TYPED).select_related(field).order_by("-weight") if rows else []
    )
    lines = [Line(str(getattr(one, field)), f"{one.weight * 100:g}") for one in typed]
    return [*lines, *(Line() for _number in range(EMPTY_LINES))]


def _set_typed(request: HttpRequest, row: Owner, actor: User) -> str | dict[str, Any]:
    """Keep the weights as they are typed; a line without a name or a weight is left out."""
    genre_lines, genres = _read_lines(request, "genre", Genre, _genres_named)
    tag_lines, tags = _read_lines(request, "tag", AudienceTag, _tags_named)
    if any(line.error for line in (*genre_lines, *tag_lines)):
        messages.error(request, _("Nothing is saved yet: some lines are marked."))
        return {"genre_lines": genre_lines, "tag_lines": tag_lines}
    set_profile(owner=row, genres=genres, tags=tags, actor=actor)
    return _("Saved. Fits are counted with it from now on.")


def _read_lines(
    request: HttpRequest, field: str, model: Any, find: Any
) -> tuple[list[Line], dict[Any, float]]:
    names = request.POST.getlist(f"{field}-name")
    percents = request.POST.getlist(f"{field}-percent")
    lines = [Line(a.strip(), b.strip()) for a, b in zip(names, percents, strict=False)]
    typed = [line for line in lines if line.name or line.percent]
    known = find([line.name for line in typed])
    weights: dict[Any, float] = {}
    for line in typed:
        found = known.get(match_key(line.name))
        percent = _percent(line.percent)
        if found is None:
            line.error = _nothing_named(line.name, model)
        elif percent is None:
            line.error = _("A number from 0 to 100.")
        elif found in weights:
            line.error = _("It is there already.")
        else:
            weights[found] = percent / 100
    return [*typed, *(Line() for _number in range(EMPTY_LINES))], weights


def _nothing_named(name: str, model: Any) -> str:
    """Say that there is none, and which is spelt alike."""
    names = model.objects.order_by("name").values_list("name", flat=True)[:MOST_NAMES]
    by_key = {match_key(one): one for one in names}
    near = get_close_matches(match_key(name), by_key, n=1)
    if not near:
        return _("There is nothing of this name.")
    return _("There is nothing of this name. Did you mean %(name)s?") % {"name": by_key[near[0]]}


def _percent(text: str) -> float | None:
    try:
        number = float(text.replace(",", ".").removesuffix("%"))
    except ValueError:
        return None
    return number if 0 <= number <= 100 else None


def _genres_named(names: Iterable[str]) -> Mapping[str, Genre]:
    keys = {match_key(name) for name in names}
    aliases = GenreAlias.objects.filter(key__in=keys).select_related("genre")
    found = {alias.key: alias.genre for alias in aliases}
    return found | {genre.key: genre for genre in Genre.objects.filter(key__in=keys)}


def _tags_named(names: Iterable[str]) -> Mapping[str, AudienceTag]:
    keys = {match_key(name) for name in names}
    return {tag.key: tag for tag in AudienceTag.objects.filter(key__in=keys)}


@dataclasses.dataclass(frozen=True)
class Preview:
    """What an import would keep; ``text`` comes back with the yes."""

    text: str
    people: int
    artists: int
    genres: list[Bar]
    unknown: list[tuple[str, int]]
    more_unknown: int
    ambiguous: list[tuple[str, int]]


def _preview(request: HttpRequest, row: Owner, actor: User) -> str | dict[str, Any]:
    """Count a file and show what it would make, before anything is kept."""
    form = ImportForm(request.POST, request.FILES)
    if not form.is_valid():
        return {"import_form": form}
    text, people = form.cleaned_data["file"], form.cleaned_data["people"]
    try:
        listening = read_listening(text, people=people)
        counted = count_listening(listening)
    except REFUSALS as refusal:
        return {"import_form": form, "faults": str(refusal).splitlines()}
    kept = _counts(listening)
    if faults := _faults(listening, counted, kept):
        return {"import_form": form, "faults": faults}
    return {"preview": _shown(counted, kept), "preview_people": listening.people}


def _counts(listening: Listening) -> str:
    """Write the file as how many listen to each artist: who they are does not come back."""
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(("artist", "count"))
    writer.writerows((listening.spelt[key], many) for key, many in listening.listeners.items())
    return lines.getvalue()


def _faults(listening: Listening, counted: Counted, kept: str) -> list[str]:
    if not listening.listeners:
        return [_("There is nothing below the names of the columns.")]
    if not counted.artists:
        return [_("None of these artists is in the catalogue.")]
    if is_too_large(kept):
        return [_("It names too many artists. Leave out what is seldom heard.")]
    return []


def _shown(counted: Counted, text: str) -> Preview:
    top = sorted(counted.genres.items(), key=lambda pair: -pair[1])[:SHOWN]
    names = dict(Genre.objects.filter(pk__in=[pk for pk, _w in top]).values_list("pk", "name"))
    return Preview(
        text=text,
        people=counted.people,
        artists=len(counted.artists),
        genres=[Bar(names.get(pk, "?"), weight) for pk, weight in top],
        unknown=counted.unknown[:NAMED_UNKNOWN],
        more_unknown=max(0, len(counted.unknown) - NAMED_UNKNOWN),
        ambiguous=counted.ambiguous[:NAMED_UNKNOWN],
    )


def _import(request: HttpRequest, row: Owner, actor: User) -> str | dict[str, Any]:
    people = request.POST.get("people", "")
    number = int(people) if people.isdecimal() and len(people) < 11 else None
    try:
        counted = import_profile(
            owner=row, text=request.POST.get("text", ""), people=number, actor=actor
        )
    except REFUSALS as refusal:
        return {"faults": words(refusal).splitlines()}
    return _("Imported: %(summary)s.") % {"summary": counted.counted.summary}


def _set_floor(request: HttpRequest, row: Owner, actor: User) -> str | dict[str, Any]:
    form = FloorForm(request.POST, row=row)
    if not form.is_valid():
        return {"floor_form": form}
    if isinstance(row, Spoke):
        change_spoke(spoke=row, fields=form.cleaned_data, actor=actor)
    else:
        change_channel(channel=row, fields=form.cleaned_data, actor=actor)
    return _("Saved. Posts are routed by it from now on.")


def _remove(request: HttpRequest, row: Owner, actor: User) -> str | dict[str, Any]:
    remove_profile(owner=row, actor=actor)
    return _("Forgotten. Nothing is compared with it any more.")


def _nothing(request: HttpRequest, row: Owner, actor: User) -> str | dict[str, Any]:
    return {}


DEEDS = {
    "typed": _set_typed,
    "preview": _preview,
    "import": _import,
    "preview-learning": preview_learning,
    "learn": learn,
    "floor": _set_floor,
    "remove": _remove,
}

"""The catalogue: the genre graph, artists, tracks, and names that nobody knows yet."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter

from content.audit.models import AuditEntry
from content.catalogue.actions import (
    add_alias,
    add_artist,
    add_genre,
    add_track,
    remove_alias,
    rename_genre,
    set_artist_genres,
    set_parents,
    settle_unresolved,
)
from content.catalogue.exceptions import GenreCycle, InvalidName, NameTaken
from content.catalogue.models import Artist, Genre, GenreAlias, Track, UnresolvedGenre
from hub.console.admin.base import ConsoleAdmin, ReadOnlyAdmin, moment_column
from hub.console.artist_bulk import ARTIST_BULK
from hub.console.filters import SettledFilter
from hub.console.forms import ArtistForm, GenreForm, MeaningForm
from hub.console.hold_steps import hold_steps
from hub.console.people import SETTLE_GENRES
from hub.console.plain_changes import store_plainly
from hub.console.saving import PartOfItsRow, SavesByAction
from hub.console.steps import Step
from hub.console.typed import display

# the name of a settled genre and the entry of it are written in one go
A_MOMENT = timedelta(minutes=1)
SETTLED = "genre.unresolved_settled"


class AliasInline(PartOfItsRow):
    model = GenreAlias
    fields = ["name"]


@admin.register(Genre)
class GenreAdmin(SavesByAction, ConsoleAdmin):
    form = GenreForm
    inlines = [AliasInline]
    when_empty = _("No genres yet. Add the first one; others can stand below it.")
    refusal_fields = {GenreCycle: "below", NameTaken: "name", InvalidName: "name"}
    list_display = ["name", "stands_below", "slug"]
    search_fields = ["name", "aliases__name"]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show the parents in words to those who may only read: the form's field is none."""
        may = self.has_change_permission(request, obj) if obj else True
        return ["name", "below" if may else "stands_below", "description"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Genre]:
        return super().get_queryset(request).prefetch_related("parents")

    @display(description=_("Stands below"))
    def stands_below(self, genre: Genre) -> str:
        return ", ".join(parent.name for parent in genre.parents.all()) or "–"

    @transaction.atomic
    def write(self, *, actor: User, row: Any, form: forms.ModelForm[Any], formsets: Any) -> Genre:
        wanted, removed = _aliases(formsets)
        fields = dict(form.cleaned_data)
        parents = list(fields.pop("below"))
        if row is None:
            return add_genre(**fields, parents=parents, aliases=wanted, actor=actor)
        rename_genre(genre=row, name=fields["name"], actor=actor)
        set_parents(genre=row, parents=parents, actor=actor)
        store_plainly(row=row, fields={"description": fields["description"]}, actor=actor)
        for alias in removed:
            remove_alias(alias=alias, actor=actor)
        for name in wanted:
            add_alias(genre=row, name=name, actor=actor)
        return Genre.objects.get(pk=row.pk)


def _aliases(formsets: Any) -> tuple[list[str], list[GenreAlias]]:
    """Sort the lines of the inline: names to add, rows to remove; a changed line is both."""
    wanted, removed = [], []
    for line in (line for formset in formsets for line in formset.forms if line.has_changed()):
        if line.instance.pk:
            removed.append(GenreAlias.objects.get(pk=line.instance.pk))
        if line.cleaned_data.get("name") and not line.cleaned_data.get("DELETE"):
            wanted.append(line.cleaned_data["name"])
    return wanted, removed


@admin.register(Artist)
class ArtistAdmin(SavesByAction, ConsoleAdmin):
    form = ArtistForm
    steps = hold_steps("artist")
    bulk_steps = ARTIST_BULK
    when_empty = _("No artists yet. Posts take their genres from their artists.")
    list_display = ["name", "genre_names", "country"]
    list_filter = [("genres", AutocompleteSelectFilter)]
    search_fields = ["name"]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show the genres in words to those who may only read: the form's field is none."""
        may = self.has_change_permission(request, obj) if obj else True
        return ["name", "plays" if may else "genre_names", "country", "link", "about"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Artist]:
        return super().get_queryset(request).prefetch_related("genres")

    @display(description=_("Genres"))
    def genre_names(self, artist: Artist) -> str:
        return ", ".join(genre.name for genre in artist.genres.all()) or "–"

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Keep the name: the key by which spellings are matched is made with the artist."""
        return ["name"] if obj else []

    @transaction.atomic
    def write(self, *, actor: User, row: Any, form: forms.ModelForm[Any], formsets: Any) -> Artist:
        fields = dict(form.cleaned_data)
        genres = list(fields.pop("plays"))
        if row is None:
            return add_artist(**fields, genres=genres, actor=actor)
        if "plays" in form.changed_data:
            set_artist_genres(artist=row, genres=genres, actor=actor)
        store_plainly(row=row, fields=fields, actor=actor)
        return Artist.objects.get(pk=row.pk)


@admin.register(Track)
class TrackAdmin(SavesByAction, ConsoleAdmin):
    list_display = ["title", "artist", "album", "released", "explicit"]
    list_filter = [("artist", AutocompleteSelectFilter)]
    list_select_related = ["artist"]
    when_empty = _("No tracks yet. A track belongs to an artist, and posts can name it.")
    search_fields = ["title", "artist__name"]
    autocomplete_fields = ["artist"]
    fields = ["artist", "title", "album", ("released", "popularity", "explicit"), "link"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Keep what makes a track this track."""
        return ["artist", "title", "album"] if obj else []

    def write(self, *, actor: User, row: Any, form: forms.ModelForm[Any], formsets: Any) -> Any:
        if row is None:
            return add_track(**form.cleaned_data, actor=actor)
        return store_plainly(row=row, fields=form.cleaned_data, actor=actor)


def _settle(unresolved: UnresolvedGenre, actor: User, answers: dict[str, Any]) -> str:
    settle_unresolved(unresolved=unresolved, genre=answers["genre"], actor=actor)
    return gettext("“{unresolved}” means {genre} from now on.").format(
        unresolved=unresolved, genre=answers["genre"]
    )


def _waits(unresolved: UnresolvedGenre) -> bool:
    return unresolved.settled_at is None


@admin.register(UnresolvedGenre)
class UnresolvedGenreAdmin(ReadOnlyAdmin):
    def history_of(self, row: UnresolvedGenre) -> list[AuditEntry]:
        """Tell how it was settled, which is an entry of the genre that it means."""
        if row.settled_at is None:
            return super().history_of(row)
        entries = AuditEntry.objects.filter(code=SETTLED, after__alias=row.name).with_actor()
        near = entries.filter(at__range=(row.settled_at - A_MOMENT, row.settled_at + A_MOMENT))
        return [*super().history_of(row), *near.newest_first()[:1]]

    when_empty = _("Nothing waits: every genre name that came in is known.")
    list_display = ["name", "seen", "suggestion", "example", "first_seen"]
    list_filter = [SettledFilter]
    list_select_related = ["suggestion"]
    search_fields = ["name"]
    fields = ["name", "seen", "example", "suggestion", "first_seen", "settled"]
    first_seen = moment_column("first_seen_at", _("First seen"))
    settled = moment_column("settled_at", _("Settled"))
    steps = (
        Step(
            name="settle",
            label=_("Say which genre this is"),
            permission=SETTLE_GENRES,
            perform=_settle,
            applies=_waits,
            form=MeaningForm,
            intro=_("The name becomes an alias: wherever it turns up again, it means this genre."),
            tone="main",
        ),
    )

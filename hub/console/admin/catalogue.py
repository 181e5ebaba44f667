"""The catalogue: the genre graph, artists, tracks, and names that nobody knows yet."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.db import models, transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import Truncator
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
)
from content.catalogue.artist_names import add_artist_alias, remove_artist_alias
from content.catalogue.exceptions import GenreCycle, InvalidName, NameTaken
from content.catalogue.former import find_merged_artists
from content.catalogue.mentions import count_artists
from content.catalogue.models import (
    Artist,
    ArtistAlias,
    Genre,
    GenreAlias,
    Track,
    UnresolvedGenre,
)
from content.catalogue.unresolved import meaning_of
from content.editorial.genres import merge_genres
from hub.console.admin.base import ConsoleAdmin, ReadOnlyAdmin, moment_column
from hub.console.artist_bulk import ARTIST_BULK
from hub.console.artist_merge import MERGE_ARTIST
from hub.console.filters import SettledFilter
from hub.console.forms import ArtistForm, GenreForm, MergeGenreForm
from hub.console.genre_alike import alike_of
from hub.console.genre_queue import QUEUE_BULK, QUEUE_STEPS
from hub.console.hold_steps import hold_steps
from hub.console.keys import is_key
from hub.console.people import SETTLE_GENRES, acting
from hub.console.plain_changes import store_plainly
from hub.console.saving import PartOfItsRow, SavesByAction
from hub.console.steps import Button, Step
from hub.console.typed import display

# the name of a settled genre and the entry of it are written in one go
A_MOMENT = timedelta(minutes=1)
SETTLED = "genre.unresolved_settled"


class AliasInline(PartOfItsRow):
    model: type[models.Model] = GenreAlias
    fields = ["name"]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Name the field: the heading of its column is no label."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None:
            field.widget.attrs["aria-label"] = _("Alias")
        return field


class ArtistAliasInline(AliasInline):
    model = ArtistAlias
    verbose_name = _("name")
    verbose_name_plural = _("Also called")


def _merge(genre: Genre, actor: User, answers: dict[str, Any]) -> str:
    into, name = answers["into"], genre.name
    merge_genres(genre=genre, into=into, actor=actor)
    return gettext("“{genre}” is {into} from now on, everywhere.").format(genre=name, into=into)


MERGE = Step(
    name="merge",
    label=_("Merge into another"),
    permission="catalogue.change_genre",
    perform=_merge,
    form=MergeGenreForm,
    intro=_(
        "Its artists, posts, aliases and the genres below it go to the other one, expressions and "
        "addresses follow, and this one goes away."
    ),
    tone="danger",
)


@admin.register(Genre)
class GenreAdmin(SavesByAction, ConsoleAdmin):
    form = GenreForm
    inlines = [AliasInline]
    steps = (MERGE,)
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

    def _back(self, request: HttpRequest, row: Any) -> str:
        """Lead to the list when the row is gone: it was merged."""
        gone = not Genre.objects.filter(pk=row.pk).exists()
        return reverse("admin:catalogue_genre_changelist") if gone else super()._back(request, row)


def _aliases(formsets: Any) -> tuple[list[str], list[Any]]:
    """Sort the lines of the inline: names to add, rows to remove; a changed line is both."""
    wanted, removed = [], []
    for line in (line for formset in formsets for line in formset.forms if line.has_changed()):
        if line.instance.pk:
            removed.append(type(line.instance).objects.get(pk=line.instance.pk))
        if line.cleaned_data.get("name") and not line.cleaned_data.get("DELETE"):
            wanted.append(line.cleaned_data["name"])
    return wanted, removed


@admin.register(Artist)
class ArtistAdmin(SavesByAction, ConsoleAdmin):
    form = ArtistForm
    inlines = [ArtistAliasInline]
    steps = (*hold_steps("artist"), MERGE_ARTIST)
    refusal_fields = {InvalidName: "name"}
    bulk_steps = ARTIST_BULK
    when_empty = _("No artists yet. Posts take their genres from their artists.")
    list_display = ["name", "genre_names", "country"]
    list_filter = [("genres", AutocompleteSelectFilter)]
    search_fields = ["name", "aliases__name"]

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
        wanted, removed = _aliases(formsets)
        fields = dict(form.cleaned_data)
        genres = list(fields.pop("plays"))
        if row is None:
            row = add_artist(**fields, genres=genres, actor=actor)
        else:
            if "plays" in form.changed_data:
                set_artist_genres(artist=row, genres=genres, actor=actor)
            store_plainly(row=row, fields=fields, actor=actor)
        for alias in removed:
            remove_artist_alias(alias=alias, actor=actor)
        for name in wanted:
            add_artist_alias(artist=row, name=name, actor=actor)
        return Artist.objects.get(pk=row.pk)

    def _back(self, request: HttpRequest, row: Any) -> str:
        """Lead to the one that stays when the row is gone: it was merged."""
        into = find_merged_artists([row.pk]).get(row.pk)
        if into is None:
            return super()._back(request, row)
        return reverse("admin:catalogue_artist_change", args=[into])

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Lead from one that was merged to the one that stays; what was typed for it is told of."""
        keys = [int(object_id)] if is_key(object_id) else []
        into = Artist.objects.filter(pk__in=find_merged_artists(keys).values()).first()
        if into is None:
            return super().change_view(request, object_id, form_url, extra_context)
        told = gettext("This artist was merged into “{into}”.").format(into=into)
        if request.method == "POST":
            told = f"{told} {gettext('What you typed was not saved.')}"
        messages.warning(request, told)
        return HttpResponseRedirect(self.change_url(into))


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
    list_display = ["name", "suggested", "sure", "seen", "artists", "example", "first_seen"]
    list_before_template = "console/genre_queue.html"
    change_form_outer_before_template = "console/genre_name.html"
    list_filter = [SettledFilter]
    list_select_related = ["suggestion"]
    search_fields = ["name"]
    first_seen = moment_column("first_seen_at", _("First seen"))
    settled = moment_column("settled_at", _("Settled"))
    steps = QUEUE_STEPS
    bulk_steps = QUEUE_BULK

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show what it probably means until somebody has said what it does mean."""
        seen = ["seen", "example", "first_seen"]
        if obj is not None and obj.settled_at:
            return ["name", "meaning", "settled", *seen]
        return ["name", "suggested", "sure", "artists", *seen]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Offer the names that look alike to whoever may decide them."""
        row = self.get_object(request, object_id)
        may = acting(request).has_perm(SETTLE_GENRES)
        shown = {"alike": alike_of(row) if row is not None and may else None}
        return super().change_view(request, object_id, form_url, {**shown, **(extra_context or {})})

    def buttons(self, request: HttpRequest, row: Any) -> list[Button]:
        """Lead on through the queue."""
        buttons = super().buttons(request, row)
        others = UnresolvedGenre.objects.waiting().exclude(pk=row.pk)
        after = Q(seen__lt=row.seen) | Q(seen=row.seen, name__gt=row.name)
        following = others.filter(after).first() or others.first()
        if following is None:
            return buttons
        page = reverse("admin:catalogue_unresolvedgenre_change", args=[following.pk])
        label = gettext("Next: {name}").format(name=Truncator(following.name).chars(40))
        return [*buttons, Button(label, page, leads=True)]

    @display(description=_("Means"))
    def meaning(self, row: UnresolvedGenre) -> str:
        genre = meaning_of(row)
        if genre is None:
            return "–"
        page = reverse("admin:catalogue_genre_change", args=[genre.pk])
        return format_html('<a class="console-link" href="{}">{}</a>', page, genre)

    def get_queryset(self, request: HttpRequest) -> QuerySet[UnresolvedGenre]:
        return count_artists(super().get_queryset(request))

    @display(description=_("Artists that wait for it"), ordering="artists")
    def artists(self, row: UnresolvedGenre) -> int:
        """Say how many get the genre once the name is settled."""
        counted: int = row.artists  # type: ignore[attr-defined]  # get_queryset adds it
        return counted

    @display(description=_("Probably"), ordering="suggestion__name")
    def suggested(self, row: UnresolvedGenre) -> str:
        return str(row.suggestion) if row.suggestion else "–"

    @display(description=_("How sure"), ordering="confidence")
    def sure(self, row: UnresolvedGenre) -> str:
        """Say how often suggestions of this kind are right."""
        if row.suggestion is None:
            return "–"
        if row.confidence is None:
            return gettext("spelt alike")
        return f"{row.confidence:.0%}"

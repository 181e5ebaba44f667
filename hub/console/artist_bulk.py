"""What a person can do with many artists at once."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy, ngettext

from content.catalogue.actions import set_artist_genres
from content.catalogue.models import Artist, Genre, UnresolvedGenre
from hub.console.bulk import BulkStep, Rows


class GenreToAddForm(forms.Form):
    genre = forms.ModelChoiceField(
        queryset=Genre.objects.all(),
        label=gettext_lazy("Genre"),
        # any field that points to a genre tells the picker where to search
        widget=AutocompleteSelect(UnresolvedGenre._meta.get_field("suggestion"), admin.site),
        help_text=gettext_lazy("Those who have it already stay as they are."),
    )


def _effect(rows: Rows) -> str:
    words = ngettext(
        "This gives %(count)d artist one genre more, beside those that are there.",
        "This gives %(count)d artists one genre more, beside those that are there.",
        len(rows),
    )
    return words % {"count": len(rows)}


def _done(count: int) -> str:
    words = ngettext(
        "%(count)d artist plays it from now on.", "%(count)d artists play it from now on.", count
    )
    return words % {"count": count}


def _add_genre(artist: Artist, actor: User, answers: dict[str, Any]) -> None:
    genres = list(artist.genres.all())
    if answers["genre"] not in genres:
        set_artist_genres(artist=artist, genres=[*genres, answers["genre"]], actor=actor)


ARTIST_BULK = (
    BulkStep(
        name="add_genre",
        label=gettext_lazy("Add a genre"),
        permission="catalogue.change_artist",
        perform=_add_genre,
        form=GenreToAddForm,
        effect=_effect,
        done=_done,
    ),
)

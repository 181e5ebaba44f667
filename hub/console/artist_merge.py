"""Merge an artist into another from its page: choose, see what it does, agree."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.contrib.auth.models import User
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from content.catalogue.artists import merge_artists
from content.catalogue.models import Artist, Track
from hub.console.artist_effects import MergePreview, offer_twins, preview_merge
from hub.console.steps import Step

AGREED = "agreed"


class MergeArtistForm(forms.Form):
    """Which artist it is; valid only once a person has agreed to what was shown of that one."""

    wants_row = True
    into = forms.ModelChoiceField(
        queryset=Artist.objects.all(),
        label=_("The other artist"),
        widget=AutocompleteSelect(Track._meta.get_field("artist"), admin.site),
        help_text=_("The one that stays."),
    )

    def __init__(self, *args: Any, row: Artist, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.row = row
        self.preview: MergePreview | None = None
        # something else was shown when it was agreed to
        self.outdated = False

    def is_valid(self) -> bool:
        if not super().is_valid():
            return False
        self.preview = preview_merge(self.row, self.cleaned_data["into"])
        agreed = self.data.get(AGREED, "")
        self.outdated = bool(agreed) and agreed != self.preview.sign
        return bool(agreed == self.preview.sign)

    def clean_into(self) -> Artist:
        into: Artist = self.cleaned_data["into"]
        if into.pk == self.row.pk:
            raise forms.ValidationError(gettext("This is the same artist: choose another."))
        return into

    def offered(self) -> list[Artist]:
        return offer_twins(self.row)


def _merge(artist: Artist, actor: User, answers: dict[str, Any]) -> str:
    into, name, posts = answers["into"], artist.name, artist.posts.count()
    merge_artists(artist=artist, into=into, actor=actor)
    told = gettext("“{artist}” is {into} from now on, everywhere.").format(artist=name, into=into)
    words = ngettext("%(count)d post moved.", "%(count)d posts moved.", posts)
    return f"{told} {words % {'count': posts}}" if posts else told


MERGE_ARTIST = Step(
    name="merge",
    label=_("Merge into another"),
    permission="catalogue.merge_artist",
    perform=_merge,
    form=MergeArtistForm,
    template="console/artist_merge.html",
    intro=_(
        "Its posts, tracks and names go to the other one, audiences and addresses follow, and this "
        "one goes away. First you see what it does."
    ),
    tone="danger",
)

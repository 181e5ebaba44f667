"""The forms that only the console asks: reasons, times with their zone."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect, AutocompleteSelectMultiple
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminFileFieldWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelect2Widget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminSingleTimeWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldAdminURLInputWidget,
)

from content.catalogue.models import Artist, Genre, UnresolvedGenre
from content.editorial.models import AudienceTag, TaggedPost
from content.media.forms import AssetForm
from hub.console.moments import zones
from hub.delivery.actions import known_id
from hub.delivery.models import Delivery, Hold, Kind
from hub.schedule.models import Slot
from hub.schedule.slots import instant
from spokes.channels.models import Channel


class SelectSeveral(AutocompleteSelectMultiple):
    """Django's own, without its button for all at once: it stands in a list and is no item of it.

    Screen readers stumble over that, and each item has a button of its own.
    """

    def build_attrs(
        self, base_attrs: dict[str, Any], extra_attrs: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        attrs = super().build_attrs(base_attrs, extra_attrs)
        return {**attrs, "data-allow-clear": "false"}


class ReasonForm(forms.Form):
    """Why: it is kept in the history."""

    reason = forms.CharField(max_length=200, widget=UnfoldAdminTextInputWidget)


class OptionalReasonForm(forms.Form):
    reason = forms.CharField(
        max_length=200,
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Kept in the history. You may leave it empty."),
    )


class NoteForm(forms.Form):
    note = forms.CharField(
        max_length=300,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("What should change, in a sentence or two. The author sees it."),
    )


class ThereForm(forms.Form):
    """A person has looked, and it is there."""

    url = forms.URLField(
        required=False,
        max_length=600,
        label=_("Its address"),
        assume_scheme="https",
        widget=UnfoldAdminURLInputWidget,
        help_text=_("Where you saw it, if you have the link."),
    )
    remote_id = forms.CharField(
        required=False,
        max_length=300,
        label=_("Its id there"),
        widget=UnfoldAdminTextInputWidget,
        help_text=_(
            "As the network names it, often the last part of its address. Without it, this post "
            "can't be changed or taken down from here later: you would have to do it there by hand."
        ),
    )

    wants_row = True

    def __init__(self, *args: Any, row: Delivery, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if known_id(row) or row.kind != Kind.PUBLISH:
            del self.fields["remote_id"]

    def clean(self) -> dict[str, Any]:
        return {"remote_id": "", **(super().clean() or self.cleaned_data)}


class WhenForm(forms.Form):
    """A wall time in a zone; ``cleaned_data["at"]`` is the instant in UTC."""

    date = forms.DateField(widget=UnfoldAdminSingleDateWidget)
    time = forms.TimeField(widget=UnfoldAdminSingleTimeWidget)
    zone = forms.ChoiceField(widget=UnfoldAdminSelect2Widget, label=_("Time zone"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["zone"].choices = [(zone, zone) for zone in zones()]  # type: ignore[attr-defined]  # a ChoiceField
        self.fields["zone"].initial = "UTC"

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if {"date", "time", "zone"} <= cleaned.keys() and cleaned["date"] and cleaned["time"]:
            cleaned["at"] = instant(cleaned["date"], cleaned["time"], cleaned["zone"])
        return cleaned


class MoveForm(WhenForm):
    """Another time for one delivery, in the zone of its channel."""

    wants_row = True

    def __init__(self, *args: Any, row: Delivery, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zone = row.channel.zone
        local = row.due_at.astimezone(zoneinfo.ZoneInfo(zone))
        self.initial = {"date": local.date(), "time": local.time(), "zone": zone}


NOW, AT, SLOT = "now", "at", "slot"


class ScheduleForm(WhenForm):
    """Where and when a post goes out. It comes by GET: asking changes nothing."""

    channels = forms.MultipleChoiceField(
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        error_messages={"required": _("Choose at least one channel.")},
    )
    when = forms.ChoiceField(
        choices=[
            (NOW, _("Now")),
            (AT, _("At a date and time")),
            (SLOT, _("In the next free slot of each channel")),
        ],
        initial=NOW,
        widget=UnfoldAdminRadioSelectWidget,
    )

    field_order = ["channels", "when", "date", "time", "zone"]

    def __init__(self, *args: Any, offered: Iterable[Channel], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offered = {str(channel.pk): channel for channel in offered}
        self.fields["channels"].choices = [  # type: ignore[attr-defined]  # a ChoiceField
            (pk, channel.name) for pk, channel in self.offered.items()
        ]
        own = {channel.zone for channel in self.offered.values()}
        self.fields["zone"].initial = own.pop() if len(own) == 1 else "UTC"
        for name in ("date", "time", "zone"):
            self.fields[name].required = False

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("when") == AT:
            for name in ("date", "time", "zone"):
                if name not in self.errors and not cleaned.get(name):
                    self.add_error(name, gettext("Needed for a date and time."))
        return cleaned

    def chosen(self) -> list[Channel]:
        return [self.offered[pk] for pk in self.cleaned_data["channels"]]

    def at(self) -> datetime | None:
        wanted: datetime | None = self.cleaned_data.get("at")
        return wanted if self.cleaned_data["when"] == AT else None

    @property
    def next_slot(self) -> bool:
        return bool(self.cleaned_data["when"] == SLOT)


class SlotForm(forms.ModelForm[Slot]):
    zone = forms.ChoiceField(
        widget=UnfoldAdminSelect2Widget,
        label=_("Time zone"),
        help_text=_("The slot keeps this wall time when the clocks change."),
    )

    class Meta:
        model = Slot
        fields = ["channel", "weekday", "wall_time", "zone", "active"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "zone" in self.fields:
            self.fields["zone"].choices = [(zone, zone) for zone in zones()]  # type: ignore[attr-defined]  # a ChoiceField


class GenreForm(forms.ModelForm[Genre]):
    below = forms.ModelMultipleChoiceField(
        queryset=Genre.objects.all(),
        required=False,
        label=_("Stands below"),
        widget=SelectSeveral(Genre._meta.get_field("parents"), admin.site),
        help_text=_("One genre or several; empty for one at the top."),
    )

    class Meta:
        model = Genre
        fields = ["name", "description"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["below"] = self.instance.parents.all()


class ArtistForm(forms.ModelForm[Artist]):
    plays = forms.ModelMultipleChoiceField(
        queryset=Genre.objects.all(),
        required=False,
        label=_("Genres"),
        widget=SelectSeveral(Artist._meta.get_field("genres"), admin.site),
        help_text=_("Posts without genres of their own take those of their artists."),
    )

    class Meta:
        model = Artist
        # ArtistAdmin names the rest
        fields = ["name"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["plays"] = self.instance.genres.all()


class MergeGenreForm(forms.Form):
    into = forms.ModelChoiceField(
        queryset=Genre.objects.all(),
        label=_("The other genre"),
        widget=AutocompleteSelect(UnresolvedGenre._meta.get_field("suggestion"), admin.site),
    )


FOCAL_POINT = {
    "focal_x": (
        _("Focal point, across"),
        _("0 is the left edge, 1 the right one. No cut takes away what lies at the focal point."),
    ),
    "focal_y": (_("Focal point, down"), _("0 is the top edge, 1 the bottom one.")),
}


class PictureForm(AssetForm):
    """The picture's own form, with Unfold's field for the file."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "upload" in self.fields:
            attrs = self.fields["upload"].widget.attrs
            self.fields["upload"].widget = UnfoldAdminFileFieldWidget(attrs)
        for name, (label, help_text) in FOCAL_POINT.items():
            if name in self.fields:
                self.fields[name].label = label
                self.fields[name].help_text = help_text


class MergeForm(forms.Form):
    into = forms.ModelChoiceField(
        queryset=AudienceTag.objects.all(),
        label=_("The other tag"),
        widget=AutocompleteSelect(TaggedPost._meta.get_field("tag"), admin.site),
    )


class HoldForm(forms.ModelForm[Hold]):
    class Meta:
        model = Hold
        fields = ["scope", "reason"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # a hold that is there can only be read
        if "scope" in self.fields:
            # nobody stops the whole house by not choosing
            choices = [("", _("Choose what to stop")), *Hold.Scope.choices]
            self.fields["scope"].choices = choices  # type: ignore[attr-defined]  # a ChoiceField

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        scope = cleaned.get("scope")
        # the page shows the picker of the chosen kind alone: what another one held is forgotten
        cleaned |= {name: None for name in ("spoke", "artist", "post") if scope and name != scope}
        named = {name for name in ("spoke", "artist", "post") if cleaned.get(name)}
        if scope and named != {scope} - {Hold.Scope.ALL.value}:
            of_its_kind = {
                Hold.Scope.SPOKE: gettext("Choose the spoke."),
                Hold.Scope.ARTIST: gettext("Choose the artist."),
                Hold.Scope.POST: gettext("Choose the post."),
            }
            self.add_error("scope", of_its_kind[scope])
        return cleaned

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from content.media.actions import (
    NO_ALT_TEXT,
    describe_asset,
    find_asset,
    set_focal_point,
    set_licence,
    store_picture,
)
from content.media.exceptions import UploadRefused
from content.media.models import Asset
from content.media.pictures import Picture, make_picture, read_upload

ACCEPTED = "image/jpeg,image/png,image/webp,image/gif"


class AssetForm(forms.ModelForm[Asset]):
    """A new picture, or the words and the focal point of one; ``store`` does it."""

    upload = forms.FileField(
        label=_("Picture"),
        help_text=_("JPEG, PNG, WebP or GIF, not animated."),
        error_messages={"empty": _("This file is empty.")},
        widget=forms.ClearableFileInput(attrs={"accept": ACCEPTED}),
    )

    # what clean_upload made of the upload
    picture: Picture

    class Meta:
        model = Asset
        fields = (
            *("title", "alt_text", "decorative", "credit", "focal_x", "focal_y"),
            *("licence_from", "licence_until", "licence_note"),
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            # another picture is another asset: what was published keeps its own
            self.fields.pop("upload", None)

    def clean_upload(self) -> Any:
        upload = self.cleaned_data["upload"]
        try:
            data = read_upload(upload)
            if existing := find_asset(data):
                words = gettext("This picture is here already, as “%(title)s”.")
                raise UploadRefused(words % {"title": existing})
            self.picture = make_picture(data, upload.name)
        except UploadRefused as refused:
            raise forms.ValidationError(str(refused)) from refused
        return upload

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not cleaned.get("decorative") and cleaned.get("alt_text") == "":
            self.add_error("alt_text", NO_ALT_TEXT)
        first, last = cleaned.get("licence_from"), cleaned.get("licence_until")
        if first and last and last < first:
            self.add_error("licence_until", gettext("It would end before it begins."))
        return cleaned

    def store(self, *, actor: User | None) -> Asset:
        """Carry out what the valid form says."""
        data = dict(self.cleaned_data)
        names = {"first": "licence_from", "last": "licence_until", "note": "licence_note"}
        licence = {name: data.pop(field) for name, field in names.items() if field in data}
        with transaction.atomic():
            asset = self._store(data, actor)
            return set_licence(asset=asset, actor=actor, **licence) if licence else asset

    def _store(self, data: dict[str, Any], actor: User | None) -> Asset:
        if data.pop("upload", None):
            return store_picture(picture=self.picture, actor=actor, **data)
        x, y = data.pop("focal_x"), data.pop("focal_y")
        asset = describe_asset(asset=self.instance, actor=actor, **data)
        return set_focal_point(asset=asset, x=x, y=y, actor=actor)

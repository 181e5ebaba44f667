"""Files that somebody hands in for a profile, and weights as they are shown."""

from __future__ import annotations

import dataclasses

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminFileFieldWidget

# weights of one kind that are shown
SHOWN = 15
NAMED_UNKNOWN = 12
LARGEST_FILE = 8_000_000
# how .xlsx, .ods and .xls files begin
SPREADSHEETS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
# what of a form's size its other fields and their frame take
FRAME = 50_000


@dataclasses.dataclass(frozen=True)
class Bar:
    name: str
    weight: float
    origin: str = ""

    @property
    def percent(self) -> float:
        return round(100 * self.weight, 1)


class CsvForm(forms.Form):
    """A CSV in UTF-8; cleaned, the file is its text."""

    file = forms.FileField(label=gettext_lazy("CSV file"), widget=UnfoldAdminFileFieldWidget())

    def clean_file(self) -> str:
        file = self.cleaned_data["file"]
        if file.size > LARGEST_FILE:
            raise forms.ValidationError(_("This is over 8 MB. Leave out what is seldom heard."))
        content = file.read()
        if content.startswith(SPREADSHEETS):
            raise forms.ValidationError(
                _("This is a spreadsheet, whatever its name. Save it as “CSV UTF-8” and try again.")
            )
        try:
            return str(content.decode("utf-8-sig"))
        except UnicodeDecodeError:
            message = _("This is no text in UTF-8. Save it as “CSV UTF-8” and try again.")
            raise forms.ValidationError(message) from None


def is_too_large(text: str) -> bool:
    """Say whether a form could not bring the text back."""
    most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    return bool(most) and len(text.encode()) > (most or 0) - FRAME

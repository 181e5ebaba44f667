from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

MONTH_HOURS = 31 * 24


class SilenceForm(forms.Form):
    """For how long nobody is told of an alert."""

    hours = forms.TypedChoiceField(
        label=_("For how long"),
        coerce=int,
        choices=[
            (1, _("an hour")),
            (4, _("4 hours")),
            (24, _("a day")),
            (7 * 24, _("a week")),
            (MONTH_HOURS, _("a month")),
        ],
        initial=4,
    )

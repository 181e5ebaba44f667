"""What people say about themselves, and what managers say about people."""

from __future__ import annotations

import zoneinfo
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _

from hub.people.models import profile_of


class ProfileForm(forms.Form):
    first_name = forms.CharField(label=_("First name"), max_length=150, required=False)
    last_name = forms.CharField(label=_("Last name"), max_length=150, required=False)
    lang = forms.ChoiceField(label=_("Language"), required=False)
    zone = forms.ChoiceField(
        label=_("Time zone"),
        help_text=_("Times of the audit log and of your sessions are shown in it."),
    )

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        chosen = profile_of(person)
        kwargs["initial"] = {
            "first_name": person.first_name,
            "last_name": person.last_name,
            "lang": chosen.lang,
            "zone": chosen.zone,
        }
        super().__init__(*args, **kwargs)
        langs = [("", _("As the browser asks for")), *settings.LANGUAGES]
        zones = [(name, name) for name in sorted(zoneinfo.available_timezones())]
        self.fields["lang"].choices = langs  # type: ignore[attr-defined]
        self.fields["zone"].choices = zones  # type: ignore[attr-defined]

"""The forms of spokes and channels in Unfold's clothes, and the questions of their steps."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    COLOR_CLASSES,
    SELECT_CLASSES,
    TEXTAREA_CLASSES,
    UnfoldAdminSelect2Widget,
)

from spokes.channels.connectors.registry import CONNECTORS
from spokes.channels.forms import ChannelForm, SecretsField, SpokeForm


def dress(form: forms.BaseForm, classes: dict[str, list[str]]) -> None:
    """Give fields that the admin did not make the classes that Unfold's own have."""
    for name, wanted in classes.items():
        if name in form.fields:
            form.fields[name].widget.attrs["class"] = " ".join(wanted)


def useless_fields(network: str) -> set[str]:
    """Name the fields of a channel that its network does not ask for."""
    kind = CONNECTORS.get(network)
    if kind is None:
        return set()
    wants = kind.capabilities
    asked = {"settings": wants.required_settings, "credentials": wants.required_credentials}
    return {name for name, names in asked.items() if not names}


class ConsoleSpokeForm(SpokeForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "colour" in self.fields:
            self.fields["colour"].widget = forms.TextInput({"type": "color"})
        dress(self, {"colour": COLOR_CLASSES})


class ConsoleChannelForm(ChannelForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zone = self.fields["zone"]
        if self.instance.pk:
            # what is not shown is not sent: it stays as it is
            self.initial["settings"] = self.instance.settings
            for name in useless_fields(self.instance.network) & self.fields.keys():
                self.fields[name].disabled = True
        zone.widget = UnfoldAdminSelect2Widget(choices=zone.widget.choices)
        dress(
            self,
            {
                "network": SELECT_CLASSES,
                "settings": TEXTAREA_CLASSES,
                "credentials": TEXTAREA_CLASSES,
            },
        )


class CredentialsForm(forms.Form):
    """New credentials for one channel; never shown again."""

    credentials = SecretsField(
        help_text=_('Names with values, like {"token": "…"}. They replace what is there.')
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dress(self, {"credentials": TEXTAREA_CLASSES})

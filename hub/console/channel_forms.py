"""The forms of spokes and channels in Unfold's clothes, and the questions of their steps."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.models import AbstractBaseUser
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    COLOR_CLASSES,
    INPUT_CLASSES,
    SELECT_CLASSES,
    TEXTAREA_CLASSES,
    UnfoldAdminSelect2Widget,
)

from hub.console.moments import zones
from hub.console.welcome.forms import SPOKE_TIMES
from hub.console.welcome.times import TimesField, weekly
from hub.schedule.openings import SITE, open_spoke
from spokes.channels.connectors.registry import CONNECTORS
from spokes.channels.forms import ChannelForm, SecretsField, SpokeForm
from spokes.channels.models import Channel, Spoke


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


class OpenSpokeForm(ConsoleSpokeForm):
    """A new spoke with all that it needs to publish: its site, and weekly times on it."""

    zone = forms.ChoiceField(
        choices=lambda: [(zone, zone) for zone in zones()],
        label=_("Time zone"),
        help_text=_("The spoke gets its own site, which publishes by the clock of this zone."),
    )
    weekdays = TimesField(
        label=_("Monday to Friday"),
        help_text=_("Times of day with commas between, like 12:00, 18:00. Empty: no slots."),
    )
    weekend = TimesField(label=_("Saturday and Sunday"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        of_hub = Channel.objects.of_hub().filter(network=SITE).first()
        for name, first in zip(("weekdays", "weekend"), SPOKE_TIMES, strict=True):
            self.fields[name].initial = first
        zone = self.fields["zone"]
        zone.initial = of_hub.zone if of_hub else "UTC"
        zone.widget = UnfoldAdminSelect2Widget(choices=zone.widget.choices)
        self.fields["name"].required = False
        self.fields["name"].help_text = _("Empty: the name of its genre.")
        dress(self, {"weekdays": INPUT_CLASSES, "weekend": INPUT_CLASSES})

    def write(self, *, actor: AbstractBaseUser | None, spoke: Spoke | None = None) -> Spoke:
        """Open the spoke. Raises SpokeInvalid, ChannelInvalid and SlotInvalid."""
        told = self.cleaned_data
        fields = {name: told[name] for name in SpokeForm.Meta.fields}
        slots = weekly(told["weekdays"], told["weekend"])
        return open_spoke(
            **{**fields, "name": fields["name"] or None},
            zone=told["zone"],
            slots=slots,
            actor=actor,
        )


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

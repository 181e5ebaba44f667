"""The forms of spokes and channels; they save through the actions, which say what is wrong."""

from __future__ import annotations

import json
import zoneinfo
from typing import Any

from django import forms
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from spokes.channels.actions import (
    add_channel,
    add_spoke,
    change_channel,
    change_spoke,
    reconnect_channel,
)
from spokes.channels.connectors.registry import CONNECTORS
from spokes.channels.models import Channel, Spoke


class NamesField(forms.JSONField):
    """Names with their values, as a JSON object; empty is none."""

    widget = forms.Textarea(attrs={"rows": 4, "spellcheck": "false"})

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values:
            return {}
        try:
            names = json.loads(value) if isinstance(value, str) else value
        except json.JSONDecodeError as error:
            raise ValidationError(
                gettext(
                    "Line {lineno}, column {colno} is no JSON ({msg}). It should look like "
                    '{{"url": "https://example.org/hook"}}.'
                ).format(lineno=error.lineno, colno=error.colno, msg=error.msg),
                code="invalid",
            ) from error
        if not isinstance(names, dict):
            raise ValidationError(
                gettext("It should be names with values, in braces: {…}."), code="invalid"
            )
        return names

    def prepare_value(self, value: Any) -> Any:
        return json.dumps(value, indent=2, ensure_ascii=False) if isinstance(value, dict) else value


class SecretTextarea(forms.Textarea):
    """Takes a secret and never shows one, not even that which was just entered."""

    def format_value(self, value: Any) -> str:
        return ""


class SecretsField(NamesField):
    widget = SecretTextarea(attrs={"rows": 3, "spellcheck": "false", "autocomplete": "off"})


class SpokeForm(forms.ModelForm[Spoke]):
    class Meta:
        model = Spoke
        fields = [
            *("genre", "name", "colour", "tagline", "audience", "rolls_up"),
            *("genre_floor", "position"),
        ]
        widgets = {"colour": forms.TextInput(attrs={"type": "color"})}
        help_texts = {"audience": _("Empty: everything of its genre and the genres below it.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _freeze(self, "genre")
        if "genre_floor" in self.fields:
            self.fields["genre_floor"].required = False

    def clean_genre_floor(self) -> float:
        """Leave the floor as it is where none is said."""
        said: float | None = self.cleaned_data["genre_floor"]
        return self.instance.genre_floor if said is None else said

    def write(self, *, actor: AbstractBaseUser | None, spoke: Spoke | None = None) -> Spoke:
        """Add a spoke, or change the given one. Raises SpokeInvalid."""
        fields = {name: self.cleaned_data[name] for name in SpokeForm.Meta.fields}
        if spoke is None:
            return add_spoke(**fields, actor=actor)
        del fields["genre"]
        return change_spoke(spoke=spoke, fields=fields, actor=actor)


class ChannelForm(forms.ModelForm[Channel]):
    network = forms.ChoiceField(
        choices=lambda: [(name, kind.capabilities.label) for name, kind in CONNECTORS.items()]
    )
    zone = forms.ChoiceField(
        choices=lambda: [(zone, zone) for zone in sorted(zoneinfo.available_timezones())],
        initial="UTC",
        label=_("Time zone"),
    )
    settings = NamesField(required=False)
    credentials = SecretsField(required=False)

    class Meta:
        model = Channel
        fields = [
            "name",
            "network",
            "spoke",
            "zone",
            "audience",
            "fit_floor",
            "late_policy",
            "late_spacing_minutes",
            "max_inflight",
            "settings",
        ]
        help_texts = {
            "spoke": _("Empty: a channel of the hub."),
            "audience": _("Empty: the audience of its spoke; on the hub, every post."),
            "max_inflight": _("Deliveries on their way at once. Empty: what suits the network."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _freeze(self, "network")
        # the admin would put what is stored into the form
        self.initial.pop("credentials", None)
        known = bool(self.instance.pk)
        if "late_spacing_minutes" in self.fields:
            self.fields["late_spacing_minutes"].required = False
        self.fields["settings"].help_text = _needed("required_settings")
        self.fields["credentials"].help_text = _needed("required_credentials") + (
            gettext("Never shown again.") + (gettext(" Empty: as they are.") if known else "")
        )
        if not known and "max_inflight" in self.fields:
            self.fields["max_inflight"].required = False
            self.initial["max_inflight"] = None

    def clean_late_spacing_minutes(self) -> int:
        """Leave the pace as it is where none is said."""
        said: int | None = self.cleaned_data["late_spacing_minutes"]
        return self.instance.late_spacing_minutes if said is None else said

    def write(self, *, actor: AbstractBaseUser | None, channel: Channel | None = None) -> Channel:
        """Add a channel, or change the given one. Raises ChannelInvalid."""
        fields = {name: self.cleaned_data[name] for name in ChannelForm.Meta.fields}
        credentials = self.cleaned_data["credentials"]
        if channel is None:
            return add_channel(**fields, credentials=credentials, actor=actor)
        del fields["network"]
        with transaction.atomic():
            change_channel(channel=channel, fields=fields, actor=actor)
            if credentials:
                reconnect_channel(channel=channel, credentials=credentials, actor=actor)
        return channel


def _freeze(form: forms.ModelForm[Any], name: str) -> None:
    """Keep a field as it is once the row exists."""
    if form.instance.pk and name in form.fields:
        form.fields[name].disabled = True


def _needed(kind: str) -> str:
    """Say which names each network needs: ``Webhook needs “url”.``"""
    sentences = []
    for connector in CONNECTORS.values():
        names = getattr(connector.capabilities, kind)
        if names:
            words = ", ".join(f"“{name}”" for name in names)
            sentences.append(
                gettext("{label} needs {words}. ").format(
                    label=connector.capabilities.label, words=words
                )
            )
    return "".join(sentences)

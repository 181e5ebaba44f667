"""Forms for spokes and channels; the actions check what is filled in."""

from __future__ import annotations

from typing import Any

from django import forms
from unfold.widgets import (
    UnfoldAdminColorInputWidget,
    UnfoldAdminSelect2Widget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
)

from hub.console.moments import zones
from hub.console.typed import ModelForm
from spokes.channels.connectors.registry import CONNECTORS
from spokes.channels.models import Channel, Spoke


class SpokeForm(ModelForm):
    name = forms.CharField(max_length=80, required=False, help_text="Empty: the name of its genre.")

    class Meta:
        model = Spoke
        fields = ["genre", "name", "tagline", "colour", "audience", "rolls_up", "position"]
        widgets = {"colour": UnfoldAdminColorInputWidget}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "audience" in self.fields:
            self.fields["audience"].help_text = "Empty: its genre and whatever is below it."


class NamedValuesField(forms.CharField):
    """Names with values, one a line: ``url: https://example.org/hook``."""

    widget = UnfoldAdminTextareaWidget(attrs={"rows": 3})

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        super().__init__(**kwargs)

    def clean(self, value: Any) -> dict[str, str]:
        pairs: dict[str, str] = {}
        for line in super().clean(value).splitlines():
            name, colon, said = line.partition(":")
            if not line.strip():
                continue
            if not (colon and name.strip() and said.strip()):
                raise forms.ValidationError(
                    "Write one “name: value” a line; a line here has no name or no value."
                )
            pairs[name.strip()] = said.strip()
        return pairs

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, dict):
            return "\n".join(f"{name}: {said}" for name, said in value.items())
        return value


def needs(kind: str) -> str:
    """Say which names each network needs; ``kind`` is settings or credentials."""
    wanted = {
        connector.capabilities.label: getattr(connector.capabilities, f"required_{kind}")
        for connector in CONNECTORS.values()
    }
    said = [f"{label} needs {', '.join(names)}." for label, names in wanted.items() if names]
    return " ".join(["One “name: value” a line.", *said])


class ChannelForm(ModelForm):
    network = forms.ChoiceField(widget=UnfoldAdminSelectWidget)
    zone = forms.ChoiceField(
        widget=UnfoldAdminSelect2Widget,
        label="Time zone",
        initial="UTC",
        help_text="Times of this channel are shown and chosen in it.",
    )
    settings = NamedValuesField()
    credentials = NamedValuesField()
    max_inflight = forms.IntegerField(
        required=False,
        min_value=1,
        label="At once",
        help_text="Deliveries on their way at one time. Empty: what suits the network.",
    )

    class Meta:
        model = Channel
        fields = [
            "network",
            "name",
            "spoke",
            "zone",
            "audience",
            "settings",
            "credentials",
            "late_policy",
            "max_inflight",
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = [(name, kind.capabilities.label) for name, kind in CONNECTORS.items()]
        offered = {"network": known, "zone": [(zone, zone) for zone in zones()]}
        for name, choices in offered.items():
            if name in self.fields:
                self.fields[name].choices = choices  # type: ignore[attr-defined]
        for name in ("settings", "credentials"):
            if name in self.fields:
                self.fields[name].help_text = needs(name)
        if self.instance.pk:
            # they are written, never read: another step replaces them
            self.fields.pop("credentials", None)
            self.fields.pop("network", None)
            self.fields["max_inflight"].required = True
        else:
            self.initial["max_inflight"] = None
            self.fields["spoke"].help_text = "Empty: a channel of the hub, for everyone."


class CredentialsForm(forms.Form):
    """New credentials for one channel."""

    credentials = NamedValuesField(required=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["credentials"].help_text = needs("credentials")

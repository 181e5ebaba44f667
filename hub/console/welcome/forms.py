"""What the pages for newcomers ask."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib.auth.models import Group, User
from django.contrib.auth.password_validation import (
    password_validators_help_texts,
    validate_password,
)
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from hub.console.moments import zones
from hub.console.welcome.times import TimesField, weekly
from hub.people.actions import groups_to_give
from hub.people.roles import APPROVER
from spokes.channels.models import Hub, Spoke, hex_colour

HUB_TIMES = ("09:00, 12:00, 18:00", "11:00")
SPOKE_TIMES = ("12:00, 18:00", "11:00")


class Described(forms.Form):
    """A form whose fields tell a screen reader where their help and their errors stand."""

    def refuse(self, errors: Mapping[str, list[str]], rename: Mapping[str, str] = {}) -> None:
        """Put what an action refused beside its fields; the rest above the form."""
        for name, reasons in errors.items():
            field = rename.get(name, name)
            for reason in reasons:
                self.add_error(field if field in self.fields else None, reason)

    def __getitem__(self, name: str) -> forms.BoundField:
        bound = super().__getitem__(name)
        attrs = bound.field.widget.attrs
        told = [f"{bound.auto_id}-help"] if bound.field.help_text else []
        if self.is_bound and name in self.errors:
            attrs["aria-invalid"] = "true"
            told.append(f"{bound.auto_id}-error")
        if told:
            attrs["aria-describedby"] = " ".join(told)
        return bound


class PasswordForm(Described):
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=_("Password again"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    @property
    def rules(self) -> list[str]:
        return password_validators_help_texts()

    def person(self) -> User:
        """Give whom the password is for, as far as the form knows: it must not be like them."""
        raise NotImplementedError

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        password = cleaned.get("password")
        if not password:
            return cleaned
        try:
            validate_password(password, self.person())
        except ValidationError as error:
            self.add_error("password", error)
        if cleaned.get("again") is not None and cleaned["again"] != password:
            self.add_error("again", _now("These are two different passwords."))
        return cleaned


class AdministratorForm(PasswordForm):
    name = forms.CharField(
        label=_("Your name"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "name", "autofocus": True}),
    )
    email = forms.EmailField(
        label=_("E-mail"), widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )
    username = forms.CharField(
        label=_("User name"),
        max_length=150,
        help_text=_("What you sign in with: letters, digits and @ . + - _ only."),
        validators=User._meta.get_field("username").validators,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
    )
    field_order = ["name", "email", "username", "password", "again"]

    def clean_username(self) -> str:
        username = str(self.cleaned_data["username"])
        if User.objects.filter(username__iexact=username).exists():
            raise ValidationError(_now("Somebody is called so already."))
        return username

    def person(self) -> User:
        known = self.cleaned_data
        return User(
            username=known.get("username", ""),
            first_name=known.get("name", ""),
            email=known.get("email", ""),
        )


def _colour(value: object) -> str:
    return str(value).strip().lower()


class ColourField(forms.CharField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            widget=forms.TextInput(attrs={"type": "color"}), validators=[hex_colour], **kwargs
        )

    def to_python(self, value: Any) -> str:
        return _colour(super().to_python(value))


class HubForm(Described):
    name = forms.CharField(
        label=_("Name"),
        max_length=80,
        help_text=_("The name of the front page, of the feeds and of this console."),
        widget=forms.TextInput(attrs={"autocomplete": "organization", "data-preview": "name"}),
    )
    tagline = forms.CharField(
        label=_("Tagline"),
        max_length=160,
        required=False,
        help_text=_("One line that says what it is about. You may leave it empty."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "data-preview": "tagline"}),
    )
    colour = ColourField(
        label=_("Colour"),
        help_text=_("Text in this colour is darkened or lightened until it can be read."),
    )

    def __init__(self, *args: Any, hub: Hub, **kwargs: Any) -> None:
        known = {"tagline": hub.tagline, "colour": hub.colour}
        kwargs["initial"] = {**known, "name": hub.name if hub.is_named else ""}
        super().__init__(*args, **kwargs)
        self.fields["colour"].widget.attrs["data-preview"] = "colour"


class TimesForm(Described):
    weekdays = TimesField(label=_("Monday to Friday"))
    weekend = TimesField(label=_("Saturday and Sunday"))

    @property
    def slots(self) -> list[tuple[int, Any]]:
        return weekly(self.cleaned_data["weekdays"], self.cleaned_data["weekend"])


class HouseForm(TimesForm):
    zone = forms.ChoiceField(
        label=_("Time zone"),
        help_text=_("The times below are wall times there, in summer and in winter."),
        widget=forms.Select(attrs={"data-zone": ""}),
    )
    field_order = ["zone", "weekdays", "weekend"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["zone"].choices = [(zone, zone) for zone in zones()]  # type: ignore[attr-defined]  # a ChoiceField


class SpokeForm(TimesForm):
    name = forms.CharField(label=_("Name"), max_length=80)
    tagline = forms.CharField(label=_("Tagline"), max_length=160, required=False)
    colour = ColourField(label=_("Colour"))
    field_order = ["name", "tagline", "colour", "weekdays", "weekend"]


class InvitationForm(Described):
    name = forms.CharField(
        label=_("Name"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    email = forms.EmailField(
        label=_("E-mail"), widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )
    group = forms.ModelChoiceField(queryset=Group.objects.none(), label=_("Role"), empty_label=None)
    spokes = forms.ModelMultipleChoiceField(
        queryset=Spoke.objects.all(),
        required=False,
        label=_("Works on"),
        help_text=_("Without a tick: on the whole house."),
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, actor: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = {group.name: group.pk for group in groups_to_give(actor)}
        groups = Group.objects.filter(pk__in=own.values()).order_by("name")
        self.fields["group"].queryset = groups  # type: ignore[attr-defined]  # a ModelChoiceField
        self.fields["group"].initial = own.get(APPROVER)

    def clean_email(self) -> str:
        email = User.objects.normalize_email(self.cleaned_data["email"])
        if User.objects.filter(email__iexact=email).exists():
            raise ValidationError(_now("Somebody with this address is in the house already."))
        return email

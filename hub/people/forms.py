"""What people say about themselves, and what managers say about people."""

from __future__ import annotations

import zoneinfo
from typing import Any

from allauth.account.forms import LoginForm
from django import forms
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.utils.translation import gettext_lazy as _

from hub.people.actions import groups_to_give
from hub.people.models import Membership, profile_of
from hub.people.scope import spokes_of, visible
from spokes.channels.models import Spoke


class SignInForm(LoginForm):
    """Say once where to go with a forgotten password: below the form."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = ""


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
        self.fields["lang"].choices = langs  # type: ignore[attr-defined]  # a ChoiceField
        self.fields["zone"].choices = zones  # type: ignore[attr-defined]  # a ChoiceField


class PersonForm(forms.ModelForm[User]):
    """A person as a manager sees one; offered is only what that manager may give."""

    # set by the admin class, for each request
    actor: User

    groups = forms.ModelMultipleChoiceField(
        queryset=Group.objects.none(),
        required=False,
        label=_("Groups"),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("What the person may do. Several groups add up."),
    )
    whole_house = forms.BooleanField(
        required=False,
        label=_("Works in the whole house"),
        help_text=_("Sees every spoke and the hub. Otherwise choose spokes below."),
    )
    spokes = forms.ModelMultipleChoiceField(
        queryset=Spoke.objects.none(),
        required=False,
        label=_("Spokes"),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("The person sees and changes these, and nothing else."),
    )

    class Meta:
        model = User
        fields = ["username", "email", "first_name", "last_name", "is_active", "is_superuser"]
        labels = {"is_superuser": _("May do everything"), "is_active": _("The account is open")}
        help_texts = {
            "is_superuser": _("Beyond all groups, in the whole house, without limits."),
            "is_active": _("Close it instead of deleting it: what the person did stays."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = [group.pk for group in groups_to_give(self.actor)]
        self._offer("groups", Group.objects.filter(pk__in=own).order_by("name"))
        self._offer("spokes", visible(self.actor, Spoke.objects.all()))
        if spokes_of(self.actor) is not None:
            self.fields.pop("whole_house", None)
        if self.instance.pk:
            self._fill_in()

    def _offer(self, name: str, rows: Any) -> None:
        if name in self.fields:
            self.fields[name].queryset = rows  # type: ignore[attr-defined]  # a ModelChoiceField

    def _fill_in(self) -> None:
        places = Membership.objects.filter(user=self.instance).values_list("spoke_id", flat=True)
        self.initial["groups"] = list(self.instance.groups.values_list("pk", flat=True))
        self.initial["spokes"] = [key for key in places if key is not None]
        self.initial["whole_house"] = None in set(places)

    def clean_email(self) -> str:
        """Keep addresses apart: people sign in by them."""
        email: str = self.cleaned_data["email"]
        others = User.objects.exclude(pk=self.instance.pk)
        if email and others.filter(email__iexact=email).exists():
            raise forms.ValidationError(_("Somebody else has this address already."))
        return email

    def clean(self) -> dict[str, Any]:
        """Keep the groups that the manager can't give or take as they are."""
        cleaned = super().clean() or self.cleaned_data
        if self.instance.pk and "groups" in cleaned:
            offered = self.fields["groups"].queryset  # type: ignore[attr-defined]  # a ModelChoiceField
            kept = self.instance.groups.exclude(pk__in=offered.values("pk"))
            cleaned["groups"] = [*cleaned["groups"], *kept]
        return cleaned

"""People: who may do what, and where."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from allauth.account.internal.flows.reauthentication import raise_if_reauthentication_required
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django import forms
from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.models import Group, User
from django.db.models import CharField, Exists, F, OuterRef, QuerySet, Value
from django.db.models.functions import Cast, Coalesce
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from taggit.models import Tag
from unfold.contrib.filters.admin import (
    BooleanRadioFilter,
    RelatedDropdownFilter,
)
from unfold.views import ChangeList as UnfoldChangeList

from hub.console.admin.base import ConsoleAdmin
from hub.console.people import acting, full_name
from hub.console.saving import SavesByAction
from hub.console.steps import Step
from hub.console.typed import ModelAdmin, display
from hub.people.actions import (
    change_person,
    end_sessions,
    invite_person,
    may_manage,
    password_link,
    send_invitation,
    turn_off_two_factor,
)
from hub.people.adapters import signed_in_lately
from hub.people.exceptions import NotYours
from hub.people.forms import PersonForm
from hub.people.models import Membership
from hub.people.scope import sees_whole_house

# Django's own pages of people come back below in Unfold's clothes; those of axes, allauth
# and taggit show rows that nobody here works with
admin.site.unregister([User, Group, AccessAttempt, AccessFailureLog, AccessLog, Tag])
admin.site.unregister([EmailAddress, Authenticator, UserSession])


def _may_manage(person: User, actor: User) -> bool:
    return may_manage(actor, person)


def _waits_for_password(person: User) -> bool:
    return not person.has_usable_password()


def _has_two_factor(person: User) -> bool:
    return Authenticator.objects.filter(user=person).exists()


def _is_signed_in(person: User) -> bool:
    return UserSession.objects.filter(user=person).exists()


def _make_link(person: User, actor: User, answers: dict[str, Any]) -> str:
    """Mail the link, or show it where no mail server is set."""
    link = password_link(person=person, actor=actor)
    if send_invitation(person=person, link=link):
        return gettext("A link to choose a password is on its way to %(email)s.") % {
            "email": person.email
        }
    said = gettext("Send this link to %(name)s; it works once, for three days:")
    return f"{said % {'name': full_name(person)}} {link}"


def _let_in(person: User, actor: User, answers: dict[str, Any]) -> str:
    turn_off_two_factor(person=person, actor=actor)
    return gettext(
        "%(name)s signs in with the password alone until the second factor is set up."
    ) % {"name": full_name(person)}


def _sign_out(person: User, actor: User, answers: dict[str, Any]) -> str:
    count = end_sessions(person=person, actor=actor)
    said = ngettext("Signed out in %(count)d place.", "Signed out in %(count)d places.", count)
    return said % {"count": count}


MANAGE = "auth.change_user"
PERSON_STEPS = (
    Step(
        name="invite",
        label=_("Send the invitation again"),
        permission=MANAGE,
        perform=_make_link,
        applies=_waits_for_password,
        allows=_may_manage,
        tone="main",
    ),
    Step(
        name="reset",
        label=_("Link for a new password"),
        permission=MANAGE,
        perform=_make_link,
        applies=User.has_usable_password,
        allows=_may_manage,
        form=forms.Form,
        intro=_("The present password keeps working until a new one is chosen."),
    ),
    Step(
        name="let-in",
        label=_("Turn off the second factor"),
        permission=MANAGE,
        perform=_let_in,
        applies=_has_two_factor,
        allows=_may_manage,
        form=forms.Form,
        intro=_("For somebody who lost the phone and the recovery codes. Make sure who asks."),
        tone="danger",
    ),
    Step(
        name="sign-out",
        label=_("Sign out everywhere"),
        permission=MANAGE,
        perform=_sign_out,
        applies=_is_signed_in,
        allows=_may_manage,
        form=forms.Form,
        intro=_("Every session ends at once; the password keeps working."),
    ),
)


# groups and places of the people of a page are read in one query
GROUP, PLACE = "group", "place"
WHOLE_HOUSE = ""


def with_belongings(people: Iterable[Any]) -> list[Any]:
    """Tell each person's groups and spokes, by name; the whole house is an empty one."""
    shown = list(people)
    keys = [person.pk for person in shown]
    groups = User.groups.through.objects.filter(user__in=keys).order_by()
    places = Membership.objects.filter(user__in=keys).order_by()
    spoke = Coalesce("spoke__name", Value(WHOLE_HOUSE))
    found: dict[int, dict[str, list[str]]] = {key: {GROUP: [], PLACE: []} for key in keys}
    rows = _named(groups, GROUP, F("group__name")).union(_named(places, PLACE, spoke), all=True)
    for key, what, name in rows:
        found[key][what].append(name)
    for person in shown:
        person.belongs_to = {what: sorted(names) for what, names in found[person.pk].items()}
    return shown


def _named(rows: QuerySet[Any], what: str, name: Any) -> QuerySet[Any, Any]:
    kind = Value(what, output_field=CharField())
    named = rows.annotate(what=kind, called=Cast(name, CharField()))
    found: QuerySet[Any, Any] = named.values_list("user_id", "what", "called")
    return found


class PeopleList(UnfoldChangeList):
    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list: Any = with_belongings(self.result_list)


@admin.register(User)
class UserAdmin(SavesByAction, ConsoleAdmin):
    """People are invited, given groups and places; what they did stays, so none is deleted."""

    form = PersonForm
    steps = PERSON_STEPS
    when_empty = _("Nobody here yet.")
    refusal_fields = {NotYours: "groups"}
    list_display = ["name", "username", "email", "may", "works_in", "has_second_factor", "active"]
    list_display_links = ["name"]
    list_filter = [("is_active", BooleanRadioFilter), ("groups", RelatedDropdownFilter)]
    search_fields = ["username", "first_name", "last_name", "email"]
    ordering = ["username"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Keep the name under which the log knows a person."""
        return ["last_login", *(["username"] if obj else [])]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        rows: QuerySet[User] = super().get_queryset(request)
        factors = Authenticator.objects.filter(user=OuterRef("pk")).order_by()
        return rows.annotate(two_factor=Exists(factors))

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return PeopleList

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        return type(form.__name__, (form,), {"actor": acting(request)})

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        actor = acting(request)
        names = ["username", "email", ("first_name", "last_name")]
        places = [*(["whole_house"] if sees_whole_house(actor) else []), "spokes"]
        account = ["is_active", *(["is_superuser"] if actor.is_superuser else []), "last_login"]
        if obj is not None and not self.has_change_permission(request, obj):
            return [(None, {"fields": [*names, "is_active", "last_login"]})]
        return [
            (None, {"fields": names}),
            (_("What they may do"), {"fields": ["groups"]}),
            (_("Where"), {"fields": places}),
            *([(_("Account"), {"fields": account})] if obj else []),
        ]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or may_manage(acting(request), obj))

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Ask for the password again before rights are given."""
        if request.method == "POST" and not signed_in_lately(request):
            raise_if_reauthentication_required(request, app="allauth.mfa")
        return super().changeform_view(request, object_id, form_url, extra_context)

    def write(self, *, actor: User, row: Any, form: Any, formsets: Any) -> User:
        fields = form.cleaned_data
        if row is not None:
            return change_person(actor=actor, person=row, **fields)
        return invite_person(actor=actor, **fields)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> Any:
        """Bring the link to the new person at once."""
        messages.success(request, _make_link(obj, acting(request), {}))
        return HttpResponseRedirect(self.change_url(obj))

    @display(description=_("Name"), ordering="first_name")
    def name(self, person: User) -> str:
        return full_name(person)

    @display(description=_("May"))
    def may(self, person: Any) -> str:
        if person.is_superuser:
            return gettext("everything")
        return ", ".join(person.belongs_to[GROUP]) or "–"

    @display(description=_("Works in"))
    def works_in(self, person: Any) -> str:
        places = person.belongs_to[PLACE]
        if person.is_superuser or WHOLE_HOUSE in places:
            return gettext("the whole house")
        return ", ".join(places) or "–"

    @display(description=_("Two-factor"), boolean=True)
    def has_second_factor(self, person: Any) -> bool:
        return bool(person.two_factor)

    @display(description=_("Open"), boolean=True, ordering="is_active")
    def active(self, person: User) -> bool:
        return person.is_active


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, ModelAdmin):
    pass

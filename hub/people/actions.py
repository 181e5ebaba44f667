"""What is done with people: invited, placed, changed. Nobody gives what he or she has not."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import partial
from typing import Any

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.models import Group, Permission, User
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from content.audit.actions import record
from hub.people.adapters import note_ended
from hub.people.exceptions import NotYours
from hub.people.models import Membership, Profile
from hub.people.scope import may_change, spokes_of
from spokes.channels.models import Spoke
from spokes.channels.naming import hub_name

NAMES = ("first_name", "last_name", "email", "is_active", "is_superuser")


def may_manage(actor: User, person: User) -> bool:
    """Tell whether the actor may change this person: in reach, and not above him or her."""
    if actor.is_superuser:
        return True
    if person.is_superuser or not may_change(actor, person):
        return False
    return person.get_all_permissions() <= actor.get_all_permissions()


def groups_to_give(actor: User) -> list[Group]:
    """List the groups that allow nothing which the actor may not do."""
    groups = Group.objects.order_by("name").prefetch_related("permissions__content_type")
    if actor.is_superuser:
        return list(groups)
    own = actor.get_all_permissions()
    return [group for group in groups if {_named(one) for one in group.permissions.all()} <= own]


def _named(permission: Permission) -> str:
    return f"{permission.content_type.app_label}.{permission.codename}"


@transaction.atomic
def invite_person(
    *,
    actor: User,
    username: str,
    email: str,
    first_name: str = "",
    last_name: str = "",
    groups: Collection[Group] = (),
    whole_house: bool = False,
    spokes: Collection[Spoke] = (),
) -> User:
    """Make an account that waits for its password; ``send_invitation`` brings the link.

    Raises NotYours for groups or places that the actor has not.
    """
    person = User(
        username=username,
        email=email,
        first_name=first_name,
        last_name=last_name,
        is_staff=True,
    )
    person.set_unusable_password()
    person.save(force_insert=True)
    _set_groups(person, groups, actor)
    _set_places(person, whole_house=whole_house, spokes=spokes, actor=actor)
    record(code="user.invited", subject=person, actor=actor, after=facts(person))
    return person


@transaction.atomic
def change_person(
    *,
    actor: User,
    person: User,
    groups: Collection[Group] | None = None,
    whole_house: bool = False,
    spokes: Collection[Spoke] | None = None,
    **names: Any,
) -> User:
    """Change names, groups and places; raises NotYours for what the actor may not give or take.

    Groups and places stay as they are when not given.
    """
    person = User.objects.select_for_update().get(pk=person.pk)
    if not may_manage(actor, person):
        raise NotYours(_("This person is not yours to change."))
    _check_names(actor, person, names)
    before = facts(person)
    changed = [name for name in NAMES if name in names and names[name] != getattr(person, name)]
    for name in changed:
        setattr(person, name, names[name])
    if changed:
        person.save(update_fields=changed)
    if groups is not None:
        _set_groups(person, groups, actor)
    if spokes is not None:
        _set_places(person, whole_house=whole_house, spokes=spokes, actor=actor)
    _record_difference(person, before, actor)
    if "is_active" in changed and not person.is_active:
        end_sessions(person=person, actor=actor)
    return person


def _check_names(actor: User, person: User, names: dict[str, Any]) -> None:
    if names.get("is_superuser", person.is_superuser) != person.is_superuser:
        if not actor.is_superuser:
            raise NotYours(_("Only those who may do everything make others so."))
        if actor.pk == person.pk:
            raise NotYours(_("Somebody else has to take this from you."), field="is_superuser")
    if actor.pk == person.pk and not names.get("is_active", True):
        raise NotYours(_("You can't close your own account."), field="is_active")


def _record_difference(person: User, before: dict[str, Any], actor: User) -> None:
    after = facts(person)
    names = [name for name in after if after[name] != before[name]]
    if names:
        record(
            code="user.changed",
            subject=person,
            actor=actor,
            before={name: before[name] for name in names},
            after={name: after[name] for name in names},
        )


def facts(person: User) -> dict[str, Any]:
    """Say what the log keeps of a person, as plain values."""
    places = Membership.objects.filter(user=person).select_related("spoke")
    return {
        **{name: getattr(person, name) for name in NAMES},
        "groups": sorted(person.groups.values_list("name", flat=True)),
        "spokes": sorted(str(place.spoke) if place.spoke else "*" for place in places),
    }


def _set_groups(person: User, groups: Collection[Group], actor: User) -> None:
    now = {group.pk for group in person.groups.all()}
    wanted = {group.pk for group in groups}
    if now == wanted:
        return
    own = {group.pk for group in groups_to_give(actor)}
    if not (now ^ wanted) <= own:
        raise NotYours(
            _("You can only give groups that allow nothing you may not do."), field="groups"
        )
    person.groups.set(groups)


def _set_places(person: User, *, whole_house: bool, spokes: Iterable[Spoke], actor: User) -> None:
    now = set(Membership.objects.filter(user=person).values_list("spoke_id", flat=True))
    wanted: set[int | None] = {None} if whole_house else {spoke.pk for spoke in spokes}
    if now == wanted:
        return
    own = spokes_of(actor)
    if own is not None and not (now ^ wanted) <= own:
        raise NotYours(_("You can only give places in your own spokes."), field="spokes")
    if own is not None and not wanted:
        raise NotYours(_("Choose one of your spokes at least."), field="spokes")
    Membership.objects.filter(user=person).delete()
    Membership.objects.bulk_create(Membership(user=person, spoke_id=key) for key in wanted)


@transaction.atomic
def change_profile(
    *, person: User, first_name: str, last_name: str, lang: str, zone: str
) -> Profile:
    """Store what a person says about himself or herself."""
    before = {"first_name": person.first_name, "last_name": person.last_name}
    after = {"first_name": first_name, "last_name": last_name}
    if before != after:
        User.objects.filter(pk=person.pk).update(**after)
        record(code="user.changed", subject=person, actor=person, before=before, after=after)
    profile, _made = Profile.objects.update_or_create(
        user=person, defaults={"lang": lang, "zone": zone}
    )
    return profile


def password_link(*, person: User, actor: User) -> str:
    """Make a link with which the person sets a password, once, within three days."""
    if not may_manage(actor, person):
        raise NotYours(_("This person is not yours to change."))
    token = default_token_generator.make_token(person)
    keys = {"uidb36": user_pk_to_url_str(person), "key": token}
    record(code="user.link_made", subject=person, actor=actor)
    return settings.SITE_URL + reverse("account_reset_password_from_key", kwargs=keys)


def send_invitation(*, person: User, link: str) -> bool:
    """Mail the link where a mail server is set and the person has an address; tell whether."""
    if not (settings.NAMED_EMAIL_URL and person.email):
        return False
    said = {"person": person, "link": link, "brand": hub_name()}
    send = partial(
        send_mail,
        subject=_("%(brand)s: your account") % {"brand": hub_name()},
        message=render_to_string("account/email/invitation_message.txt", said),
        from_email=None,
        recipient_list=[person.email],
    )
    # no mail server is waited for inside a transaction
    transaction.on_commit(send, robust=True)
    return True


@transaction.atomic
def turn_off_two_factor(*, person: User, actor: User) -> None:
    """Let a person in who lost the second factor; all sessions end."""
    if not may_manage(actor, person):
        raise NotYours(_("This person is not yours to change."))
    Authenticator.objects.filter(user=person).delete()
    record(code="user.two_factor_removed", subject=person, actor=actor)
    end_sessions(person=person, actor=actor)


def end_sessions(*, person: User, actor: User) -> int:
    """Sign a person out everywhere; return from how many places."""
    if not may_manage(actor, person):
        raise NotYours(_("This person is not yours to change."))
    sessions = list(UserSession.objects.filter(user=person))
    for session in sessions:
        note_ended(person, session, actor=actor)
        session.end()
    return len(sessions)

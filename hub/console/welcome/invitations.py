"""Inviting people with a name and an address alone, as the wizard asks for them."""

from __future__ import annotations

from collections.abc import Collection

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import Group, User
from django.db import transaction
from django.db.models import QuerySet

from content.catalogue.names import make_slug
from hub.people.actions import invite_person, password_link, send_invitation
from hub.people.scope import spokes_of
from spokes.channels.models import Spoke


def invite(
    *, name: str, email: str, group: Group, spokes: Collection[Spoke], actor: User
) -> tuple[User, str]:
    """Invite the person to these spokes, to the whole house without any; give the link, too.

    It is mailed where a mail server is set. Raises NotYours.
    """
    first, _space, last = name.strip().partition(" ")
    with transaction.atomic():
        person = invite_person(
            actor=actor,
            username=_free_username(email),
            email=email,
            first_name=first[:150],
            last_name=last[:150],
            groups=[group],
            whole_house=not spokes and spokes_of(actor) is None,
            spokes=spokes,
        )
        link = password_link(person=person, actor=actor)
        send_invitation(person=person, link=link)
    return person, link


def waiting_invitations() -> QuerySet[User]:
    """List people who have not chosen a password yet."""
    return (
        User.objects.filter(is_active=True, is_staff=True)
        .filter(password__startswith=UNUSABLE_PASSWORD_PREFIX)
        .order_by("pk")
    )


def _free_username(email: str) -> str:
    wanted = (make_slug(email.partition("@")[0]) or "person")[:140]
    taken = set(User.objects.filter(username__startswith=wanted).values_list("username", flat=True))
    number, username = 1, wanted
    while username in taken:
        number += 1
        username = f"{wanted}-{number}"
    return username

"""Inviting people: an account without a password, and a link where its owner chooses one."""

from __future__ import annotations

from collections.abc import Collection

from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import Group, User
from django.contrib.auth.tokens import default_token_generator
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.encoding import force_str
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode
from django.utils.translation import gettext as _

from content.audit.actions import record
from content.catalogue.names import make_slug
from hub.console.welcome.exceptions import InvitationInvalid
from hub.people.models import Membership
from spokes.channels.models import Spoke


def invite_person(
    *, name: str, email: str, group: Group, spokes: Collection[Spoke] = (), actor: User
) -> User:
    """Make the person a member of these spokes, of the whole house without any, by invitation.

    Raises InvitationInvalid for an address that somebody has already.
    """
    email = User.objects.normalize_email(email.strip())
    first, _space, last = name.strip().partition(" ")
    with transaction.atomic():
        if User.objects.filter(email__iexact=email).exists():
            words = _("Somebody with this address is in the house already.")
            raise InvitationInvalid({"email": [words]})
        person = User.objects.create_user(
            _free_username(email),
            email,
            first_name=first[:150],
            last_name=last[:150],
            is_staff=True,
        )
        person.groups.add(group)
        homes: list[Spoke | None] = [*spokes] or [None]
        Membership.objects.bulk_create(Membership(user=person, spoke=home) for home in homes)
        record(
            code="person.invited",
            subject=person,
            actor=actor,
            after={"group": group.name, "spokes": [str(home or "") for home in homes]},
        )
    return person


def join_link(person: User) -> str:
    """Give the address where the person chooses a password; it dies when that is done."""
    key = urlsafe_base64_encode(str(person.pk).encode())
    path = reverse("welcome:join", args=[key, default_token_generator.make_token(person)])
    return f"{settings.SITE_URL}{path}"


def invited_by(key: str, token: str) -> User | None:
    """Find whom a link invites; None when it is over, forged or used."""
    try:
        person = User.objects.get(pk=int(force_str(urlsafe_base64_decode(key))), is_active=True)
    except (ValueError, OverflowError, User.DoesNotExist):
        return None
    fresh = not person.has_usable_password() and default_token_generator.check_token(person, token)
    return person if fresh else None


def join(*, person: User, password: str) -> User:
    """Let the invited person in with the password that they chose."""
    with transaction.atomic():
        person.set_password(password)
        person.save(update_fields=["password"])
        record(code="person.joined", subject=person, actor=person)
    return person


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

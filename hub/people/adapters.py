"""How signing in works here, where django-allauth asks: by invitation only, with sealed secrets."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.usersessions.adapter import DefaultUserSessionsAdapter
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.urls import reverse

from content.audit.actions import record
from spokes.channels.fields import cipher
from spokes.channels.naming import hub_name


def signed_in_lately(request: HttpRequest) -> bool:
    """Tell whether a password or a code was given within ACCOUNT_REAUTHENTICATION_TIMEOUT."""
    user = request.user if isinstance(request.user, User) else None
    given = [record["at"] for record in get_authentication_records(request, user)]
    limit = settings.ACCOUNT_REAUTHENTICATION_TIMEOUT
    return bool(given) and time.time() - max(given) < limit


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Keep strangers out: a manager invites people."""
        return False

    def format_email_subject(self, subject: str) -> str:
        return f"{hub_name()}: {subject}"

    def is_reauthentication_required(self, *, app: str, **options: Any) -> bool:
        """Ask again before what is dangerous, unless the person came in a moment ago."""
        asked: bool = super().is_reauthentication_required(app=app)
        return asked and not signed_in_lately(context.request)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("account_profile")


class MFAAdapter(DefaultMFAAdapter):
    """Two-factor secrets are stored encrypted, with the keys of the channels' credentials."""

    def encrypt(self, text: str) -> str:
        return cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return cipher().decrypt(encrypted_text.encode()).decode()

    def get_totp_issuer(self) -> str:
        return hub_name()


class UserSessionsAdapter(DefaultUserSessionsAdapter):
    def end_sessions(self, sessions: Iterable[UserSession]) -> None:
        for session in sessions:
            note_ended(session.user, session, actor=session.user)
        super().end_sessions(sessions)


def note_ended(person: Any, session: UserSession, *, actor: Any) -> None:
    """Write down that a session was ended from elsewhere."""
    if isinstance(person, User):
        seen = {"address": session.ip, "browser": session.user_agent[:200]}
        record(code="user.session_ended", subject=person, actor=actor, before=seen)

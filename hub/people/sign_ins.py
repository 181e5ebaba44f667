"""What happens at the door, written into the audit log.

Django, axes and allauth tell of it by signals: that is their interface, not ours.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from allauth.account import signals as account
from allauth.mfa import signals as mfa
from allauth.mfa.models import Authenticator
from axes.signals import user_locked_out
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_out, user_login_failed
from django.db.models import Q
from django.dispatch import Signal
from django.http import HttpRequest
from django.utils import timezone

from content.audit.actions import record
from content.audit.models import AuditEntry
from hub.people.models import profile_of
from hub.people.preferences import SEEN_AT, remember


def whose(name: str) -> User | None:
    """Find the person by username or e-mail, as the sign-in form takes either."""
    if not name:
        return None
    return User.objects.filter(Q(username__iexact=name) | Q(email__iexact=name)).first()


def lockout_name(request: HttpRequest | None, credentials: dict[str, Any] | None) -> str:
    """Count wrong passwords by account, whichever of its names was typed. Read by axes."""
    given = credentials or {}
    typed = str(given.get("username") or given.get("email") or "")
    if not typed and request is not None:
        typed = request.POST.get("login", "")
    person = whose(typed)
    # a NUL is no name on PostgreSQL
    return person.get_username() if person else typed.replace("\0", "")[:150].lower()


def _signed_in(request: HttpRequest, user: User, **extra: Any) -> None:
    remember(request, profile_of(user))
    request.session[SEEN_AT] = timezone.now().timestamp()
    record(code="user.signed_in", subject=user, actor=user, after=_from(request))


def _signed_out(request: HttpRequest, user: Any, **extra: Any) -> None:
    if isinstance(user, User):
        record(code="user.signed_out", subject=user, actor=user)


def _failed(credentials: dict[str, Any], request: HttpRequest | None = None, **extra: Any) -> None:
    person = whose(str(credentials.get("username") or credentials.get("email") or ""))
    if person and not getattr(request, "axes_locked_out", False):
        record(code="user.sign_in_failed", subject=person, actor=None, after=_from(request))


def _locked_out(request: HttpRequest, username: str, **extra: Any) -> None:
    """Tell of it once, not again at each try while the door is closed."""
    person = whose(username)
    if person is None:
        return
    since = timezone.now() - timedelta(hours=settings.AXES_COOLOFF_TIME)
    told = AuditEntry.objects.about(person).filter(code="user.locked_out", at__gt=since)
    if not told.exists():
        record(code="user.locked_out", subject=person, actor=None, after=_from(request))


def _password(code: str) -> Any:
    def changed(request: HttpRequest, user: User, **extra: Any) -> None:
        record(code=code, subject=user, actor=user, after=_from(request))

    return changed


def _two_factor(code: str) -> Any:
    def noted(
        request: HttpRequest, user: User, authenticator: Authenticator | None = None, **extra: Any
    ) -> None:
        kind = authenticator.type if authenticator else ""
        record(code=code, subject=user, actor=user, after={"kind": kind})

    return noted


def _from(request: HttpRequest | None) -> dict[str, str]:
    if request is None:
        return {}
    return {
        "address": str(getattr(request, "axes_ip_address", "") or request.META.get("REMOTE_ADDR")),
        "browser": request.headers.get("User-Agent", "")[:200],
    }


RECEIVERS: tuple[tuple[Signal, Any], ...] = (
    (account.user_logged_in, _signed_in),
    (user_logged_out, _signed_out),
    (user_login_failed, _failed),
    (user_locked_out, _locked_out),
    (account.password_changed, _password("user.password_changed")),
    (account.password_set, _password("user.password_changed")),
    (account.password_reset, _password("user.password_reset")),
    (mfa.authenticator_added, _two_factor("user.two_factor_added")),
    (mfa.authenticator_removed, _two_factor("user.two_factor_removed")),
    (mfa.authenticator_reset, _two_factor("user.recovery_codes_made")),
    (mfa.authentication_failed, _two_factor("user.two_factor_failed")),
)


def listen() -> None:
    for signal, receiver in RECEIVERS:
        signal.connect(receiver, weak=False, dispatch_uid=f"people.{id(signal)}")

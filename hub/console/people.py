"""Who is acting, and what they may do. One name for each permission that the console asks for."""

from __future__ import annotations

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils.translation import gettext

WRITE = "editorial.change_post"
APPROVE = "editorial.approve_post"
SCHEDULE = "delivery.add_delivery"
# cancel, try again, move, withdraw
STEER = "delivery.change_delivery"
ROUTE = "audiences.change_routingoverride"
HOLD = "delivery.add_hold"
RELEASE = "delivery.delete_hold"
RUN_CHANNELS = "channels.change_channel"
SETTLE_GENRES = "catalogue.change_unresolvedgenre"


def acting(request: HttpRequest) -> User:
    """Return the person behind the request; the console lets no one else in."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def full_name(user: AbstractBaseUser | None) -> str:
    """Call people by their names; nobody is the clock."""
    if user is None:
        return gettext("the clock")
    return (user.get_full_name() if isinstance(user, User) else "") or user.get_username()


def require(request: HttpRequest, permission: str) -> User:
    user = acting(request)
    if not user.has_perm(permission):
        raise PermissionDenied
    return user

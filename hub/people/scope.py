"""What a person may see, by the spokes that he or she is a member of."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser, User

Person = AbstractBaseUser | AnonymousUser


def spokes_of(user: Person) -> frozenset[int] | None:
    """Give the keys of the person's spokes; None is the whole house."""
    if not isinstance(user, User) or not user.is_active:
        return frozenset()
    if user.is_superuser:
        return None
    if not hasattr(user, "_spokes"):
        keys = set(user.memberships.values_list("spoke_id", flat=True))
        user._spokes = None if None in keys else frozenset(keys)  # read once a request
    found: frozenset[int] | None = user._spokes
    return found


def visible(user: Person, rows: Any) -> Any:
    """Narrow a queryset of any model to what the person may see."""
    if spokes_of(user) is None:
        return rows
    raise NotImplementedError(rows.model)

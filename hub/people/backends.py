"""Sign-in by username or e-mail, and what a person may do."""

from __future__ import annotations

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.models import Permission
from django.db.models import Q


class PeopleBackend(AuthenticationBackend):
    """Reads a person's own permissions and those of the groups together, in one query."""

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        if not user_obj.is_active or user_obj.is_anonymous or obj is not None:
            return set()
        if not hasattr(user_obj, "_perm_cache"):
            given = Permission.objects.order_by()
            if not user_obj.is_superuser:
                given = given.filter(Q(user=user_obj) | Q(group__user=user_obj)).distinct()
            names = given.values_list("content_type__app_label", "codename")
            user_obj._perm_cache = {f"{app}.{codename}" for app, codename in names}
        permissions: set[str] = user_obj._perm_cache
        return permissions

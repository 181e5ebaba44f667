"""The first administrator of an empty house, by a link that only its terminal shows."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.core import signing
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from content.audit.actions import record
from hub.console.welcome.exceptions import HasAdministrator

SALT = "backbeat.first-administrator"
VALID_SECONDS = 24 * 60 * 60


def has_administrator() -> bool:
    return User.objects.filter(is_superuser=True, is_active=True).exists()


def setup_link() -> str:
    """Give the address where the first administrator is made; good for a day."""
    path = reverse("welcome:start", args=[signing.dumps("start", salt=SALT)])
    return f"{settings.SITE_URL}{path}"


def is_setup_token(token: str) -> bool:
    """Tell whether the token is ours and not too old."""
    try:
        return bool(signing.loads(token, salt=SALT, max_age=VALID_SECONDS) == "start")
    except signing.BadSignature:
        return False


def make_first_administrator(*, username: str, name: str, email: str, password: str) -> User:
    """Make the one who may do everything. Raises HasAdministrator when there is one."""
    with transaction.atomic():
        # a row that every house has, so that of two at the same moment one waits and then sees
        ContentType.objects.select_for_update().get(app_label="auth", model="user")
        if has_administrator():
            raise HasAdministrator(_("This house has an administrator already."))
        first, _space, last = name.strip().partition(" ")
        person = User.objects.create_superuser(
            username, email, password, first_name=first[:150], last_name=last[:150]
        )
        record(code="user.first_administrator", subject=person, actor=person)
    return person

"""Who works where: the spokes whose content a person sees and changes."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from spokes.channels.models import Spoke, validate_zone


class Membership(models.Model):
    """A person's place in the house: one spoke, or all of it when ``spoke`` is empty.

    What the person may do there is said by the groups. Without any membership there is nothing
    to see.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships"
    )
    spoke = models.ForeignKey(
        Spoke,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="memberships",
        help_text=_("Empty: the whole house."),
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "spoke"], condition=Q(spoke__isnull=False), name="member_once"
            ),
            models.UniqueConstraint(
                fields=["user"], condition=Q(spoke__isnull=True), name="member_of_all_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.spoke or 'the whole house'}"


class Profile(models.Model):
    """What a person chose for the console."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="profile"
    )
    zone = models.CharField(
        _("time zone"),
        max_length=64,
        default="UTC",
        validators=[validate_zone],
        help_text=_("Times of the audit log and of your sessions are shown in it."),
    )
    # empty: what the browser asks for
    lang = models.CharField(_("language"), max_length=12, blank=True)

    def __str__(self) -> str:
        return str(self.user)


def profile_of(user: User) -> Profile:
    """Give the person's choices; defaults, not stored, for one who never chose."""
    return Profile.objects.filter(user=user).first() or Profile(user=user)


class CacheEntry(models.Model):
    """A row of Django's database cache: how often something was tried, for all processes.

    Its columns are those that ``django.core.cache.backends.db`` reads and writes.
    """

    cache_key = models.CharField(max_length=255, primary_key=True)
    value = models.TextField()
    expires = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.cache_key

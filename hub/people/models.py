"""Who works where: the spokes whose content a person sees and changes."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from spokes.channels.models import Spoke


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
        help_text="Empty: the whole house.",
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

"""Who wants to see what: named expressions, and a person's word over them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from content.editorial.models import Post
from spokes.audiences.profiles.models import (
    ArchiveShare,
    AudienceProfile,
    ProfileArtist,
    ProfileGenre,
    ProfileTag,
)
from spokes.channels.models import Channel

__all__ = [
    "ArchiveShare",
    "Audience",
    "AudienceProfile",
    "AudienceVersion",
    "ProfileArtist",
    "ProfileGenre",
    "ProfileTag",
    "RoutingOverride",
]


class Audience(models.Model):
    """A named expression over post facts; ``spokes.audiences.language`` reads it."""

    name = models.CharField(max_length=120, unique=True)
    slug = models.SlugField(max_length=120, unique=True)
    expression = models.TextField(max_length=8000)
    # the genres, tags, artists and audiences that its values named when it was saved, so that it
    # follows them: {"genre": {"trap": [[7, "trap", "Trap"]]}}, ids with the slugs and names of then
    names = models.JSONField(default=dict, editable=False)
    note = models.CharField(max_length=300, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class AudienceUse(models.Model):
    """``audience`` asks for ``used``, which therefore stays."""

    audience = models.ForeignKey(Audience, on_delete=models.CASCADE, related_name="uses")
    used = models.ForeignKey(Audience, on_delete=models.PROTECT, related_name="used_by")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["audience", "used"], name="audience_use_once"),
        ]

    def __str__(self) -> str:
        return f"{self.audience} asks for {self.used}"


class RoutingOverride(models.Model):
    """A post pinned to a channel, or banned from it, by hand and for a reason."""

    class Verdict(models.TextChoices):
        PIN = "pin", _("Pinned")
        BAN = "ban", _("Banned")

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="routing_overrides")
    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="routing_overrides")
    verdict = models.CharField(max_length=3, choices=Verdict)
    reason = models.CharField(max_length=300)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["post", "channel"], name="override_once_per_channel"),
            models.CheckConstraint(condition=~Q(reason=""), name="override_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.post} {self.verdict} {self.channel}"


class AudienceVersion(models.Model):
    """A part of the number that names what routing is compiled from (``version``).

    A part has one row for each transaction that ever changed it while another was doing so.
    """

    part = models.CharField(max_length=40)
    token = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.part}: {self.token}"

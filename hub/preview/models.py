"""Links that show an outsider what is not published yet, and who came by them."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from content.editorial.models import Post
from hub.preview.querysets import ShareLinkQuerySet
from spokes.channels.models import Spoke


class ShareLink(models.Model):
    """One post, or what comes on a spoke within a window, for a person without an account.

    Whoever has the token sees it until ``expires_at`` or until somebody revokes it. Only the
    token's hash is kept, so that a copy of the database opens nothing.
    """

    class Kind(models.TextChoices):
        POST = "post", _("One post")
        PLACE = "place", _("What comes on a spoke or the hub")

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        EXPIRED = "expired", _("Expired")
        REVOKED = "revoked", _("Revoked")

    kind = models.CharField(_("what"), max_length=5, choices=Kind)
    # SHA-256 of the token's secret half
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    post = models.ForeignKey(
        Post, null=True, blank=True, on_delete=models.CASCADE, related_name="share_links"
    )
    # whose colours a post is shown in, or what comes where; empty is the hub
    spoke = models.ForeignKey(
        Spoke, null=True, blank=True, on_delete=models.CASCADE, related_name="share_links"
    )
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    label = models.CharField(_("for whom"), max_length=120)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = models.Manager.from_queryset(ShareLinkQuerySet)()

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = _("share link")
        verbose_name_plural = _("share links")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="post", post__isnull=False, starts_at=None, ends_at=None)
                | Q(kind="place", post=None, starts_at__lt=F("ends_at")),
                name="share_link_names_its_subject",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("created_at")), name="share_link_expires_later"
            ),
        ]
        indexes = [models.Index(fields=["-created_at", "-id"], name="share_link_by_time")]

    def __str__(self) -> str:
        return gettext("%(subject)s, for %(label)s") % {
            "subject": self.subject,
            "label": self.label,
        }

    @property
    def subject(self) -> str:
        """Name what it shows."""
        if self.post:
            return f"“{self.post}”"
        return self.spoke.name if self.spoke else gettext("the hub")

    def state_at(self, now: datetime) -> State:
        if self.revoked_at:
            return self.State.REVOKED
        return self.State.OPEN if now < self.expires_at else self.State.EXPIRED


class ShareVisit(models.Model):
    """Somebody opened a link: as much as helps the sender, too little to know a person by."""

    link = models.ForeignKey(ShareLink, on_delete=models.CASCADE, related_name="visits")
    # what was opened: the slug of a post, or empty for the link's own page
    page = models.SlugField(max_length=120, blank=True)
    at = models.DateTimeField()
    # opened again by the same within a minute
    times = models.PositiveIntegerField(default=1)
    # "Firefox on Windows"
    agent = models.CharField(max_length=60, blank=True)
    # the network alone: 203.0.113.0, 2001:db8::
    address = models.CharField(max_length=45, blank=True)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["link", "-at"], name="share_visit_by_link")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.agent}"

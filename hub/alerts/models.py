"""What is wrong with the machine since when, who was told, and what is still to be told."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hub.alerts.querysets import AlertQuerySet, NoticeQuerySet


class Alert(models.Model):
    """One thing that is wrong, from when it was noticed until it is over.

    ``told_at`` is written by whoever tells, conditionally on what it was: of two watchers, one.
    """

    # dotted, as docs/how-to/watch-the-machine.md lists them: "circuit.open"
    code = models.CharField(max_length=60)
    # which one: "channel:7", "tick:reap"; empty where there is only one
    about = models.CharField(max_length=140, blank=True)
    # what is wrong and what to do, in the words of people, as they were last
    words = models.TextField()
    to_do = models.TextField(blank=True)
    # the console's page about it, a path
    link = models.CharField(max_length=300, blank=True)
    # the channel that it is about, for those who see some channels only
    channel = models.ForeignKey(
        "channels.Channel", null=True, blank=True, on_delete=models.SET_NULL, related_name="alerts"
    )
    since = models.DateTimeField()
    seen_at = models.DateTimeField()
    # the last time that people were told of it; empty until it has lasted long enough
    told_at = models.DateTimeField(null=True, blank=True)
    times_told = models.PositiveIntegerField(default=0)
    over_at = models.DateTimeField(null=True, blank=True)
    silenced_until = models.DateTimeField(null=True, blank=True)
    silenced_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects = models.Manager.from_queryset(AlertQuerySet)()

    class Meta:
        ordering = ["-since", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["code", "about"],
                condition=Q(over_at__isnull=True),
                name="alert_once_at_a_time",
            ),
        ]
        indexes = [models.Index(fields=["over_at", "-since"], name="alert_by_end")]

    def __str__(self) -> str:
        return f"{self.code} {self.about}".rstrip()

    def is_silenced(self, now: datetime) -> bool:
        return bool(self.silenced_until and self.silenced_until > now)


class Notice(models.Model):
    """One message to those who are told, kept until it is out; the row is the job."""

    class Way(models.TextChoices):
        EMAIL = "email", _("E-mail")
        WEBHOOK = "webhook", _("Webhook")

    way = models.CharField(max_length=7, choices=Way)
    # a Message-ID, or a webhook-id: a receiver can tell a repeat from news
    key = models.CharField(max_length=64, unique=True)
    subject = models.CharField(max_length=200)
    text = models.TextField()
    # the same for machines
    data = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    next_try_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=400, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    given_up_at = models.DateTimeField(null=True, blank=True)

    objects = models.Manager.from_queryset(NoticeQuerySet)()

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            # NoticeQuerySet.due()
            models.Index(
                fields=["next_try_at"],
                condition=Q(sent_at__isnull=True, given_up_at__isnull=True),
                name="notice_due",
            ),
            models.Index(fields=["-created_at", "-id"], name="notice_by_time"),
        ]

    def __str__(self) -> str:
        return self.subject

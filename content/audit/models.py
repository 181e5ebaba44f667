"""Who did what, when: one row for every change that a person or the clock made."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from content.audit.querysets import AuditEntryQuerySet


class AuditEntry(models.Model):
    """One change; ``code`` is dotted (``post.approved``), an empty actor is the clock."""

    at = models.DateTimeField()
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    code = models.CharField(max_length=60)
    subject_type = models.CharField(max_length=60)
    subject_id = models.CharField(max_length=40)
    summary = models.CharField(max_length=300)
    before = models.JSONField(default=dict, blank=True)
    after = models.JSONField(default=dict, blank=True)

    objects = models.Manager.from_queryset(AuditEntryQuerySet)()

    class Meta:
        ordering = ["-at", "-id"]
        verbose_name_plural = _("audit log")
        permissions = [("export_auditentry", "Can export the audit log")]
        indexes = [
            models.Index(fields=["-at", "-id"], name="audit_by_time"),
            # AuditEntryQuerySet.of_kind(): the log's filter
            models.Index(fields=["code", "-at", "-id"], name="audit_by_code"),
            # AuditEntryQuerySet.about(): the history on a post's page
            models.Index(fields=["subject_type", "subject_id", "-at"], name="audit_about_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.code}: {self.summary}"

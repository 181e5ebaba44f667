"""What the console keeps for one person: views of lists, and what was typed but not saved."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from content.editorial.models import Post


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    def shown_to(self, person: User) -> Self:
        """One's own, and what others share."""
        return self.filter(Q(owner=person) | Q(shared=True))


class SavedView(models.Model):
    """A list with its filters, search and order under a name; shared with all, or one's own."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views"
    )
    # the name of the list's address: "editorial_post_changelist"
    page = models.CharField(max_length=60)
    name = models.CharField(max_length=60)
    # as it stands in the address, without the question mark
    query = models.CharField(max_length=1000, blank=True)
    shared = models.BooleanField(default=False, help_text=_("Everyone sees it beside their own."))
    # its owner's list opens with it
    is_default = models.BooleanField(default=False)

    objects = models.Manager.from_queryset(SavedViewQuerySet)()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "page", "name"], name="saved_view_once_per_name"
            ),
            models.UniqueConstraint(
                fields=["owner", "page"],
                condition=Q(is_default=True),
                name="saved_view_one_default",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Autosave(models.Model):
    """A post's form as its writer last left it; gone when it is saved or thrown away."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="autosaves"
    )
    # empty: a post that is not saved yet
    post = models.ForeignKey(
        Post, null=True, blank=True, on_delete=models.CASCADE, related_name="autosaves"
    )
    # the revision that the form was opened with
    revision = models.PositiveIntegerField(default=0)
    # form field → list of values, as a browser sends them
    form = models.JSONField()
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "post"], name="autosave_once_per_post"),
            models.UniqueConstraint(
                fields=["owner"], condition=Q(post__isnull=True), name="autosave_once_new"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.owner} on {self.post or 'a new post'}"

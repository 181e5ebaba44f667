"""Pictures: stored once, upright and stripped, with renditions made ahead by a job."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from content.media.querysets import AssetQuerySet, RenditionQuerySet


class Asset(models.Model):
    """A picture as it is served: EXIF orientation applied, metadata gone.

    ``focal_x`` and ``focal_y`` are fractions 0..1 of width and height from the top left.
    """

    title = models.CharField(max_length=200)
    file = models.ImageField(
        upload_to="assets/%Y/%m", width_field="width", height_field="height", max_length=200
    )
    width = models.PositiveIntegerField(editable=False, default=0)
    height = models.PositiveIntegerField(editable=False, default=0)
    bytes = models.PositiveIntegerField(editable=False, default=0)
    # SHA-256 of the file as uploaded: the same picture twice is one asset
    checksum = models.CharField(max_length=64, unique=True, editable=False)
    alt_text = models.CharField(
        max_length=500,
        blank=True,
        help_text=_("What the picture shows, for those who can't see it."),
    )
    decorative = models.BooleanField(
        default=False, help_text=_("The picture adds nothing that the text does not say.")
    )
    credit = models.CharField(max_length=200, blank=True)
    # both days included, by the clock of the channel that shows it; empty: no end, or no beginning
    licence_from = models.DateField(
        _("licence from"), null=True, blank=True, help_text=_("The first day; empty: at once.")
    )
    licence_until = models.DateField(
        _("licence until"),
        null=True,
        blank=True,
        db_index=True,
        help_text=_("The last day on which it may be shown; empty: for ever."),
    )
    licence_note = models.CharField(
        _("licence note"),
        max_length=200,
        blank=True,
        help_text=_("Whose it is, what was agreed, where the paper lies. Not shown to readers."),
    )
    focal_x = models.FloatField(
        default=0.5, validators=[MinValueValidator(0.0), MaxValueValidator(1.0)]
    )
    focal_y = models.FloatField(
        default=0.5, validators=[MinValueValidator(0.0), MaxValueValidator(1.0)]
    )
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    uploaded_at = models.DateTimeField()
    # the list of sizes that its renditions were queued for: renditions.SPECS_VERSION
    specs_version = models.CharField(max_length=16, default="", editable=False, db_index=True)

    objects = models.Manager.from_queryset(AssetQuerySet)()

    class Meta:
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")
        ordering = ["-uploaded_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(decorative=True) | ~Q(alt_text=""),
                name="asset_has_alt_text_or_is_decorative",
            ),
            models.CheckConstraint(
                condition=Q(licence_from=None)
                | Q(licence_until=None)
                | Q(licence_from__lte=models.F("licence_until")),
                name="asset_licence_begins_before_it_ends",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def licence_problem(self, day: date) -> str:
        """Say in one sentence why it may not be shown on that day; empty when it may."""
        if self.licence_until and day > self.licence_until:
            words = gettext("The licence of its picture “{picture}” ended on {day:%Y-%m-%d}.")
            return words.format(picture=self.title, day=self.licence_until)
        if self.licence_from and day < self.licence_from:
            words = gettext("The licence of its picture “{picture}” begins on {day:%Y-%m-%d}.")
            return words.format(picture=self.title, day=self.licence_from)
        return ""


class RenditionState(models.TextChoices):
    PENDING = "pending", _("Being made")
    READY = "ready", _("Ready")
    FAILED = "failed", _("Could not be made")


class Rendition(models.Model):
    """One named size of one asset; a pending row is the job, so nothing is lost with a worker."""

    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="renditions")
    # one of content.media.renditions.SPECS
    name = models.CharField(max_length=40)
    # source checksum and focal point: another picture or focus makes another rendition
    key = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=RenditionState, default=RenditionState.PENDING)
    file = models.FileField(upload_to="renditions/%Y/%m", max_length=200, blank=True)
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField()
    error = models.CharField(max_length=300, blank=True)
    # since when another key has its place; its file goes after a while
    superseded_at = models.DateTimeField(null=True, blank=True)
    # those who show the picture know that it is ready
    announced = models.BooleanField(default=False)

    objects = models.Manager.from_queryset(RenditionQuerySet)()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["asset", "name", "key"], name="rendition_once"),
        ]
        indexes = [
            # RenditionQuerySet.due()
            models.Index(
                fields=["next_try_at"], condition=Q(state="pending"), name="rendition_due"
            ),
            # RenditionQuerySet.unannounced()
            models.Index(
                fields=["asset"],
                condition=Q(state="ready", announced=False),
                name="rendition_unannounced",
            ),
            # RenditionQuerySet.superseded_before()
            models.Index(
                fields=["superseded_at"],
                condition=Q(superseded_at__isnull=False),
                name="rendition_superseded",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.asset} as {self.name}"

"""What the people of a spoke or a channel listen to: weights over genres and tags, and artists."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from content.catalogue.models import Artist, Genre, GenreClosure
from content.editorial.models import AudienceTag
from spokes.audiences.profiles.querysets import AudienceProfileQuerySet
from spokes.channels.models import Channel, Spoke

SHARE = (MinValueValidator(0), MaxValueValidator(1))


class Origin(models.TextChoices):
    """Where a weight comes from; a typed one stands whatever is counted later."""

    TYPED = "typed", _("typed in")
    IMPORTED = "imported", _("from listening data")
    LEARNT = "learnt", _("from what its people opened")


class AudienceProfile(models.Model):
    """The taste of one spoke's people, or of one channel's where that has its own."""

    spoke = models.OneToOneField(
        Spoke,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="profile",
        verbose_name=_("spoke"),
    )
    channel = models.OneToOneField(
        Channel,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="profile",
        verbose_name=_("channel"),
    )
    # whom the counted weights were counted from: listeners, or openings; 0 where all are typed
    people = models.PositiveIntegerField(_("people"), default=0)
    imported_at = models.DateTimeField(_("imported at"), null=True, blank=True)
    learnt_at = models.DateTimeField(_("learnt at"), null=True, blank=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)

    objects = models.Manager.from_queryset(AudienceProfileQuerySet)()

    class Meta:
        ordering = ["pk"]
        verbose_name = _("audience profile")
        verbose_name_plural = _("audience profiles")
        constraints = [
            models.CheckConstraint(
                condition=Q(spoke__isnull=False, channel__isnull=True)
                | Q(spoke__isnull=True, channel__isnull=False),
                name="profile_of_a_spoke_or_a_channel",
            )
        ]

    def __str__(self) -> str:
        return str(self.owner)

    @property
    def owner(self) -> Spoke | Channel:
        owner = self.spoke or self.channel
        assert owner is not None  # noqa: S101  # the constraint says so
        return owner


class Weight(models.Model):
    """How much of what they listen to is of this, 0..1."""

    weight = models.FloatField(_("weight"), validators=SHARE)
    origin = models.CharField(_("origin"), max_length=8, choices=Origin)

    class Meta:
        abstract = True
        ordering = ["-weight"]

    def __str__(self) -> str:
        return f"{self.weight:.2f}"

    def absorb(self, other: Weight) -> None:
        """Take in the weight of what is merged into this: typed ones stand, others add up."""
        typed = [one for one in (self, other) if one.origin == Origin.TYPED]
        if len(typed) == 1:
            self.weight, self.origin = typed[0].weight, Origin.TYPED
        else:
            self.weight = self._together(other)
        self.save(update_fields=["weight", "origin"])

    def _together(self, other: Weight) -> float:
        return either(self.weight, other.weight)


def either(share: float, other: float) -> float:
    """Say how much is of the one or the other, of which nobody knows what is of both."""
    return 1 - (1 - share) * (1 - other)


def _is_a_share(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(condition=Q(weight__gte=0, weight__lte=1), name=name)


class ProfileGenre(Weight):
    """The share of what they listen to that is of the genre or below it."""

    profile = models.ForeignKey(AudienceProfile, on_delete=models.CASCADE, related_name="genres")
    genre = models.ForeignKey(Genre, on_delete=models.CASCADE, related_name="+")

    class Meta(Weight.Meta):
        constraints = [
            models.UniqueConstraint(fields=["profile", "genre"], name="profile_genre_once"),
            _is_a_share("profile_genre_is_a_share"),
        ]

    def _together(self, other: Weight) -> float:
        if not isinstance(other, ProfileGenre):
            return super()._together(other)
        return added(self.genre_id, self.weight, other.genre_id, other.weight)


class ProfileTag(Weight):
    """The share of what they listen to that is tagged with this."""

    profile = models.ForeignKey(AudienceProfile, on_delete=models.CASCADE, related_name="tags")
    tag = models.ForeignKey(AudienceTag, on_delete=models.CASCADE, related_name="+")

    class Meta(Weight.Meta):
        constraints = [
            models.UniqueConstraint(fields=["profile", "tag"], name="profile_tag_once"),
            _is_a_share("profile_tag_is_a_share"),
        ]


class ProfileArtist(Weight):
    """The share of the people who listen to the artist already."""

    profile = models.ForeignKey(AudienceProfile, on_delete=models.CASCADE, related_name="artists")
    artist = models.ForeignKey(Artist, on_delete=models.CASCADE, related_name="+")

    class Meta(Weight.Meta):
        constraints = [
            models.UniqueConstraint(fields=["profile", "artist"], name="profile_artist_once"),
            _is_a_share("profile_artist_is_a_share"),
        ]


class ArchiveShare(models.Model):
    """The share of the house's posts with a genre (or below it) or a tag, 0..1: what is usual.

    Counted with every change of a profile, so that a post's fit does not drift meanwhile.
    """

    genre = models.OneToOneField(Genre, null=True, on_delete=models.CASCADE, related_name="+")
    tag = models.OneToOneField(AudienceTag, null=True, on_delete=models.CASCADE, related_name="+")
    share = models.FloatField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(genre__isnull=False, tag__isnull=True)
                | Q(genre__isnull=True, tag__isnull=False),
                name="archive_share_of_genre_or_tag",
            )
        ]

    def __str__(self) -> str:
        return f"{self.share:.2f}"

    def absorb(self, other: ArchiveShare) -> None:
        """Take in the share of what is merged into this, until the house is counted again."""
        if self.genre_id and other.genre_id:
            self.share = added(self.genre_id, self.share, other.genre_id, other.share)
        else:
            self.share = either(self.share, other.share)
        self.save(update_fields=["share"])


def added(one: int, share: float, other: int, share_of_other: float) -> float:
    """Add the shares of two genres; one that stands above the other has its share already."""
    nested = GenreClosure.objects.filter(
        Q(ancestor=one, descendant=other) | Q(ancestor=other, descendant=one)
    )
    return max(share, share_of_other) if nested.exists() else min(1.0, share + share_of_other)

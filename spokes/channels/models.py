"""Where posts go: the spokes, and the channels of the hub and of each spoke."""

from __future__ import annotations

import re
import zoneinfo
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from content.catalogue.models import Genre
from spokes.channels.fields import EncryptedJSONField, Sealed
from spokes.channels.querysets import ChannelQuerySet, HubQuerySet, SpokeQuerySet

# first path segments that the site and the hub use themselves
RESERVED_SLUGS = frozenset(
    {
        *("hub", "admin", "accounts", "api", "preview", "share", "go", "welcome", "i18n"),
        *("artists", "genres", "tags", "archive", "search", "coming", "releases", "tours"),
        *("static", "media", "cards", "feed", "sitemap", "manifest", "oembed", "embed", "live"),
        *("healthz", "readyz", "metrics", "robots", "favicon", "opensearch"),
    }
)

hex_colour = RegexValidator(re.compile(r"^#[0-9a-f]{6}\Z"), _("Six hex digits, like #e4572e."))


def validate_zone(value: str) -> None:
    if value not in zoneinfo.available_timezones():
        raise ValidationError(
            _now("“%(zone)s” is no IANA time zone, like Europe/Berlin.") % {"zone": value}
        )


def validate_not_reserved(value: str) -> None:
    if value in RESERVED_SLUGS:
        raise ValidationError(
            _now("“%(slug)s” is an address that the site needs itself.") % {"slug": value}
        )


# a number from 0 to 1
SHARE = (
    MinValueValidator(0, _("A number from 0 to 1.")),
    MaxValueValidator(1, _("A number from 0 to 1.")),
)

HUB_COLOUR = "#d6336c"


class Hub(models.Model):
    """The centre, as its site shows it: one row, made when the house is named.

    Until then the hub has the name that settings give it.
    """

    ONLY = 1

    name = models.CharField(_("name"), max_length=80)
    tagline = models.CharField(
        _("tagline"), max_length=160, blank=True, help_text=_("One line below the name.")
    )
    colour = models.CharField(
        _("colour"), max_length=7, validators=[hex_colour], default=HUB_COLOUR
    )
    # when the checklist for newcomers was put away
    settled_in_at = models.DateTimeField(_("settled in at"), null=True, blank=True)

    objects = models.Manager.from_queryset(HubQuerySet)()

    class Meta:
        verbose_name = _("hub")
        verbose_name_plural = _("hub")
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="hub_is_one")]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def unnamed(cls) -> Hub:
        """Give what stands in for the row until somebody names the hub."""
        return cls(pk=cls.ONLY, name=settings.BRAND_NAME)

    @property
    def is_named(self) -> bool:
        return not self._state.adding


class Spoke(models.Model):
    """The home of one genre and the genres below it."""

    genre = models.OneToOneField(
        Genre, on_delete=models.PROTECT, related_name="spoke", verbose_name=_("genre")
    )
    name = models.CharField(_("name"), max_length=80, unique=True)
    slug = models.SlugField(
        _("slug"), max_length=60, unique=True, validators=[validate_not_reserved]
    )
    colour = models.CharField(_("colour"), max_length=7, validators=[hex_colour], default="#444444")
    tagline = models.CharField(_("tagline"), max_length=160, blank=True)
    # empty: "genre:<its genre>"
    audience = models.ForeignKey(
        "audiences.Audience",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="spokes",
        verbose_name=_("audience"),
    )
    rolls_up = models.BooleanField(
        _("rolls up"),
        default=True,
        help_text=_("What is routed here also goes to the spokes above."),
    )
    # shares of genres: content.editorial.models.PostGenre
    genre_floor = models.FloatField(
        _("genre floor"),
        default=0,
        validators=SHARE,
        help_text=_(
            "How much of the spoke's genre a post must have, from 0 to 1: with 0.3, a post that is "
            "a fifth hip-hop stays out of hip-hop. 0: any share will do."
        ),
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    objects = models.Manager.from_queryset(SpokeQuerySet)()

    class Meta:
        ordering = ["position", "name"]
        verbose_name = _("spoke")
        verbose_name_plural = _("spokes")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(genre_floor__gte=0, genre_floor__lte=1),
                name="spoke_genre_floor_is_a_share",
            )
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"/{self.slug}/"


class LatePolicy(models.TextChoices):
    """What happens with a delivery that comes up late (after an outage, say)."""

    STANDARD = "standard", _("15 minutes: send; 2 hours: evergreen only; later: miss")
    ALWAYS = "always", _("Send however late")
    NEXT_SLOT = "next_slot", _("Over 15 minutes late: take the channel's next free slot")
    NEVER = "never", _("Miss when over 15 minutes late")


class Channel(models.Model):
    """One account on one network; of a spoke, or of the hub when ``spoke`` is empty."""

    name = models.CharField(_("name"), max_length=120)
    slug = models.SlugField(_("slug"), max_length=120, unique=True)
    spoke = models.ForeignKey(
        Spoke,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="channels",
        verbose_name=_("spoke"),
    )
    # a key of spokes.channels.connectors.registry.CONNECTORS
    network = models.CharField(_("network"), max_length=40)
    zone = models.CharField(_("zone"), max_length=64, default="UTC", validators=[validate_zone])
    # overrides the spoke's audience; the hub without one takes every post
    audience = models.ForeignKey(
        "audiences.Audience",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="channels",
        verbose_name=_("audience"),
    )
    # asks for a profile, of its own or of its spoke: spokes.audiences.fit
    fit_floor = models.FloatField(
        _("off-taste guard"),
        null=True,
        blank=True,
        validators=SHARE,
        help_text=_(
            "How well a post must fit what this channel's people listen to, from 0 to 1. Below "
            "it, only a pin takes a post there. 0.5 is a post that is no more theirs than "
            "everybody's. Empty: no guard."
        ),
    )
    settings = models.JSONField(_("settings"), default=dict, blank=True)
    credentials = EncryptedJSONField(_("credentials"), default=dict, blank=True)
    late_policy = models.CharField(
        _("late policy"),
        max_length=10,
        choices=LatePolicy,
        default=LatePolicy.STANDARD,
        help_text=_(
            "What comes of a delivery that comes up late, after an outage or a pause. In the next "
            "free slot it is not sent once its post has expired: then it is missed."
        ),
    )
    # the pace at which the channel works off what is late
    late_spacing_minutes = models.PositiveSmallIntegerField(
        _("minutes between late posts"),
        default=2,
        validators=[MaxValueValidator(24 * 60)],
        help_text=_("After an outage, one late post every so many minutes. 0: all at once."),
    )
    # deliveries that may be claimed or on their way at once
    max_inflight = models.PositiveSmallIntegerField(_("max inflight"), default=4)
    paused_at = models.DateTimeField(_("paused at"), null=True, blank=True)
    paused_reason = models.CharField(_("paused reason"), max_length=200, blank=True)
    # set when the network refused our credentials; deliveries wait as "blocked"
    auth_lost_at = models.DateTimeField(null=True, blank=True)
    auth_lost_reason = models.CharField(max_length=300, blank=True)

    objects = models.Manager.from_queryset(ChannelQuerySet)()

    class Meta:
        # the hub's first, on every database
        ordering = [models.F("spoke__position").asc(nulls_first=True), "name"]
        verbose_name = _("channel")
        verbose_name_plural = _("channels")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(fit_floor__isnull=True)
                | models.Q(fit_floor__gte=0, fit_floor__lte=1),
                name="channel_fit_floor_is_a_share",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def late_spacing(self) -> timedelta:
        return timedelta(minutes=self.late_spacing_minutes)

    @property
    def is_sealed(self) -> bool:
        """None of CREDENTIAL_KEYS opens the stored credentials."""
        return isinstance(self.credentials, Sealed)

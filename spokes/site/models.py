"""What the site shows: frozen publications, and the words under which they are found."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from spokes.channels.models import Spoke
from spokes.site.querysets import CardImageQuerySet, PublicationQuerySet


class Publication(models.Model):
    """A post as it went out on a spoke's site, or on the hub's when ``spoke`` is empty.

    It repeats all that a page needs, so that a page reads nothing else and shows what was
    approved, not what was changed since.
    """

    # the key of the delivery that published it: the same delivery can't publish twice
    key = models.CharField(max_length=64, unique=True)
    spoke = models.ForeignKey(
        Spoke, null=True, blank=True, on_delete=models.PROTECT, related_name="publications"
    )
    # the post's identity; no foreign key, for the site does not ask the newsroom
    post_ref = models.PositiveBigIntegerField(db_index=True)
    slug = models.SlugField(max_length=120)
    kind = models.CharField(max_length=12)
    title = models.CharField(max_length=200)
    teaser = models.TextField()
    body_html = models.TextField(blank=True)
    lang = models.CharField(max_length=12, default="en")
    explicit = models.BooleanField(default=False)
    cta_label = models.CharField(max_length=40)
    cta_url = models.URLField(max_length=600)
    # {"url", "width", "height", "alt", "credit", "focal_x", "focal_y", "renditions": {name: url}}
    hero = models.JSONField(default=dict, blank=True)
    # [{"name", "slug"}] in the post's order
    artists = models.JSONField(default=list, blank=True)
    genres = models.JSONField(default=list, blank=True)
    tags = models.JSONField(default=list, blank=True)
    # the picture's identity, for when more of its sizes are ready
    asset_ref = models.PositiveBigIntegerField(null=True, blank=True, db_index=True)
    # the day of the release or of the show
    happens_on = models.DateField(null=True, blank=True)
    published_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = models.Manager.from_queryset(PublicationQuerySet)()

    class Meta:
        ordering = ["-published_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["spoke", "slug"],
                condition=Q(withdrawn_at__isnull=True, spoke__isnull=False),
                name="publication_slug_once_per_spoke",
            ),
            models.UniqueConstraint(
                fields=["slug"],
                condition=Q(withdrawn_at__isnull=True, spoke__isnull=True),
                name="publication_slug_once_on_hub",
            ),
        ]
        indexes = [
            # PublicationQuerySet.on().at(): what stands, or stood, at an address
            models.Index(fields=["spoke", "slug"], name="publication_address"),
            # PublicationQuerySet.on().live(): a spoke's front page
            models.Index(
                fields=["spoke", "-published_at", "-id"],
                condition=Q(withdrawn_at__isnull=True),
                name="publication_stream",
            ),
            # the whole house, newest first
            models.Index(
                fields=["-published_at", "-id"],
                condition=Q(withdrawn_at__isnull=True),
                name="publication_stream_all",
            ),
            # forms.Search: a kind's own, from the index alone
            models.Index(fields=["kind"], name="publication_kind"),
            # PublicationQuerySet.coming(): releases and shows by their day
            models.Index(
                fields=["spoke", "happens_on"],
                condition=Q(withdrawn_at__isnull=True, happens_on__isnull=False),
                name="publication_coming",
            ),
            # push.notice_changes(): what changed or went since the last look
            models.Index(fields=["changed_at"], name="publication_changed"),
            models.Index(
                fields=["withdrawn_at"],
                condition=Q(withdrawn_at__isnull=False),
                name="publication_withdrawn",
            ),
            # version.read_version(): when the next one passes its time
            models.Index(
                fields=["expires_at"],
                condition=Q(withdrawn_at__isnull=True, expires_at__isnull=False),
                name="publication_expiring",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return f"/{self.spoke.slug if self.spoke else 'hub'}/{self.slug}/"


class Facet(models.Model):
    """One word under which a publication is listed: an artist, a genre (or one above), a tag."""

    class Kind(models.TextChoices):
        ARTIST = "artist"
        GENRE = "genre"
        TAG = "tag"

    publication = models.ForeignKey(Publication, on_delete=models.CASCADE, related_name="facets")
    kind = models.CharField(max_length=6, choices=Kind)
    slug = models.SlugField(max_length=120)
    # the publication's, so that a list of one word reads its newest without sorting the rest
    published_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "slug", "publication"], name="facet_once"),
        ]
        indexes = [
            models.Index(
                fields=["kind", "slug", "-published_at", "-publication"], name="facet_stream"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}:{self.slug}"


class SiteVersion(models.Model):
    """A part of the number that names what the site shows now; triggers alone write it.

    A part has one row for each transaction that ever changed it while another was doing so.
    """

    part = models.CharField(max_length=10)
    token = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.part}: {self.token}"


class SearchText(models.Model):
    """The words of a publication as searches compare them (``search.words_of``), by weight."""

    publication = models.OneToOneField(
        Publication, on_delete=models.CASCADE, primary_key=True, related_name="search_text"
    )
    title = models.TextField()
    artists = models.TextField()
    teaser = models.TextField()

    def __str__(self) -> str:
        return self.title


class FeedPing(models.Model):
    """What the WebSub hub knows of a page's feeds; one with a time for a next try is the job."""

    # its address on the site, which ends with a slash: its feeds stand below
    page = models.CharField(max_length=200, unique=True)
    # when something on it changed last, as far as was noticed
    changed_at = models.DateTimeField(db_index=True)
    next_try_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["next_try_at"],
                condition=Q(next_try_at__isnull=False),
                name="feed_ping_due",
            ),
        ]

    def __str__(self) -> str:
        return self.page


class CardShape(models.TextChoices):
    """Where a card image is used: links shared elsewhere, a square feed, a story."""

    WIDE = "wide", "1200 × 630"
    SQUARE = "square", "1080 × 1080"
    STORY = "story", "1080 × 1920"


class CardImage(models.Model):
    """A publication drawn as a picture in its spoke's colours; a pending row is the job."""

    class State(models.TextChoices):
        PENDING = "pending"
        READY = "ready"
        FAILED = "failed"

    publication = models.ForeignKey(Publication, on_delete=models.CASCADE, related_name="cards")
    shape = models.CharField(max_length=6, choices=CardShape)
    # of all that is drawn: other words, colours, picture or focal point are another card;
    # empty until the first was drawn
    key = models.CharField(max_length=64, blank=True)
    # of what all cards of its place have in common: name, colour, pattern
    look = models.CharField(max_length=32, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    file = models.FileField(upload_to="cards/%Y/%m", max_length=200, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField()
    error = models.CharField(max_length=300, blank=True)

    objects = models.Manager.from_queryset(CardImageQuerySet)()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["publication", "shape"], name="card_once_per_shape"),
            models.CheckConstraint(
                condition=Q(state__in=["pending", "ready", "failed"]), name="card_state_is_known"
            ),
        ]
        indexes = [
            models.Index(fields=["next_try_at"], condition=Q(state="pending"), name="card_due"),
            # CardImageQuerySet.look_other_than()
            models.Index(fields=["look"], condition=Q(state="ready"), name="card_look"),
        ]

    def __str__(self) -> str:
        return f"{self.publication} as {self.shape}"

    def still_claimed(self) -> CardImageQuerySet:
        """Find this row, unless somebody took it or asked for it anew since it was read."""
        return CardImage.objects.filter(
            pk=self.pk, tries=self.tries, next_try_at=self.next_try_at, state=self.State.PENDING
        )

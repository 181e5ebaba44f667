"""Posts: written, reviewed by a second pair of eyes. Where they go is not known here."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from taggit.managers import TaggableManager
from taggit.models import ItemBase, TagBase

from content.catalogue.models import Artist, Genre, Track
from content.catalogue.names import make_slug, match_key
from content.editorial.managers import CuratedTagManager
from content.editorial.querysets import PostQuerySet
from content.media.models import Asset

TITLE_KEY_LENGTH = 200


class PostState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    IN_REVIEW = "in_review", _("In review")
    APPROVED = "approved", _("Approved")
    ARCHIVED = "archived", _("Archived")


# from → to; content/editorial/actions.py is the only caller that changes a state
POST_TRANSITIONS: dict[PostState, frozenset[PostState]] = {
    PostState.DRAFT: frozenset({PostState.IN_REVIEW, PostState.ARCHIVED}),
    PostState.IN_REVIEW: frozenset({PostState.DRAFT, PostState.APPROVED, PostState.ARCHIVED}),
    PostState.APPROVED: frozenset({PostState.DRAFT, PostState.ARCHIVED}),
    PostState.ARCHIVED: frozenset({PostState.DRAFT}),
}


class PostKind(models.TextChoices):
    RELEASE = "release", _("Release")
    INTERVIEW = "interview", _("Interview")
    TOUR = "tour", _("Tour")
    PLAYLIST = "playlist", _("Playlist")
    FEATURE = "feature", _("Feature")
    VIDEO = "video", _("Video")


class PostPriority(models.IntegerChoices):
    LOWEST = 1, _("1 – lowest")
    LOW = 2, _("2 – low")
    NORMAL = 3, _("3 – normal")
    HIGH = 4, _("4 – high")
    HIGHEST = 5, _("5 – highest")


class AudienceTag(TagBase):
    """Whom a post is for: a curated word with a meaning, one row however it is spelt."""

    key = models.CharField(max_length=100, unique=True, editable=False)
    meaning = models.CharField(
        max_length=300, help_text=_("When to use this tag, in one sentence.")
    )

    class Meta:
        ordering = ["name"]

    def save(self, *, update_fields: Iterable[str] | None = None, **options: Any) -> None:
        self.key = match_key(self.name)
        if update_fields is not None and "name" in update_fields:
            update_fields = {*update_fields, "key"}
        super().save(update_fields=update_fields, **options)  # type: ignore[no-untyped-call]  # taggit's

    def slugify(self, tag: str, i: int | None = None) -> str:
        """Make taggit's slugs as all others here: in ASCII, never empty."""
        slug = make_slug(tag, max_length=90)
        return slug if i is None else f"{slug}-{i + 1}"


class TaggedPost(ItemBase):
    tag = models.ForeignKey(AudienceTag, on_delete=models.PROTECT, related_name="tagged_posts")
    content_object = models.ForeignKey(
        "Post", on_delete=models.CASCADE, related_name="tagged_items"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tag", "content_object"], name="post_tagged_once"),
        ]


def title_key(title: str) -> str:
    """Fold a title, so that the same one in other capitals, accents or signs is found."""
    return match_key(title)[:TITLE_KEY_LENGTH]


@dataclasses.dataclass(frozen=True)
class Wording:
    """What a post says in one place."""

    title: str
    teaser: str
    cta_label: str


class Post(models.Model):
    """One piece of content. ``revision`` counts its saves; an approval is for one revision."""

    title = models.CharField(max_length=200)
    # title_key(title): what makes a title that is there already known again
    title_key = models.CharField(
        max_length=TITLE_KEY_LENGTH, blank=True, default="", editable=False
    )
    slug = models.SlugField(max_length=120, unique=True)
    kind = models.CharField(max_length=12, choices=PostKind, default=PostKind.FEATURE)
    teaser = models.TextField(
        max_length=500, help_text=_("What lists and channels show: one or two sentences.")
    )
    body = models.TextField(blank=True, help_text=_("Markdown."))
    # body rendered and cleaned on every save, so that no page or delivery renders again
    body_html = models.TextField(blank=True, editable=False)
    hero = models.ForeignKey(
        Asset, null=True, blank=True, on_delete=models.PROTECT, related_name="posts"
    )
    artists = models.ManyToManyField(Artist, blank=True, related_name="posts")
    tracks = models.ManyToManyField(Track, blank=True, related_name="posts")
    # what the editor picked; what routing reads is PostGenre
    genres = models.ManyToManyField(
        Genre, through="PickedGenre", blank=True, related_name="posts_picked"
    )
    tags = TaggableManager(  # type: ignore[no-untyped-call]  # taggit has no types
        through=TaggedPost,
        manager=CuratedTagManager,
        blank=True,
        verbose_name=_("audience tags"),
        help_text=_("Whom it is for, beside its genres."),
    )
    cta_label = models.CharField(_("call to action"), max_length=40, default="Listen now")
    cta_url = models.URLField(
        _("deep link"),
        max_length=500,
        help_text=_("Where the call to action leads: the music client."),
    )
    lang = models.CharField(
        _("language"), max_length=12, default="en", help_text=_("BCP 47: en, pt-BR")
    )
    explicit = models.BooleanField(default=False)
    # an evergreen post may still go out when it is up to two hours late
    evergreen = models.BooleanField(default=False)
    teaser_only = models.BooleanField(
        default=False, help_text=_("The site shows the teaser; the whole is behind the deep link.")
    )
    happens_on = models.DateField(
        null=True,
        blank=True,
        help_text=_("The day of the release or of the show; the site lists what is coming by it."),
    )
    priority = models.PositiveSmallIntegerField(
        choices=PostPriority,
        default=PostPriority.NORMAL,
        help_text=_("How much it matters: audiences may ask for it, as in priority:>=4."),
    )
    embargo_until = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)

    state = models.CharField(max_length=10, choices=PostState, default=PostState.DRAFT)
    revision = models.PositiveIntegerField(default=1, editable=False)
    # set while deliveries are open: what was approved is what is sent
    locked_at = models.DateTimeField(null=True, blank=True, editable=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="posts_written"
    )
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
    )
    approved_at = models.DateTimeField(null=True, editable=False)
    # stays when the approval falls: from then on the slug may be known outside
    first_approved_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(editable=False)
    updated_at = models.DateTimeField(editable=False)

    objects = models.Manager.from_queryset(PostQuerySet)()

    class Meta:
        ordering = ["-updated_at", "-id"]
        permissions = [("approve_post", "Can approve a post")]
        indexes = [
            models.Index(fields=["state", "-updated_at"], name="post_by_state"),
            # what may be there already (content.editorial.duplicates), and the console's search:
            # with the key beside it, a hundred thousand titles are read without their bodies
            models.Index(fields=["title_key", "id"], name="post_by_title_key"),
            models.Index(fields=["cta_url"], name="post_by_deep_link"),
            # the console's list
            models.Index(fields=["-updated_at", "-id"], name="post_by_change"),
            models.Index(fields=["title"], name="post_by_title"),
            # whatever ends soon, or has just ended (hub.delivery.ticks.expire)
            models.Index(
                fields=["expires_at"],
                condition=Q(expires_at__isnull=False),
                name="post_by_expiry",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=PostState.values), name="post_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(priority__in=PostPriority.values), name="post_priority_is_known"
            ),
            models.CheckConstraint(
                condition=~Q(state="approved")
                | Q(approved_by__isnull=False, approved_at__isnull=False),
                name="post_approved_by_someone",
            ),
            models.CheckConstraint(
                condition=Q(embargo_until__isnull=True)
                | Q(expires_at__isnull=True)
                | Q(embargo_until__lt=models.F("expires_at")),
                name="post_embargo_before_expiry",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def save(self, *, update_fields: Iterable[str] | None = None, **options: Any) -> None:
        self.title_key = title_key(self.title)
        if update_fields is not None and "title" in update_fields:
            update_fields = {*update_fields, "title_key"}
        super().save(update_fields=update_fields, **options)

    def for_target(self, network: str, channel_slug: str = "") -> Wording:
        """Say what this post says there: the channel's variant, the network's, its own words."""
        by_target = {variant.target: variant for variant in self.variants.all()}
        targets = (f"channel:{channel_slug}", f"network:{network}")
        sources = [by_target[target] for target in targets if target in by_target]

        def first(field: str) -> str:
            words: list[str] = [getattr(source, field) for source in (*sources, self)]
            return next((text for text in words if text), "")

        return Wording(first("title"), first("teaser"), first("cta_label"))


class PostRevision(models.Model):
    """A post's writable fields as they were after one save, to compare with and to go back to.

    ``content`` has the shape of ``history.facts``: columns as JSON values, relations as keys.
    """

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    content = models.JSONField()
    saved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    saved_at = models.DateTimeField()

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["post", "number"], name="post_revision_once"),
        ]

    def __str__(self) -> str:
        return gettext("{post}, revision {number}").format(post=self.post, number=self.number)


class PickedGenre(models.Model):
    """A genre that an editor gave a post; ``percent`` is how much of the post it is, 1..100.

    Without one it is an equal part of what those with one leave.
    """

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="picked_genres")
    genre = models.ForeignKey(Genre, on_delete=models.CASCADE, related_name="+")
    percent = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta:
        # Django made and named it, when a pick had no share yet
        db_table = "editorial_post_genres"
        constraints = [
            models.UniqueConstraint(fields=["post", "genre"], name="post_genre_picked_once"),
            models.CheckConstraint(
                condition=Q(percent__isnull=True) | Q(percent__gte=1, percent__lte=100),
                name="picked_percent_is_a_share",
            ),
        ]

    def __str__(self) -> str:
        said = "" if self.percent is None else f" {self.percent}%"
        return f"{self.genre}{said}"


class PostGenre(models.Model):
    """What a post is about, by genre: the editor's picks, or else what its artists play.

    Kept by ``content.editorial.actions``; ``share`` is 0..1, the shares of a post add up to 1.
    """

    class Source(models.TextChoices):
        EDITOR = "editor", _("picked by the editor")
        SHARE = "share", _("set by the editor")
        ARTIST = "artist", _("from its artists")
        TRACK = "track", _("from its tracks’ artists")

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="post_genres")
    genre = models.ForeignKey(Genre, on_delete=models.CASCADE, related_name="post_genres")
    source = models.CharField(max_length=10, choices=Source)
    share = models.FloatField(default=1.0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["post", "genre"], name="post_genre_once"),
        ]

    def __str__(self) -> str:
        return f"{self.post} is {self.genre}"


class PostMarket(models.Model):
    """A market where the post may be shown (ISO 3166-1 alpha-2); a post without any: everywhere."""

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="markets")
    code = models.CharField(max_length=2)

    class Meta:
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["post", "code"], name="post_market_once"),
        ]

    def __str__(self) -> str:
        return self.code


class Variant(models.Model):
    """What the post says on one network (``network:webhook``) or channel (``channel:jazz-site``).

    Empty fields fall back to the post's own.
    """

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="variants")
    target = models.CharField(max_length=140)
    title = models.CharField(max_length=200, blank=True)
    teaser = models.TextField(max_length=500, blank=True)
    cta_label = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["target"]
        constraints = [
            models.UniqueConstraint(fields=["post", "target"], name="variant_once_per_target"),
        ]

    def __str__(self) -> str:
        return f"{self.post} on {self.target}"

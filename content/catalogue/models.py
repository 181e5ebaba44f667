"""What posts talk about: the genre graph, artists and their tracks."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from content.catalogue.querysets import (
    ArtistQuerySet,
    GenreMentionQuerySet,
    GenreQuerySet,
    UnresolvedGenreQuerySet,
)


class Genre(models.Model):
    """A node of the taxonomy; it may stand below several parents, never below itself."""

    name = models.CharField(max_length=200)
    # match_key(name): what makes "Hip Hop", "hip-hop" and "hiphop" one
    key = models.CharField(max_length=200, unique=True, editable=False)
    slug = models.SlugField(max_length=120, unique=True)
    description = models.TextField(blank=True)
    parents = models.ManyToManyField(
        "self",
        through="GenreEdge",
        # without it Django reads the edges the wrong way round
        through_fields=("child", "parent"),
        symmetrical=False,
        related_name="children",
    )

    objects = models.Manager.from_queryset(GenreQuerySet)()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class GenreEdge(models.Model):
    """``child`` is a kind of ``parent``."""

    parent = models.ForeignKey(Genre, on_delete=models.CASCADE, related_name="child_edges")
    child = models.ForeignKey(Genre, on_delete=models.CASCADE, related_name="parent_edges")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["parent", "child"], name="genre_edge_once"),
            models.CheckConstraint(
                condition=~Q(parent=F("child")), name="genre_edge_not_to_itself"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.child} is {self.parent}"


class GenreClosure(models.Model):
    """Every pair (ancestor, descendant), each genre with itself too: one join answers "below"."""

    ancestor = models.ForeignKey(Genre, on_delete=models.CASCADE, related_name="below")
    descendant = models.ForeignKey(Genre, on_delete=models.CASCADE, related_name="above")
    # edges on the shortest way, 0 for the genre itself
    depth = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ancestor", "descendant"], name="genre_closure_once"),
        ]

    def __str__(self) -> str:
        return f"{self.ancestor_id} over {self.descendant_id}"


class GenreAlias(models.Model):
    """Another spelling of a genre: ``d&b`` for drum and bass."""

    genre = models.ForeignKey(Genre, on_delete=models.CASCADE, related_name="aliases")
    name = models.CharField(max_length=200)
    key = models.CharField(max_length=200, unique=True, editable=False)

    class Meta:
        ordering = ["name"]
        verbose_name_plural = _("genre aliases")

    def __str__(self) -> str:
        return self.name


class UnresolvedGenre(models.Model):
    """A genre name that nothing here explains: it waits for a person, with where it was seen."""

    name = models.CharField(max_length=200)
    key = models.CharField(max_length=200, unique=True, editable=False)
    seen = models.PositiveIntegerField(default=1)
    example = models.CharField(max_length=300, blank=True)
    suggestion = models.ForeignKey(
        Genre, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    # 0..1, how often suggestions of this kind are right; none where the names are only alike
    confidence = models.FloatField(null=True, blank=True)
    first_seen_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)

    objects = models.Manager.from_queryset(UnresolvedGenreQuerySet)()

    class Meta:
        ordering = ["-seen", "name"]

    def __str__(self) -> str:
        return self.name


class Artist(models.Model):
    name = models.CharField(max_length=300)
    # match_key(name), not unique: two artists may share a name
    key = models.CharField(max_length=300, db_index=True, editable=False)
    slug = models.SlugField(max_length=120, unique=True)
    genres = models.ManyToManyField(Genre, through="ArtistGenre", related_name="artists")
    # ISO 3166-1 alpha-2, empty when unknown
    country = models.CharField(max_length=2, blank=True)
    about = models.TextField(blank=True)
    link = models.URLField(max_length=500, blank=True)

    objects = models.Manager.from_queryset(ArtistQuerySet)()

    class Meta:
        ordering = ["name"]
        permissions = [("merge_artist", "Can merge two artists into one")]

    def __str__(self) -> str:
        return self.name


class ArtistAlias(models.Model):
    """Another name of an artist; as with their own names, two artists may share one."""

    artist = models.ForeignKey(Artist, on_delete=models.CASCADE, related_name="aliases")
    name = models.CharField(max_length=300)
    # match_key(name)
    key = models.CharField(max_length=300, db_index=True, editable=False)
    # the id of the artist whose name it was, if that was merged: the name is as old as that
    former_id = models.PositiveBigIntegerField(null=True, editable=False)

    class Meta:
        ordering = ["name"]
        verbose_name_plural = _("artist aliases")
        constraints = [
            models.UniqueConstraint(fields=["artist", "key"], name="artist_alias_once"),
        ]

    def __str__(self) -> str:
        return self.name


class ArtistGenre(models.Model):
    artist = models.ForeignKey(Artist, on_delete=models.CASCADE, related_name="artist_genres")
    genre = models.ForeignKey(Genre, on_delete=models.CASCADE, related_name="artist_genres")
    # share of the artist's music, 0..1
    weight = models.FloatField(default=1.0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["artist", "genre"], name="artist_genre_once"),
            models.CheckConstraint(
                condition=Q(weight__gt=0, weight__lte=1), name="artist_genre_weight_is_a_share"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.artist} plays {self.genre}"


class GenreMention(models.Model):
    """A name under which a file gives an artist a genre; ``genre`` is what it means, if known.

    What an artist plays is counted from these, until a person says what he or she plays.
    """

    artist = models.ForeignKey(Artist, on_delete=models.CASCADE, related_name="genre_mentions")
    # match_key(name)
    key = models.CharField(max_length=200)
    # of the tracks; what is said of the artist counts before it
    broad = models.BooleanField(default=False)
    times = models.PositiveIntegerField(default=1)
    genre = models.ForeignKey(
        Genre, null=True, blank=True, on_delete=models.SET_NULL, related_name="mentions"
    )

    objects = models.Manager.from_queryset(GenreMentionQuerySet)()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["artist", "key", "broad"], name="genre_mention_once"),
        ]
        indexes = [models.Index(fields=["key", "artist"], name="genre_mention_by_name")]

    def __str__(self) -> str:
        return f"{self.artist} is called {self.key}"


class Track(models.Model):
    artist = models.ForeignKey(Artist, on_delete=models.CASCADE, related_name="tracks")
    title = models.CharField(max_length=500)
    key = models.CharField(max_length=500, editable=False)
    album = models.CharField(max_length=500, blank=True)
    # as precise as the source: YYYY, YYYY-MM or YYYY-MM-DD
    released = models.CharField(max_length=10, blank=True)
    # 0..100 as the source gives it
    popularity = models.PositiveSmallIntegerField(null=True, blank=True)
    explicit = models.BooleanField(default=False)
    link = models.URLField(max_length=500, blank=True)

    class Meta:
        ordering = ["artist", "-released", "title"]
        constraints = [
            models.UniqueConstraint(fields=["artist", "key", "album"], name="track_once_per_album"),
        ]

    def __str__(self) -> str:
        return f"{self.artist} – {self.title}"


class FormerSlug(models.Model):
    """A slug that was known outside, and the one that stands in its place now."""

    class Kind(models.TextChoices):
        SPOKE = "spoke"
        ARTIST = "artist"
        GENRE = "genre"
        TAG = "tag"

    kind = models.CharField(max_length=6, choices=Kind)
    slug = models.SlugField(max_length=120)
    now_at = models.SlugField(max_length=120)
    # the id of the artist that was merged, for what is written down with ids
    former_id = models.PositiveBigIntegerField(null=True, blank=True, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "slug"], name="former_slug_once"),
        ]

    def __str__(self) -> str:
        return f"{self.slug} is {self.now_at} now"

"""Merge genres: what pointed at the one, in any room, points at the other."""

from __future__ import annotations

from collections import defaultdict

from django.contrib.auth.models import AbstractBaseUser
from django.db import models, transaction
from django.utils.translation import gettext

from content.audit.actions import record
from content.catalogue.actions import add_alias, set_parents
from content.catalogue.closure import FEW, chunks, load_graph, lock_graph
from content.catalogue.exceptions import GenreInUse
from content.catalogue.followers import tell_followers
from content.catalogue.former import note_former_slug
from content.catalogue.merging import relations_to, repoint
from content.catalogue.models import (
    ArtistGenre,
    FormerSlug,
    Genre,
    GenreClosure,
    GenreEdge,
    GenreMention,
)
from content.catalogue.values import shown
from content.editorial.models import PickedGenre, PostGenre
from content.editorial.picks import Percents, merge_picks
from content.editorial.shares import derive_genres

# moved by their own rules
APART = (GenreEdge, GenreClosure, ArtistGenre, PickedGenre, PostGenre, GenreMention)


@transaction.atomic
def merge_genres(*, genre: Genre, into: Genre, actor: AbstractBaseUser | None) -> Genre:
    """Give ``into`` all that ``genre`` has (artists, posts, aliases, what stands below it).

    ``genre`` goes away; its name becomes an alias and its address leads to ``into``, so that
    expressions follow. GenreInUse for itself, and for the genre of a spoke.
    """
    if genre.pk == into.pk:
        raise GenreInUse(
            gettext("{genre} can't be merged into itself.").format(genre=shown(genre.name))
        )
    _refuse_protected(genre)
    lock_graph()
    posts = list(PostGenre.objects.filter(genre=genre).values_list("post_id", flat=True))
    artists = list(ArtistGenre.objects.filter(genre=genre).values_list("artist_id", flat=True))
    before = {"name": genre.name, "slug": genre.slug, "artists": len(artists), "posts": len(posts)}
    # while the graph says which of the two stands above the other
    repoint(genre, into, apart=APART)
    GenreMention.objects.filter(genre=genre).update(genre=into)
    _move_children(genre, into)
    _move_artists(genre, into)
    _move_picks(genre, into)
    name, slug = genre.name, genre.slug
    genre.delete()
    add_alias(genre=into, name=name, actor=actor)
    note_former_slug(kind=FormerSlug.Kind.GENRE, slug=slug, now_at=into.slug)
    tell_followers(artists)
    for some in chunks(posts, FEW):
        derive_genres(some)
    record(
        code="genre.merged",
        subject=into,
        actor=actor,
        before=before,
        after={"name": into.name, "slug": into.slug},
    )
    return into


def _refuse_protected(genre: Genre) -> None:
    for relation in relations_to(Genre):
        if getattr(relation.remote_field, "on_delete", None) is not models.PROTECT:
            continue
        holder = relation.model._default_manager.filter(**{relation.name: genre}).first()
        if holder is not None:
            raise GenreInUse(
                gettext(
                    "{genre} is the genre of {what} {holder}: give that another genre first."
                ).format(
                    genre=shown(genre.name),
                    what=relation.model._meta.verbose_name,
                    holder=shown(str(holder)),
                )
            )


def _move_children(genre: Genre, into: Genre) -> None:
    """Hang what stands below the one below the other; what stands above that, one step higher."""
    graph = load_graph()
    above = [pk for pk in graph.parents.get(genre.pk, ()) if pk != into.pk]
    for child in Genre.objects.filter(parents=genre):
        circle = graph.way_round(parent=into.pk, child=child.pk) is not None
        kept = graph.parents[child.pk] - {genre.pk}
        wanted = kept | (set(above) if circle else {into.pk})
        set_parents(genre=child, parents=Genre.objects.filter(pk__in=wanted))
        graph = load_graph()


def _move_artists(genre: Genre, into: Genre) -> None:
    """Add the weights where an artist plays both."""
    both = dict(ArtistGenre.objects.filter(genre=into).values_list("artist_id", "weight"))
    for row in ArtistGenre.objects.filter(genre=genre, artist__artist_genres__genre=into):
        weight = min(1.0, row.weight + both[row.artist_id])
        ArtistGenre.objects.filter(artist_id=row.artist_id, genre=into).update(weight=weight)
        row.delete()
    ArtistGenre.objects.filter(genre=genre).update(genre=into)


def _move_picks(genre: Genre, into: Genre) -> None:
    """Add the shares where an editor gave a post both."""
    both = PickedGenre.objects.filter(genre=into, post__picked_genres__genre=genre)
    for some in chunks(list(both.values_list("post_id", flat=True)), FEW):
        picks: defaultdict[int, Percents] = defaultdict(dict)
        rows = PickedGenre.objects.filter(post__in=some)
        for post, picked, percent in rows.values_list("post_id", "genre_id", "percent"):
            picks[post][picked] = percent
        posts: defaultdict[int | None, list[int]] = defaultdict(list)
        for post, percents in picks.items():
            posts[merge_picks(percents, genre=genre.pk, into=into.pk)[into.pk]].append(post)
        rows.filter(genre=genre).delete()
        for added, ids in posts.items():
            rows.filter(post__in=ids, genre=into).update(percent=added)
    PickedGenre.objects.filter(genre=genre).update(genre=into)

"""Every change to the catalogue by a person or a program; files come in through ``imports``."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TypeVar

from django.contrib.auth.models import AbstractBaseUser
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext

from content.audit.actions import record
from content.catalogue.closure import FEW, chunks, load_graph, lock_graph, refresh_closure
from content.catalogue.exceptions import GenreCycle, NameTaken
from content.catalogue.followers import tell_followers
from content.catalogue.mentions import forget_mentions, take_back, understand
from content.catalogue.models import (
    Artist,
    ArtistGenre,
    Genre,
    GenreAlias,
    GenreEdge,
    GenreMention,
    Track,
    UnresolvedGenre,
)
from content.catalogue.names import match_key, unique_slug
from content.catalogue.resolver import Resolver
from content.catalogue.values import (
    ARTIST_LENGTH,
    GENRE_LENGTH,
    TITLE_LENGTH,
    check_country,
    check_link,
    check_popularity,
    check_released,
    check_weight,
    shown,
    tidy_name,
    tidy_text,
)
from content.text import clean_text

Row = TypeVar("Row", Genre, Artist)

SLUG_TRIES = 3


@transaction.atomic
def add_genre(
    *,
    name: str,
    parents: Iterable[Genre] = (),
    aliases: Iterable[str] = (),
    description: str = "",
    actor: AbstractBaseUser | None = None,
) -> Genre:
    """Add a genre below its parents; NameTaken when another genre has the name or an alias."""
    name = tidy_name(name, max_length=GENRE_LENGTH)
    _refuse_taken(name)
    genre = _insert_with_slug(
        Genre(name=name, key=match_key(name), description=clean_text(description))
    )
    settle_known([genre.key], actor=actor)
    above = _link(genre, parents)
    spellings = [_add_alias(genre, alias, actor).name for alias in aliases]
    after = {"name": name, "parents": above, "aliases": spellings}
    record(code="genre.added", subject=genre, actor=actor, after=after)
    return genre


@transaction.atomic
def rename_genre(*, genre: Genre, name: str, actor: AbstractBaseUser | None = None) -> Genre:
    """Give a genre another name; the old one stays as an alias, and the address stays as it is."""
    name = tidy_name(name, max_length=GENRE_LENGTH)
    before, old_key = genre.name, genre.key
    if name == before:
        return genre
    _refuse_taken(name, holder=genre)
    genre.name, genre.key = name, match_key(name)
    genre.save(update_fields=["name", "key"])
    genre.aliases.filter(key=genre.key).delete()
    if old_key != genre.key:
        genre.aliases.get_or_create(key=old_key, defaults={"name": before})
    settle_known([genre.key], actor=actor)
    record(
        code="genre.renamed",
        subject=genre,
        actor=actor,
        before={"name": before},
        after={"name": name},
    )
    return genre


@transaction.atomic
def set_parents(
    *, genre: Genre, parents: Iterable[Genre], actor: AbstractBaseUser | None = None
) -> Genre:
    """Put a genre below these parents and no others; GenreCycle names the way round."""
    before = sorted(genre.parents.values_list("name", flat=True))
    after = _link(genre, parents)
    if before != after:
        record(
            code="genre.parents_set",
            subject=genre,
            actor=actor,
            before={"parents": before},
            after={"parents": after},
        )
    return genre


@transaction.atomic
def add_alias(*, genre: Genre, name: str, actor: AbstractBaseUser | None = None) -> GenreAlias:
    """Let a name mean a genre; NameTaken when it means another one already."""
    known = set(genre.aliases.values_list("pk", flat=True))
    alias = _add_alias(genre, name, actor)
    if alias.pk not in known:
        record(code="genre.alias_added", subject=genre, actor=actor, after={"alias": alias.name})
    return alias


@transaction.atomic
def remove_alias(*, alias: GenreAlias, actor: AbstractBaseUser | None = None) -> Genre:
    """Let a name mean nothing again; when it turns up, it goes into the queue.

    Artists lose what files had given them by it, and posts follow.
    """
    genre = alias.genre
    alias.delete()
    artists = take_back(
        key=alias.key,
        genre=genre,
        # what its words say, where they say it surely
        instead=Resolver.load().find(alias.name),
        actor=actor,
        why=gettext("“{name}” means {genre} no more").format(name=alias.name, genre=genre),
    )
    record(
        code="genre.alias_removed",
        subject=genre,
        actor=actor,
        before={"alias": alias.name, "artists": artists},
    )
    return genre


@transaction.atomic
def settle_unresolved(
    *, unresolved: UnresolvedGenre, genre: Genre, actor: AbstractBaseUser | None
) -> UnresolvedGenre:
    """Say what an unresolved name means: it becomes an alias and resolves from now on.

    The artists of whom files said it play the genre too, and posts about them follow; where a
    person has said what an artist plays, that stands.
    """
    waiting = GenreMention.objects.unknown([unresolved.key])
    artists = waiting.values("artist").distinct().count()
    if unresolved.key != genre.key:
        _add_alias(genre, unresolved.name, actor)
    settle_known([unresolved.key], actor=actor)
    unresolved.settled_at = timezone.now()
    unresolved.save(update_fields=["settled_at"])
    record(
        code="genre.unresolved_settled",
        subject=genre,
        actor=actor,
        summary=f"{unresolved.name} means {genre.name}",
        after={"alias": unresolved.name, "seen": unresolved.seen, "artists": artists},
    )
    return unresolved


@transaction.atomic
def settle_as_new(
    *, unresolved: UnresolvedGenre, parents: Iterable[Genre], actor: AbstractBaseUser | None
) -> Genre:
    """Make an unresolved name a genre of its own, below these."""
    return add_genre(name=unresolved.name, parents=parents, actor=actor)


@transaction.atomic
def reopen_unresolved(
    *, unresolved: UnresolvedGenre, actor: AbstractBaseUser | None
) -> UnresolvedGenre:
    """Take back what a name was said to mean: its alias goes, and it waits again."""
    if unresolved.settled_at is None:
        return unresolved
    alias = GenreAlias.objects.filter(key=unresolved.key).select_related("genre").first()
    if alias is None:
        raise NameTaken(
            gettext("{name} is a genre of its own now, so it can't wait again.").format(
                name=shown(unresolved.name)
            )
        )
    remove_alias(alias=alias, actor=actor)
    unresolved.settled_at = None
    unresolved.save(update_fields=["settled_at"])
    return unresolved


def settle_known(keys: Collection[str], *, actor: AbstractBaseUser | None = None) -> None:
    """Take names out of the queue that have become known by another way.

    The artists of whom files said them get what they mean.
    """
    waiting = UnresolvedGenre.objects.waiting().values_list("key", "pk")
    known = [pk for key, pk in waiting if key in keys]
    for some in chunks(known, FEW):
        UnresolvedGenre.objects.filter(pk__in=some).update(settled_at=timezone.now())
    for listed in chunks(list(keys), FEW):
        said = GenreMention.objects.unknown(listed).values_list("key", flat=True).distinct()
        for key, (name, genre) in _meanings_of(list(said)).items():
            why = gettext("“{name}” means {genre}").format(name=name, genre=genre)
            understand({key: genre.pk}, actor=actor, why=why)


def _meanings_of(keys: Collection[str]) -> dict[str, tuple[str, Genre]]:
    """Give each key of a genre or an alias as it is spelt there, and the genre."""
    aliases = GenreAlias.objects.filter(key__in=keys).select_related("genre")
    found = {alias.key: (alias.name, alias.genre) for alias in aliases}
    return found | {genre.key: (genre.name, genre) for genre in Genre.objects.filter(key__in=keys)}


@transaction.atomic
def add_artist(
    *,
    name: str,
    genres: Iterable[Genre | tuple[Genre, float]] = (),
    country: str = "",
    about: str = "",
    link: str = "",
    actor: AbstractBaseUser | None = None,
) -> Artist:
    """Add an artist, even if another has the same name: two artists may share one.

    ``genres`` as for ``set_artist_genres``; ``country`` is ISO 3166-1 alpha-2 or empty.
    """
    name = tidy_name(name, max_length=ARTIST_LENGTH)
    artist = _insert_with_slug(
        Artist(
            name=name,
            key=match_key(name),
            country=check_country(country),
            about=clean_text(about),
            link=check_link(link),
        )
    )
    after = _write_shares(artist, _shares(genres))
    record(code="artist.added", subject=artist, actor=actor, after={"name": name, "genres": after})
    return artist


@transaction.atomic
def set_artist_genres(
    *,
    artist: Artist,
    genres: Iterable[Genre | tuple[Genre, float]],
    actor: AbstractBaseUser | None = None,
) -> Artist:
    """Set an artist's genres, each alone (equal shares) or with its weight, 0 < weight <= 1.

    What files say the artist is called counts no more, until a file is imported again.
    """
    before, wanted = _named_shares(artist), _shares(genres)
    if before != {genre.name: weight for genre, weight in wanted.items()}:
        forget_mentions(artist)
    after = _write_shares(artist, wanted)
    if before != after:
        tell_followers([artist.pk])
        record(
            code="artist.genres_set",
            subject=artist,
            actor=actor,
            before={"genres": before},
            after={"genres": after},
        )
    return artist


@transaction.atomic
def add_track(
    *,
    artist: Artist,
    title: str,
    album: str = "",
    released: str = "",
    popularity: int | None = None,
    explicit: bool = False,
    link: str = "",
    actor: AbstractBaseUser | None = None,
) -> Track:
    """Add a track, or give the one that this artist has by this title on this album.

    ``released`` is YYYY, YYYY-MM or YYYY-MM-DD; ``popularity`` 0..100.
    """
    title = tidy_name(title, max_length=TITLE_LENGTH, what="title")
    track, made = Track.objects.get_or_create(
        artist=artist,
        key=match_key(title),
        album=tidy_text(album, max_length=TITLE_LENGTH, what="album"),
        defaults={
            "title": title,
            "released": check_released(released),
            "popularity": check_popularity(popularity),
            "explicit": explicit,
            "link": check_link(link),
        },
    )
    if made:
        after = {"artist": artist.name, "title": title, "album": track.album}
        record(code="track.added", subject=track, actor=actor, after=after)
    return track


def _insert_with_slug(row: Row) -> Row:
    """Insert the row at a free slug, and at the next one if another takes it meanwhile."""
    for _ in range(SLUG_TRIES - 1):
        try:
            with transaction.atomic():
                return _insert(row)
        except IntegrityError:
            continue
    return _insert(row)


def _insert(row: Row) -> Row:
    row.slug = unique_slug(row.name, type(row)._default_manager.all())
    row.save(force_insert=True)
    return row


def _holder(key: str) -> Genre | None:
    return Genre.objects.filter(Q(key=key) | Q(aliases__key=key)).first()


def _refuse_taken(name: str, *, holder: Genre | None = None) -> None:
    taken_by = _holder(match_key(name))
    if taken_by is not None and taken_by != holder:
        raise NameTaken(
            gettext("{name} already means the genre {holder}.").format(
                name=shown(name), holder=shown(taken_by.name)
            )
        )


def _add_alias(genre: Genre, name: str, actor: AbstractBaseUser | None) -> GenreAlias:
    name = tidy_name(name, max_length=GENRE_LENGTH, what="alias")
    if name == genre.name:
        raise NameTaken(gettext("{name} is the name of the genre itself.").format(name=shown(name)))
    _refuse_taken(name, holder=genre)
    alias, _ = genre.aliases.get_or_create(key=match_key(name), defaults={"name": name})
    settle_known([alias.key], actor=actor)
    return alias


def _link(genre: Genre, parents: Iterable[Genre]) -> list[str]:
    """Make the genre's edges and the closure right; give the parents' names."""
    lock_graph()
    graph = load_graph()
    wanted = {parent.pk: parent for parent in parents}
    for parent in wanted:
        way = graph.way_round(parent=parent, child=genre.pk)
        if way:
            names = Genre.objects.in_bulk(way)
            raise GenreCycle([names[pk].name for pk in way])
    genre.parent_edges.exclude(parent__in=wanted).delete()
    held = graph.parents.get(genre.pk, set())
    GenreEdge.objects.bulk_create(
        GenreEdge(parent_id=parent, child=genre) for parent in wanted if parent not in held
    )
    graph.set_parents(genre.pk, wanted)
    refresh_closure(graph, graph.at_or_below([genre.pk]))
    return sorted(parent.name for parent in wanted.values())


def _shares(genres: Iterable[Genre | tuple[Genre, float]]) -> dict[Genre, float]:
    listed = list(genres)
    return {
        genre: check_weight(weight)
        for genre, weight in (
            item if isinstance(item, tuple) else (item, 1 / len(listed)) for item in listed
        )
    }


def _named_shares(artist: Artist) -> dict[str, float]:
    return dict(artist.artist_genres.values_list("genre__name", "weight").order_by("genre__name"))


def _write_shares(artist: Artist, shares: dict[Genre, float]) -> dict[str, float]:
    artist.artist_genres.exclude(genre__in=shares).delete()
    ArtistGenre.objects.bulk_create(
        (
            ArtistGenre(artist=artist, genre=genre, weight=weight)
            for genre, weight in shares.items()
        ),
        update_conflicts=True,
        unique_fields=["artist", "genre"],
        update_fields=["weight"],
    )
    return _named_shares(artist)

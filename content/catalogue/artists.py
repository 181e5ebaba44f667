"""Merge artists: what pointed at the one, in any room, points at the other."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.translation import gettext

from content.audit.actions import record
from content.catalogue.closure import FEW, chunks
from content.catalogue.exceptions import ArtistRefused
from content.catalogue.followers import tell_followers
from content.catalogue.former import note_former_slug
from content.catalogue.mentions import Shares, keep_together, shares_of
from content.catalogue.merging import relations_to, repoint
from content.catalogue.models import (
    Artist,
    ArtistAlias,
    ArtistGenre,
    FormerSlug,
    GenreMention,
    Track,
)
from content.catalogue.values import shown

# moved by their own rules
APART = (ArtistAlias, ArtistGenre, GenreMention, Track)
# what a person types of an artist
TYPED = ("name", "country", "about", "link")
# taken over where the artist that stays has none
FILLED = ("country", "about", "link")
FILLED_OF_TRACKS = ("released", "popularity", "link")


@dataclass(frozen=True)
class Together:
    """What two artists play as one, and the mentions that it is counted from, if it is."""

    shares: Shares
    mentions: list[GenreMention]


@transaction.atomic
def merge_artists(*, artist: Artist, into: Artist, actor: AbstractBaseUser | None) -> Artist:
    """Give ``into`` all that ``artist`` has: posts, tracks, weights in profiles, a hold, aliases.

    ``artist`` goes away; its name becomes an alias, so that files mean ``into`` by it, and its
    address leads there, so that expressions follow. What both play: see ``play_together``.
    ArtistRefused for the same artist, for one that is not there, and for one with changes that are
    not saved.
    """
    artist, into = _lock(artist, into)
    plays = play_together(artist, into)
    before = {**_told(artist), "genres": _named_shares(artist), "genres_there": _named_shares(into)}
    moved = Counter({Track._meta.label_lower: _move_tracks(artist, into)})
    moved += repoint(artist, into, apart=APART)
    _move_aliases(artist, into)
    _write_plays(artist, into, plays)
    _fill(into, artist)
    key = artist.pk
    artist.delete()
    note_former_slug(kind=FormerSlug.Kind.ARTIST, slug=artist.slug, now_at=into.slug, former_id=key)
    tell_followers([into.pk])
    record(
        code="artist.merged",
        subject=into,
        actor=actor,
        before=before,
        after={**_told(into), "genres": _named_shares(into), "moved": dict(sorted(moved.items()))},
    )
    return into


def play_together(artist: Artist, into: Artist) -> Together:
    """Say what the two play as one.

    What a person said stands before what files say; of two that people said the middle is taken.
    What files say of both is counted together, as if they had said it of one.
    """
    held: dict[int, Shares] = {artist.pk: {}, into.pk: {}}
    for row in ArtistGenre.objects.filter(artist__in=list(held)):
        held[row.artist_id][row.genre_id] = row.weight
    said: defaultdict[int, list[GenreMention]] = defaultdict(list)
    for mention in GenreMention.objects.filter(artist__in=list(held)).order_by("pk"):
        said[mention.artist_id].append(mention)
    by_hand = [shares for pk, shares in held.items() if shares and pk not in said]
    if by_hand:
        return Together(_middle(by_hand), [])
    mentions = keep_together(into.pk, said.values())
    return Together(shares_of(mentions) or _middle(held.values()), mentions)


def twin_tracks(artist: Artist, into: Artist) -> dict[Track, Track]:
    """Find the tracks that both have on the same album: that of the one, that of the other."""
    held = {(track.key, track.album): track for track in into.tracks.all()}
    pairs = ((track, held.get((track.key, track.album))) for track in artist.tracks.all())
    return {track: twin for track, twin in pairs if twin is not None}


def _lock(artist: Artist, into: Artist) -> tuple[Artist, Artist]:
    """Read both as they are now, and keep others from changing them until all is done."""
    if artist.pk is not None and artist.pk == into.pk:
        raise ArtistRefused(
            gettext("{artist} can't be merged into itself.").format(artist=shown(artist.name))
        )
    ids = [one.pk for one in (artist, into) if one.pk is not None]
    stored = {
        row.pk: row for row in Artist.objects.select_for_update().filter(pk__in=ids).order_by("pk")
    }
    return _as_stored(artist, stored), _as_stored(into, stored)


def _as_stored(artist: Artist, stored: Mapping[int, Artist]) -> Artist:
    name = shown(artist.name)
    if artist.pk is None:
        raise ArtistRefused(gettext("{artist} is not saved yet.").format(artist=name))
    if artist.pk not in stored:
        raise ArtistRefused(
            gettext("{artist} is not here any more: it was merged or deleted.").format(artist=name)
        )
    there = stored[artist.pk]
    if any(getattr(artist, field) != getattr(there, field) for field in TYPED):
        raise ArtistRefused(
            gettext(
                "{artist} has changes that are not saved, or was changed meanwhile: save them, or "
                "look at it again, and then merge."
            ).format(artist=name)
        )
    return there


def _middle(every: Collection[Shares]) -> Shares:
    """Give each who plays something the same say; one alone stays as it is."""
    saying = [shares for shares in every if shares]
    if len(saying) < 2:
        return dict(saying[0]) if saying else {}
    middle: defaultdict[int, float] = defaultdict(float)
    for shares in saying:
        total = sum(shares.values())
        for genre, weight in shares.items():
            middle[genre] += weight / total / len(saying)
    return {genre: share for genre, weight in middle.items() if (share := round(weight, 4))}


def _move_tracks(artist: Artist, into: Artist) -> int:
    """Move the tracks; of two that are the same one stays, with what is known of either."""
    twins = twin_tracks(artist, into)
    by_key = {track.pk: track for track in twins}
    for relation in relations_to(Track):
        for some in chunks(list(twins), FEW):
            pointed = relation.model._default_manager.filter(**{f"{relation.name}__in": some})
            for key in pointed.order_by().values_list(relation.name, flat=True).distinct():
                repoint(by_key[key], twins[by_key[key]])
    for track, twin in twins.items():
        _fill_track(twin, track)
    for gone in chunks([track.pk for track in twins], FEW):
        Track.objects.filter(pk__in=gone).delete()
    return len(twins) + artist.tracks.update(artist=into)


def _fill_track(track: Track, other: Track) -> None:
    fresh = {
        name: getattr(other, name)
        for name in FILLED_OF_TRACKS
        if getattr(track, name) in ("", None) and getattr(other, name) not in ("", None)
    }
    # who warns of a track is right on one page and on the other
    if other.explicit and not track.explicit:
        fresh["explicit"] = True
    if fresh:
        Track.objects.filter(pk=track.pk).update(**fresh)


def _move_aliases(artist: Artist, into: Artist) -> None:
    names = [
        *artist.aliases.all(),
        ArtistAlias(name=artist.name, key=artist.key, former_id=artist.pk),
    ]
    held = {alias.key: alias for alias in into.aliases.all()}
    for name in names:
        if name.key == into.key:
            continue
        known = held.get(name.key)
        if known is None:
            held[name.key] = ArtistAlias.objects.create(
                artist=into, name=name.name, key=name.key, former_id=name.former_id
            )
        elif name.former_id and (known.former_id is None or name.former_id < known.former_id):
            known.former_id = name.former_id
            known.save(update_fields=["former_id"])


def _write_plays(artist: Artist, into: Artist, plays: Together) -> None:
    both = [artist.pk, into.pk]
    GenreMention.objects.filter(artist__in=both).delete()
    GenreMention.objects.bulk_create(plays.mentions, batch_size=FEW)
    ArtistGenre.objects.filter(artist__in=both).delete()
    ArtistGenre.objects.bulk_create(
        ArtistGenre(artist=into, genre_id=genre, weight=weight)
        for genre, weight in plays.shares.items()
    )


def _fill(into: Artist, artist: Artist) -> None:
    fresh = {
        field: getattr(artist, field)
        for field in FILLED
        if getattr(artist, field) and not getattr(into, field)
    }
    for field, value in fresh.items():
        setattr(into, field, value)
    if fresh:
        into.save(update_fields=list(fresh))


def _told(artist: Artist) -> dict[str, str]:
    return {"name": artist.name, "slug": artist.slug}


def _named_shares(artist: Artist) -> dict[str, float]:
    return dict(artist.artist_genres.values_list("genre__name", "weight").order_by("genre__name"))

"""Names of genres as files say them of artists: one that is understood later counts then, too."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from content.audit.actions import Change, record_many
from content.catalogue.closure import FEW, chunks
from content.catalogue.followers import tell_followers
from content.catalogue.models import Artist, ArtistGenre, Genre, GenreMention, UnresolvedGenre
from content.catalogue.querysets import GenreMentionQuerySet

# genre id → weight, 0..1; what an artist plays
Shares = dict[int, float]


@dataclass
class Rewritten:
    """The artists that play something else now, by id: what they played, and what they play."""

    before: dict[int, Shares] = field(default_factory=dict)
    after: dict[int, Shares] = field(default_factory=dict)


def shares_of(mentions: Iterable[GenreMention]) -> Shares:
    """Share an artist out: by what is said of the artist, or else by what is said of the tracks."""
    counts: dict[bool, Counter[int]] = {False: Counter(), True: Counter()}
    for mention in mentions:
        if mention.genre_id is not None:
            counts[mention.broad][mention.genre_id] += mention.times
    counted = counts[False] or counts[True]
    return {genre: round(times / counted.total(), 4) for genre, times in counted.items()}


def keep_mentions(said: Mapping[int, Collection[GenreMention]], *, held: Collection[int]) -> None:
    """Put what a file says of artists, by id, in the place of what one said before.

    Where no name is understood the artist keeps what it plays: what that was counted from stays.
    ``held`` are the artists that play something: by hand, where nothing is known to say so.
    """
    before: dict[int, list[GenreMention]] = defaultdict(list)
    for some in chunks(sorted(said), FEW):
        for mention in GenreMention.objects.filter(artist__in=some):
            before[mention.artist_id].append(mention)
    stale: list[int] = []
    new: list[GenreMention] = []
    for artist, mentions in said.items():
        known = before[artist]
        wanted = mentions
        if not shares_of(mentions):
            by_hand = artist in held and not known
            wanted = [] if by_hand else _added(known, mentions)
        if set(map(_facts, wanted)) != set(map(_facts, known)):
            stale += [mention.pk for mention in known]
            new += [_copy(mention) for mention in wanted]
    for some in chunks(stale, FEW):
        GenreMention.objects.filter(pk__in=some).delete()
    GenreMention.objects.bulk_create(new, batch_size=FEW)


def keep_together(artist: int, said: Iterable[Collection[GenreMention]]) -> list[GenreMention]:
    """Make of what files say of several artists what they would say if these were one.

    A name of the artist counts once, one of the tracks as often as it stands there; unsaved.
    """
    found: dict[tuple[str, bool], GenreMention] = {}
    for mentions in said:
        for mention in mentions:
            known = found.setdefault(
                (mention.key, mention.broad),
                GenreMention(artist_id=artist, key=mention.key, broad=mention.broad, times=0),
            )
            known.genre_id = known.genre_id or mention.genre_id
            known.times = (
                known.times + mention.times if mention.broad else max(known.times, mention.times)
            )
    return list(found.values())


def forget_mentions(artist: Artist) -> None:
    """Let a person's word about an artist stand, whatever files say it is called."""
    artist.genre_mentions.all().delete()


@transaction.atomic
def understand(meanings: Mapping[str, int], *, actor: AbstractBaseUser | None, why: str) -> int:
    """Let names that meant nothing, by key, mean these genres for all of whom they are said.

    Gives the number of artists that play something else now; ``why`` stands in their histories.
    """
    by_genre: dict[int, list[str]] = defaultdict(list)
    for key, genre in meanings.items():
        by_genre[genre].append(key)
    artists: set[int] = set()
    for genre, keys in by_genre.items():
        for some in chunks(keys, FEW):
            artists |= _mean(GenreMention.objects.unknown(some), genre)
    return _follow(artists, actor=actor, why=why)


@transaction.atomic
def take_back(
    *, key: str, genre: Genre, instead: Genre | None, actor: AbstractBaseUser | None, why: str
) -> int:
    """Let a name mean this genre no more, for all of whom it is said; gives how many changed."""
    rows = GenreMention.objects.filter(key=key, genre=genre)
    return _follow(_mean(rows, instead.pk if instead else None), actor=actor, why=why)


def count_artists(rows: QuerySet[UnresolvedGenre]) -> QuerySet[UnresolvedGenre]:
    """Add ``artists``: how many get the genre once the name is settled."""
    said = GenreMention.objects.filter(key=OuterRef("key"), genre__isnull=True)
    counted = said.order_by().values("key").annotate(number=Count("artist", distinct=True))
    return rows.annotate(artists=Coalesce(Subquery(counted.values("number")), 0))


def _mean(rows: GenreMentionQuerySet, genre: int | None) -> set[int]:
    """Let the mentions mean this; give the artists that they are of."""
    found = dict(rows.values_list("pk", "artist_id"))
    for some in chunks(list(found), FEW):
        GenreMention.objects.filter(pk__in=some).update(genre=genre)
    return set(found.values())


def _follow(artists: Collection[int], *, actor: AbstractBaseUser | None, why: str) -> int:
    changed = 0
    for some in chunks(sorted(artists), FEW):
        rewritten = _rewrite(some)
        changed += len(rewritten.after)
        tell_followers(list(rewritten.after))
        _record(rewritten, actor=actor, why=why)
    return changed


def _rewrite(artists: Collection[int]) -> Rewritten:
    """Bring what these artists play in line with what is said of them."""
    said: dict[int, list[GenreMention]] = defaultdict(list)
    # whoever sets an artist's genres by hand forgets the mentions first
    rows = GenreMention.objects.filter(artist__in=artists).order_by("pk")
    for mention in rows.select_for_update():
        said[mention.artist_id].append(mention)
    held: dict[int, Shares] = defaultdict(dict)
    for row in ArtistGenre.objects.filter(artist__in=artists):
        held[row.artist_id][row.genre_id] = row.weight
    changed = Rewritten()
    for artist, mentions in said.items():
        wanted = shares_of(mentions)
        if wanted != held[artist]:
            changed.before[artist], changed.after[artist] = held[artist], wanted
    ArtistGenre.objects.filter(artist__in=list(changed.after)).delete()
    ArtistGenre.objects.bulk_create(
        ArtistGenre(artist_id=artist, genre_id=genre, weight=weight)
        for artist, shares in changed.after.items()
        for genre, weight in shares.items()
    )
    return changed


def _record(rewritten: Rewritten, *, actor: AbstractBaseUser | None, why: str) -> None:
    met: set[int] = set()
    for played in (rewritten.before, rewritten.after):
        met.update(*played.values())
    names = {genre.pk: genre.name for genre in Genre.objects.filter(pk__in=met)}
    record_many(
        code="artist.genres_set",
        actor=actor,
        summary=why,
        changes=[
            Change(
                artist,
                before={"genres": _named(rewritten.before[artist.pk], names)},
                after={"genres": _named(rewritten.after[artist.pk], names)},
            )
            for artist in Artist.objects.filter(pk__in=list(rewritten.after))
        ],
    )


def _named(shares: Shares, names: Mapping[int, str]) -> dict[str, float]:
    return {names[genre]: weight for genre, weight in shares.items()}


def _added(known: Collection[GenreMention], more: Collection[GenreMention]) -> list[GenreMention]:
    by_name = {(mention.key, mention.broad): mention for mention in [*more, *known]}
    return list(by_name.values())


def _facts(mention: GenreMention) -> tuple[str, bool, int, int | None]:
    return mention.key, mention.broad, mention.times, mention.genre_id


def _copy(mention: GenreMention) -> GenreMention:
    return GenreMention(
        artist_id=mention.artist_id,
        key=mention.key,
        broad=mention.broad,
        times=mention.times,
        genre_id=mention.genre_id,
    )

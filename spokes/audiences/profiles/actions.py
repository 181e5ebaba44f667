"""What can be done with the profile of a spoke's or a channel's people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext

from content.audit.actions import record
from content.catalogue.models import Artist, Genre
from content.editorial.models import AudienceTag
from spokes.audiences.parts import VersionPart
from spokes.audiences.profiles.counting import (
    ArtistMusic,
    Counted,
    Shares,
    count_listening,
    recount_archive,
)
from spokes.audiences.profiles.exceptions import NothingCounted, ProfileRefused
from spokes.audiences.profiles.models import (
    AudienceProfile,
    Origin,
    ProfileArtist,
    ProfileGenre,
    ProfileTag,
)
from spokes.audiences.profiles.opened import Finder, Opened, find_posts, read_opened
from spokes.audiences.profiles.reading import read_listening
from spokes.audiences.version import bump
from spokes.channels.models import Channel, Spoke

Actor = AbstractBaseUser | None
# the model of the weights, and the field that names what is weighed
TABLES: tuple[tuple[Any, str], ...] = (
    (ProfileGenre, "genre"),
    (ProfileTag, "tag"),
    (ProfileArtist, "artist"),
)


GENRES_IN_AUDIT = 15


@dataclass(frozen=True)
class CountedProfile:
    """A profile with what was counted for it, and the names that could not be."""

    profile: AudienceProfile
    counted: Counted


def set_profile(
    *,
    owner: Spoke | Channel,
    genres: Mapping[Genre, float],
    tags: Mapping[AudienceTag, float] | None = None,
    artists: Mapping[Artist, float] | None = None,
    actor: Actor,
) -> AudienceProfile:
    """Type in weights from 0 to 1, in place of those typed before; counted ones stay beside them.

    A typed weight stands for its genre, tag or artist whatever is counted, now or later. Raises
    ProfileRefused.
    """
    typed = [
        {row.pk: _checked(row, weight) for row, weight in weights.items()}
        for weights in (genres, tags or {}, artists or {})
    ]
    with transaction.atomic():
        profile = _profile_of(owner)
        before = _told(profile, Origin.TYPED)
        for (table, field), weights in zip(TABLES, typed, strict=True):
            rows = table.objects.filter(profile=profile)
            rows.filter(origin=Origin.TYPED).delete()
            _delete_of(rows, field, weights)
            _write(table, field, profile, weights, Origin.TYPED)
        after = _told(profile, Origin.TYPED)
        _keep(profile, code="profile.set", actor=actor, before=before, after=after)
        _freshen()
    return profile


def import_profile(
    *,
    owner: Spoke | Channel,
    text: str,
    people: int | None = None,
    actor: Actor,
    now: datetime | None = None,
) -> CountedProfile:
    """Count a profile from a CSV of listening or following data, in place of what was counted.

    ``text`` as for ``read_listening``. Raises ProfileFileRefused with every fault, and
    NothingCounted; then nothing changes.
    """
    counted = count_listening(read_listening(text, people=people))
    if not counted.artists:
        raise NothingCounted
    return _replace({owner: counted}, Origin.IMPORTED, actor, now)[0]


def import_profiles(
    *, texts: Mapping[Spoke | Channel, str], actor: Actor, now: datetime | None = None
) -> list[CountedProfile]:
    """Import many at once, as ``import_profile`` does one; all of them or none."""
    music = ArtistMusic()
    counted = {owner: count_listening(read_listening(text), music) for owner, text in texts.items()}
    if not all(one.artists for one in counted.values()):
        raise NothingCounted
    return _replace(counted, Origin.IMPORTED, actor, now)


def learn_profile(
    *,
    owner: Spoke | Channel,
    text: str,
    actor: Actor,
    find: Finder = find_posts,
    now: datetime | None = None,
) -> CountedProfile:
    """Count a profile from a CSV of what its people opened, in place of what was counted.

    ``text`` as for ``read_openings``; ``find`` says which posts it names. Raises
    ProfileFileRefused with every fault, NothingOpened and TooLittleOpened; then nothing changes.
    """
    return keep_opened(owner=owner, opened=read_opened(text, find), actor=actor, now=now)


def keep_opened(
    *, owner: Spoke | Channel, opened: Opened, actor: Actor, now: datetime | None = None
) -> CountedProfile:
    """Put what was counted of openings in place of what was counted before."""
    return _replace({owner: opened}, Origin.LEARNT, actor, now)[0]


def read_ahead(text: str, *, people: int | None = None) -> Counted:
    """Count what ``import_profile`` would, and keep nothing. Raises ProfileFileRefused."""
    return count_listening(read_listening(text, people=people))


@transaction.atomic
def remove_profile(*, owner: Spoke | Channel, actor: Actor) -> bool:
    """Forget what its people listen to; False when nothing was known."""
    profile = AudienceProfile.objects.of(owner).select_for_update().first()
    if profile is None:
        return False
    before = _told(profile)
    profile.delete()
    bump(VersionPart.PROFILES)
    record(code="profile.removed", subject=owner, actor=actor, before=before)
    return True


def _replace(
    counted: Mapping[Spoke | Channel, Counted],
    origin: Origin,
    actor: Actor,
    now: datetime | None,
) -> list[CountedProfile]:
    moment = now or timezone.now()
    with transaction.atomic():
        done = [
            CountedProfile(_replace_one(owner, one, origin, actor, moment), one)
            for owner, one in counted.items()
        ]
        _freshen()
    return done


def _replace_one(
    owner: Spoke | Channel, counted: Counted, origin: Origin, actor: Actor, moment: datetime
) -> AudienceProfile:
    profile = _profile_of(owner)
    before = {"people": profile.people, "genres": _first_genres(profile)}
    shares = (counted.genres, counted.tags, counted.artists)
    for (table, field), weights in zip(TABLES, shares, strict=True):
        rows = table.objects.filter(profile=profile)
        rows.exclude(origin=Origin.TYPED).delete()
        typed = set(rows.values_list(field, flat=True))
        left = {pk: weight for pk, weight in weights.items() if pk not in typed}
        _write(table, field, profile, left, origin)
    imported = origin is Origin.IMPORTED
    profile.people = counted.people
    profile.imported_at = moment if imported else None
    profile.learnt_at = None if imported else moment
    _keep(
        profile,
        code="profile.imported" if imported else "profile.learnt",
        actor=actor,
        before=before,
        after={
            "people": profile.people,
            "genres": _first_genres(profile),
            "artists": len(counted.artists),
        },
        summary=f"{owner}: {counted.summary}",
    )
    return profile


def _first_genres(profile: AudienceProfile) -> dict[str, float]:
    """Say the heaviest of the counted weights by name, as the audit keeps them."""
    rows = ProfileGenre.objects.filter(profile=profile).exclude(origin=Origin.TYPED)
    first = rows.order_by("-weight", "genre__name").values_list("genre__name", "weight")
    return {name: round(weight, 3) for name, weight in first[:GENRES_IN_AUDIT]}


def _profile_of(owner: Spoke | Channel) -> AudienceProfile:
    """Find its profile or make it; who changes the same one waits for the other."""
    rows = AudienceProfile.objects.select_for_update()
    if isinstance(owner, Spoke):
        profile, _ = rows.get_or_create(spoke=owner)
    else:
        profile, _ = rows.get_or_create(channel=owner)
    return profile


def _keep(profile: AudienceProfile, *, code: str, **told: Any) -> None:
    profile.save(update_fields=["people", "imported_at", "learnt_at", "updated_at"])
    record(code=code, subject=profile.owner, **told)


def _freshen() -> None:
    """Count what is usual in the house again, and let every process read the profiles again."""
    recount_archive()
    bump(VersionPart.PROFILES)


def _write(
    table: Any, field: str, profile: AudienceProfile, weights: Shares, origin: Origin
) -> None:
    rows = [
        table(profile=profile, **{f"{field}_id": pk}, weight=weight, origin=origin)
        for pk, weight in weights.items()
    ]
    table.objects.bulk_create(rows, batch_size=1000)


def _delete_of(rows: models.QuerySet[Any], field: str, weights: Shares) -> None:
    counted = dict(rows.values_list(field, "pk"))
    ids = [counted[pk] for pk in weights if pk in counted]
    rows.filter(pk__in=ids).delete()


def _checked(row: models.Model, weight: float) -> float:
    if not 0 <= weight <= 1:
        raise ProfileRefused(
            gettext("The weight of {name} is {weight}; it should be from 0 to 1.").format(
                name=row, weight=weight
            )
        )
    return weight


def _told(profile: AudienceProfile, origin: Origin | None = None) -> dict[str, Any]:
    """Say the weights as the audit keeps them: by name, or only how many where they are counted."""
    told: dict[str, Any] = {"people": profile.people} if origin is None else {}
    for table, field in TABLES:
        rows = table.objects.filter(profile=profile)
        if origin is None:
            told[f"{field}s"] = rows.count()
            continue
        names = rows.filter(origin=origin).values_list(f"{field}__name", "weight")
        told[f"{field}s"] = dict(names.order_by(f"{field}__name"))
    return told

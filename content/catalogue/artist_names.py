"""Who is meant by the name of an artist: by its own name, or by another that it goes by."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.translation import gettext

from content.audit.actions import record
from content.catalogue.closure import FEW, chunks
from content.catalogue.exceptions import NameTaken
from content.catalogue.models import Artist, ArtistAlias
from content.catalogue.names import match_key
from content.catalogue.values import ARTIST_LENGTH, shown, tidy_name


def find_bearers(keys: Collection[str]) -> dict[str, list[int]]:
    """Give by match_key the ids of all artists that bear the name, who bore it first before.

    A name that came with a merge is as old as the artist that was merged; one that a person gave
    is younger than all of those.
    """
    found: defaultdict[str, list[tuple[bool, int, int]]] = defaultdict(list)
    for some in chunks(sorted(keys), FEW):
        for key, pk in Artist.objects.filter(key__in=some).values_list("key", "pk"):
            found[key].append((False, pk, pk))
        aliases = ArtistAlias.objects.filter(key__in=some)
        for key, pk, former, own in aliases.values_list("key", "artist_id", "former_id", "pk"):
            found[key].append((former is None, former or own, pk))
    return {key: list(dict.fromkeys(pk for *_, pk in sorted(rows))) for key, rows in found.items()}


@transaction.atomic
def add_artist_alias(
    *, artist: Artist, name: str, actor: AbstractBaseUser | None = None
) -> ArtistAlias:
    """Let files, searches and expressions find an artist by another name too.

    Raises NameTaken for the artist's own name, in whatever spelling.
    """
    name = tidy_name(name, max_length=ARTIST_LENGTH, what="alias")
    key = match_key(name)
    if key == artist.key:
        raise NameTaken(
            gettext("{name} is the name of the artist itself.").format(name=shown(name))
        )
    alias, made = artist.aliases.get_or_create(key=key, defaults={"name": name})
    if made:
        record(code="artist.alias_added", subject=artist, actor=actor, after={"alias": alias.name})
    return alias


@transaction.atomic
def remove_artist_alias(*, alias: ArtistAlias, actor: AbstractBaseUser | None = None) -> Artist:
    """Let a name mean the artist no more: a file that has it makes an artist of it again."""
    artist = alias.artist
    alias.delete()
    record(code="artist.alias_removed", subject=artist, actor=actor, before={"alias": alias.name})
    return artist

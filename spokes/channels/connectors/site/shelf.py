"""Puts frozen payloads on the site's shelf: publications, and the words they are found under.

Everything here runs inside the caller's transaction and breaks none: what the database would
refuse is looked up before, and what another transaction did meanwhile is skipped, then read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.utils.translation import gettext

from content.bulk import insert_each
from content.catalogue.models import GenreClosure
from content.catalogue.names import SUFFIX_ROOM
from spokes.channels.connectors.base import Letter, Outcome, Payload, Refused, RetryAfter, Sent
from spokes.channels.models import Spoke
from spokes.site import search
from spokes.site.cards.actions import queue_cards
from spokes.site.models import Facet, Publication

# what a payload and a publication call by the same name
SHARED_FIELDS = (
    "kind",
    "title",
    "teaser",
    "body_html",
    "lang",
    "explicit",
    "cta_label",
    "cta_url",
    "hero",
    "artists",
    "genres",
    "tags",
)
SLUG_LENGTH = 120
# a place's own addresses, beside its stories
RESERVED_SLUGS = frozenset({"archive"})


def publish(*, letters: Sequence[Letter], spoke: Spoke | None, now: datetime) -> list[Outcome]:
    """Publish a batch on one spoke, in a number of statements that does not grow with it.

    A letter whose key is there already is that publication; nothing is added.
    """
    standing = _Standing(letters, spoke)
    fresh: dict[str, Publication] = {}
    refused: dict[str, Outcome] = {}
    for letter in letters:
        if letter.key in standing.by_key or letter.key in fresh:
            continue
        if letter.payload["post"] in standing.posts:
            refused[letter.key] = Refused(gettext("This post is already live on this site."))
            continue
        fresh[letter.key] = standing.add(letter, now)
    written = _insert(fresh, {letter.key: letter.payload for letter in letters}, spoke, now)
    known = {**standing.by_key, **written}
    return [refused.get(letter.key) or _outcome(known.get(letter.key)) for letter in letters]


def replace(*, publication: Publication, payload: Payload, now: datetime) -> Outcome:
    """Show the payload in the place of what is shown; the address and the time stay."""
    standing = Publication.objects.standing().filter(pk=publication.pk)
    if not standing.update(changed_at=now, **_content(payload)):
        return Refused(gettext("It was taken down from the site meanwhile."))
    publication.facets.all().delete()
    _write_facets({publication.pk: payload}, publication.published_at)
    search.index([Publication(pk=publication.pk, **_content(payload))], anew=True)
    queue_cards(publications=[publication.pk], now=now)
    return sent(publication)


def sent(publication: Publication) -> Sent:
    return Sent(
        remote_id=str(publication.pk), url=settings.SITE_URL + publication.get_absolute_url()
    )


class _Standing:
    """What is on a spoke's site already, among what a batch wants to put there."""

    def __init__(self, letters: Sequence[Letter], spoke: Spoke | None) -> None:
        self.spoke = spoke
        here = Publication.objects.on(spoke).standing()
        rows = (
            Publication.objects.filter(key__in=[letter.key for letter in letters])
            | here.filter(post_ref__in=[letter.payload["post"] for letter in letters])
            | here.filter(slug__in=[letter.payload["slug"] for letter in letters])
        )
        found = list(rows.select_related("spoke").defer("body_html").order_by())
        in_the_way = [row for row in found if row.spoke == self.spoke and row.withdrawn_at is None]
        keys = {letter.key for letter in letters}
        self.by_key = {row.key: row for row in found if row.key in keys}
        self.posts = {row.post_ref for row in in_the_way}
        self.slugs = {row.slug for row in in_the_way}

    def add(self, letter: Letter, now: datetime) -> Publication:
        slug = self._free_slug(letter.payload["slug"])
        self.posts.add(letter.payload["post"])
        self.slugs.add(slug)
        return Publication(
            key=letter.key,
            spoke=self.spoke,
            post_ref=letter.payload["post"],
            slug=slug,
            published_at=now,
            changed_at=now,
            **_content(letter.payload),
        )

    def _free_slug(self, wanted: str) -> str:
        """Append -2, -3, … to an address that is taken; that is rare, so it may ask."""
        if wanted not in self.slugs | RESERVED_SLUGS:
            return wanted
        base = wanted[: SLUG_LENGTH - SUFFIX_ROOM]
        here = Publication.objects.on(self.spoke).standing()
        taken = self.slugs.union(
            here.filter(slug__startswith=f"{base}-").values_list("slug", flat=True)
        )
        number = 2
        while f"{base}-{number}" in taken:
            number += 1
        return f"{base}-{number}"


def _insert(
    fresh: Mapping[str, Publication],
    payloads: Mapping[str, Payload],
    spoke: Spoke | None,
    now: datetime,
) -> dict[str, Publication]:
    """Write the publications with their facets; give those that are there, by key."""
    if not fresh:
        return {}
    Publication.objects.bulk_create(fresh.values(), ignore_conflicts=True)
    written = {
        row.key: row
        for row in Publication.objects.filter(key__in=fresh).only("key", "slug", "spoke").order_by()
    }
    for row in written.values():
        if spoke and row.spoke_id == spoke.pk:
            row.spoke = spoke
    _write_facets({row.pk: payloads[key] for key, row in written.items()}, now)
    search.index(Publication(pk=row.pk, **_content(payloads[key])) for key, row in written.items())
    queue_cards(publications=[row.pk for row in written.values()], now=now)
    return written


def _outcome(publication: Publication | None) -> Outcome:
    if publication is None:
        return RetryAfter(gettext("Another post took this address on the site at the same moment."))
    return sent(publication)


def _content(payload: Payload) -> dict[str, Any]:
    expires_at = payload["expires_at"]
    # a payload that was frozen before these were known goes out without them
    happens_on = payload.get("happens_on")
    return {
        **{field: payload[field] for field in SHARED_FIELDS},
        "asset_ref": payload["hero"].get("asset"),
        "happens_on": date.fromisoformat(happens_on) if happens_on else None,
        "expires_at": datetime.fromisoformat(expires_at) if expires_at else None,
    }


def _write_facets(payloads: Mapping[int, Payload], published_at: datetime) -> None:
    """List each publication under its artists, its tags, and its genres with all above them."""
    above = _genres_above({genre["slug"] for p in payloads.values() for genre in p["genres"]})
    insert_each(
        Facet,
        [
            {"publication_id": pk, "kind": kind, "slug": slug, "published_at": published_at}
            for pk, payload in payloads.items()
            for kind, slug in _facets(payload, above)
        ],
        on_conflict="ON CONFLICT DO NOTHING",
    )


def _facets(payload: Payload, above: Mapping[str, set[str]]) -> set[tuple[str, str]]:
    genres = {genre["slug"] for genre in payload["genres"]}
    genres.update(*(above[slug] for slug in genres))
    return {
        *((Facet.Kind.ARTIST, artist["slug"]) for artist in payload["artists"]),
        *((Facet.Kind.GENRE, slug) for slug in genres),
        *((Facet.Kind.TAG, tag["slug"]) for tag in payload["tags"]),
    }


def _genres_above(slugs: set[str]) -> Mapping[str, set[str]]:
    above: dict[str, set[str]] = defaultdict(set)
    if slugs:
        rows = GenreClosure.objects.filter(descendant__slug__in=slugs)
        for descendant, ancestor in rows.values_list("descendant__slug", "ancestor__slug"):
            above[descendant].add(ancestor)
    return above

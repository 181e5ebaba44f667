"""Values to offer while one is being typed: few, the best first, found by index."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from typing import Any

from babel import Locale, UnknownLocaleError
from django.db.models import Model, Q, QuerySet
from django.utils.timezone import localdate
from django.utils.translation import get_language, gettext, ngettext, to_locale

from content.catalogue.alike import MOST_NAMES, begins_with
from content.catalogue.countries import country_name
from content.catalogue.models import Artist, ArtistAlias, Genre, GenreAlias
from content.catalogue.names import match_key
from content.editorial.models import AudienceTag, PostKind, PostPriority
from spokes.audiences.language.countries import COUNTRIES
from spokes.audiences.language.lexer import WILDCARD, quote
from spokes.audiences.language.vocabulary import Offer
from spokes.audiences.models import Audience

FEW = 12
# letters after which a name is looked for in the middle of others too
ENOUGH = 3


def offer_genres(typed: str) -> list[Offer]:
    key = match_key(typed)
    genres = list(Genre.objects.filter(begins_with(key)).order_by("key")[:FEW])
    offers = {genre.pk: Offer(_value(genre), genre.name) for genre in genres}
    if key:
        aliases = GenreAlias.objects.filter(begins_with(key)).select_related("genre")
        for alias in aliases.order_by("key")[:FEW]:
            called = gettext("also called {alias}").format(alias=alias.name)
            offers.setdefault(alias.genre_id, Offer(_value(alias.genre), alias.genre.name, called))
    for genre in _holding(Genre, key, len(offers)):
        offers.setdefault(genre.pk, Offer(_value(genre), genre.name))
    return _best(offers.values(), key)


def offer_tags(typed: str) -> list[Offer]:
    key = match_key(typed.removesuffix(WILDCARD))
    tags = list(AudienceTag.objects.filter(begins_with(key)).order_by("key")[:FEW])
    offers = {tag.pk: Offer(_value(tag), tag.name, tag.meaning) for tag in tags}
    for tag in _holding(AudienceTag, key, len(offers)):
        offers.setdefault(tag.pk, Offer(_value(tag), tag.name, tag.meaning))
    every = [_all_beginning(key, len(tags))] if key and len(tags) > 1 else []
    return [*_best(offers.values(), key), *every][:FEW]


def _all_beginning(key: str, number: int) -> Offer:
    known = ngettext("{number} tag today", "{number} tags today", number)
    if number == FEW:
        known = gettext("{number} tags or more today")
    label = gettext("all that begin with {text}").format(text=key)
    return Offer(f"{key}{WILDCARD}", label, known.format(number=number))


def offer_artists(typed: str) -> list[Offer]:
    key = match_key(typed)
    if not key:
        return []
    artists = Artist.objects.filter(begins_with(key)).order_by("key", "slug")[:FEW]
    offers = {
        artist.pk: Offer(
            _slug(artist), artist.name, country_name(artist.country) if artist.country else ""
        )
        for artist in artists
    }
    if len(offers) == FEW:
        return list(offers.values())
    aliases = ArtistAlias.objects.filter(begins_with(key)).select_related("artist")
    for alias in aliases.order_by("key", "pk")[:FEW]:
        called = gettext("also called {alias}").format(alias=alias.name)
        offers.setdefault(alias.artist_id, Offer(_slug(alias.artist), alias.artist.name, called))
    return list(offers.values())[:FEW]


def offer_audiences(typed: str, among: QuerySet[Audience] | None = None) -> list[Offer]:
    rows = (Audience.objects.all() if among is None else among).order_by("name")
    if typed:
        rows = rows.filter(Q(name__icontains=typed) | Q(slug__icontains=typed))
    return [Offer(_value(row), row.name, row.note or row.expression[:80]) for row in rows[:FEW]]


def offer_kinds(typed: str) -> list[Offer]:
    return _matching([Offer(str(value), str(label)) for value, label in PostKind.choices], typed)


def offer_markets(typed: str) -> list[Offer]:
    offers = [Offer(code, country_name(code)) for code in sorted(COUNTRIES)]
    return _matching(sorted(offers, key=lambda offer: offer.label), typed)


def offer_languages(typed: str) -> list[Offer]:
    return _matching(_languages(get_language() or "en"), typed)


def offer_choices(typed: str) -> list[Offer]:
    return _matching([Offer("yes", gettext("Yes")), Offer("no", gettext("No"))], typed)


def offer_years(typed: str) -> list[Offer]:
    year = localdate().year
    return _matching(
        [
            Offer(f">={year}", gettext("from {year} on").format(year=year)),
            Offer(f"{year}", gettext("in {year}").format(year=year)),
            Offer(f"{year - 9}..{year}", gettext("in the last ten years")),
            Offer(f"<{year - 9}", gettext("before {year}").format(year=year - 9)),
        ],
        typed,
    )


def offer_priorities(typed: str) -> list[Offer]:
    high = PostPriority.HIGH
    offers = [Offer(f">={high.value}", gettext("high or more"))]
    offers += [Offer(str(value), str(label)) for value, label in PostPriority.choices]
    return _matching(offers, typed)


def _holding(model: type[Model], key: str, found: int) -> Sequence[Any]:
    """Find names with the key inside them, among so many rows as can be gone through."""
    if len(key) < ENOUGH or found >= FEW:
        return ()
    rows: QuerySet[Any] = model._default_manager.order_by("pk")
    some = rows.values("pk")[:MOST_NAMES]
    return list(rows.filter(pk__in=some, key__contains=key).order_by("key")[:FEW])


def _best(offers: Iterable[Offer], key: str) -> list[Offer]:
    """Put the name itself first, then those that begin so, the shortest first."""

    def rank(offer: Offer) -> tuple[bool, bool, int, str]:
        name = match_key(offer.label)
        return name != key, not name.startswith(key), len(name) if key else 0, name

    return sorted(offers, key=rank)[:FEW]


def _matching(offers: Iterable[Offer], typed: str) -> list[Offer]:
    text = typed.lower()
    every = list(offers)
    by_code = [offer for offer in every if offer.insert.lower().startswith(text)]
    by_name = [offer for offer in every if offer.label.lower().startswith(text)]
    return list(dict.fromkeys([*by_code, *by_name] if text else every))[:FEW]


def _value(row: Any) -> str:
    """Write the slug where that reads like the name, else the name."""
    return row.slug if match_key(row.slug) == match_key(row.name) else quote(row.name)


def _slug(artist: Artist) -> str:
    """Write the slug, which names one artist alone; a made-up one says nothing to people."""
    return quote(artist.name) if artist.slug.startswith("n-") else artist.slug


@functools.lru_cache(maxsize=16)
def _languages(language: str) -> list[Offer]:
    try:
        locale = Locale.parse(to_locale(language))
    except (UnknownLocaleError, ValueError):
        locale = Locale("en")
    names = {code: name for code, name in locale.languages.items() if len(code) == 2}
    offers = [Offer(code, name) for code, name in names.items()]
    return sorted(offers, key=lambda offer: offer.label.lower())

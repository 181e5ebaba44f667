"""Explain names: which genres, tags and artists the values of many expressions name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches
from functools import reduce
from operator import or_

from django.db.models import Q
from django.utils.translation import gettext

from content.catalogue.models import Artist, FormerSlug, Genre, GenreAlias
from content.catalogue.names import match_key
from content.editorial.models import AudienceTag
from spokes.audiences.language.lexer import quote
from spokes.audiences.language.vocabulary import Meaning, Problem

# names offered for one unknown value, and unknown values of one field that get an offer
OFFERED = 3
HELPED = 10


def read_genres(texts: Collection[str]) -> dict[str, Meaning | Problem]:
    """By slug, else by name, else by alias; spelling does not matter."""
    keys = {match_key(text) for text in texts}
    rows = Genre.objects.filter(Q(slug__in=texts) | Q(key__in=keys))
    found = _by_slug_or_key(texts, rows.values_list("pk", "slug", "key", "name"))
    aliases = GenreAlias.objects.filter(key__in=keys).values_list("key", "genre_id", "genre__name")
    by_alias = {key: (genre, name) for key, genre, name in aliases}
    for text in texts:
        if text not in found and match_key(text) in by_alias:
            genre, name = by_alias[match_key(text)]
            found[text] = Meaning(frozenset({genre}), text, name)
    missing = [text for text in texts if text not in found]
    return found | _unknown("genre", missing, _genre_names() if missing else {})


def read_tags(texts: Collection[str]) -> dict[str, Meaning | Problem]:
    """By slug, else by name, else by what it was called before it was renamed or merged."""
    rows = AudienceTag.objects.filter(
        Q(slug__in=texts) | Q(key__in={match_key(text) for text in texts})
    )
    found = _by_slug_or_key(texts, rows.values_list("pk", "slug", "key", "name"))
    missing = [text for text in texts if text not in found]
    if not missing:
        return found
    tags = list(AudienceTag.objects.values_list("pk", "slug", "key", "name"))
    found |= _former_tags(missing, tags)
    missing = [text for text in missing if text not in found]
    return found | _unknown("tag", missing, {key: name for _, _, key, name in tags})


def _former_tags(
    texts: Collection[str], tags: Iterable[tuple[int, str, str, str]]
) -> dict[str, Meaning | Problem]:
    """Find tags by slugs, which outlive names and lead on after a merge."""
    by_slug = {slug: (pk, name) for pk, slug, _, name in tags}
    merged = FormerSlug.objects.filter(kind=FormerSlug.Kind.TAG).values_list("slug", "now_at")
    called = {match_key(slug): by_slug[now_at] for slug, now_at in merged if now_at in by_slug}
    called |= {match_key(slug): tag for slug, tag in by_slug.items()}
    found: dict[str, Meaning | Problem] = {}
    for text in texts:
        if tag := called.get(match_key(text)):
            found[text] = Meaning(frozenset({tag[0]}), text, tag[1])
    return found


def read_artists(texts: Collection[str]) -> dict[str, Meaning | Problem]:
    """A slug names one artist; a name names all who bear it."""
    rows = Artist.objects.filter(Q(slug__in=texts) | Q(key__in={match_key(text) for text in texts}))
    found = _by_slug_or_key(texts, rows.values_list("pk", "slug", "key", "name"))
    missing = [text for text in texts if text not in found]
    return found | _unknown("artist", missing, _artist_names(missing) if missing else {})


def _by_slug_or_key(
    texts: Iterable[str], rows: Iterable[tuple[int, str, str, str]]
) -> dict[str, Meaning | Problem]:
    slugs: dict[str, tuple[int, str]] = {}
    keys: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
    for pk, slug, key, name in rows:
        slugs[slug] = (pk, name)
        keys[key].append((pk, name))
    found: dict[str, Meaning | Problem] = {}
    for text in texts:
        named = [slugs[text]] if text in slugs else keys.get(match_key(text), [])
        if named:
            found[text] = Meaning(frozenset(pk for pk, _ in named), text, named[0][1])
    return found


def _genre_names() -> dict[str, str]:
    """Every spelling's key, and the name to offer for it."""
    aliases = dict(GenreAlias.objects.values_list("key", "name"))
    return aliases | dict(Genre.objects.values_list("key", "name"))


def _artist_names(texts: Iterable[str]) -> dict[str, str]:
    """Artists that begin alike: all of them would be too many to compare."""
    starts = [Q(key__startswith=match_key(text)[:2]) for text in list(texts)[:HELPED]]
    rows = Artist.objects.filter(reduce(or_, starts)).values_list("key", "name")
    return dict(rows[:5000])


def _unknown(field: str, texts: list[str], names: Mapping[str, str]) -> dict[str, Problem]:
    problems = {}
    for place, text in enumerate(texts):
        near = _nearest(text, names) if place < HELPED else []
        offers = " or ".join(f"{field}:{quote(name)}" for name in near)
        hint = gettext("Did you mean {offers}?").format(offers=offers) if near else ""
        article = "an" if field == "artist" else "a"
        message = gettext("“{text}” is not the name of {article} {field} here.").format(
            text=text, article=article, field=field
        )
        problems[text] = Problem(f"unknown_{field}", message, hint)
    return problems


def _nearest(text: str, names: Mapping[str, str]) -> list[str]:
    """Offer what is spelt alike, then what contains it, the shortest first."""
    key = match_key(text)
    alike = get_close_matches(key, names, n=OFFERED, cutoff=0.7)
    holding = sorted((name for name in names if len(key) > 2 and key in name), key=len)
    return list(dict.fromkeys(names[near] for near in [*alike, *holding]))[:OFFERED]

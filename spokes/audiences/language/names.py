"""Explain names: which genres, tags, artists and audiences the values of expressions name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext
from rapidfuzz import process
from rapidfuzz.distance import Indel

from content.catalogue.alike import names_like
from content.catalogue.closure import chunks
from content.catalogue.models import Artist, ArtistAlias, FormerSlug, Genre, GenreAlias
from content.catalogue.names import make_slug, match_key
from content.editorial.models import AudienceTag
from spokes.audiences.language.lexer import WILDCARD, quote
from spokes.audiences.language.tree import Prefix
from spokes.audiences.language.vocabulary import Meaning, Named, Names, Problem, Written
from spokes.audiences.models import Audience

Kind = FormerSlug.Kind
Meanings = dict[str, Meaning | Problem]
Keyed = Iterable[tuple[int, str, str, str]]

# names offered for one unknown value, and unknown values of one field that get an offer
OFFERED = 3
HELPED = 10
# how alike a name must be to be offered, 0..1
ALIKE = 0.7
# as many values as go into one IN (…)
MOST_VALUES = 10_000


# --- genres, tags, artists, audiences ---------------------------------------------------------


def read_genres(texts: Collection[str]) -> Meanings:
    """By slug, else by name, else by alias, else by a former slug; spelling does not matter."""
    found = _by_slug_or_key(Genre, texts)
    left = _left(texts, found)
    for some in chunks(list({match_key(text) for text in left}), MOST_VALUES):
        aliases = GenreAlias.objects.filter(key__in=some).values_list(
            "key", "genre_id", "genre__slug", "genre__name"
        )
        by_key = {key: Named(pk, slug, name) for key, pk, slug, name in aliases}
        for text in left:
            if genre := by_key.get(match_key(text)):
                found[text] = _meaning(text, [genre])
    found |= _by_former_slug(Genre, Kind.GENRE, _left(texts, found))
    left = _left(texts, found)
    return found | _unknown("genre", left, _genre_names if left else None, _unknown_genre)


def read_tags(texts: Collection[str]) -> Meanings:
    """By slug, else by name, else by a former slug; ``fest*`` names all that begin with it."""
    found: Meanings = {text: _prefix(text) for text in texts if text.endswith(WILDCARD)}
    found |= _by_slug_or_key(AudienceTag, _left(texts, found))
    found |= _by_former_slug(AudienceTag, Kind.TAG, _left(texts, found))
    left = _left(texts, found)
    return found | _unknown("tag", left, _names_like(AudienceTag), _unknown_tag)


def _prefix(text: str) -> Meaning | Problem:
    key = match_key(text.removesuffix(WILDCARD))
    if key:
        return Meaning(Prefix(key), text, text)
    message = gettext("A * alone stands for nothing.")
    return Problem("lone_wildcard", message, gettext("Write how the names begin: tag:fest*."))


def read_artists(texts: Collection[str]) -> Meanings:
    """A slug names one artist; a name or an alias names all who bear it."""
    found = _by_slug_or_key(Artist, texts)
    found |= _by_artist_alias(_left(texts, found))
    found |= _by_former_slug(Artist, Kind.ARTIST, _left(texts, found))
    left = _left(texts, found)
    return found | _unknown("artist", left, _names_like(Artist), _unknown_artist)


def _by_artist_alias(texts: Collection[str]) -> Meanings:
    keys = {text: match_key(text) for text in texts}
    bearers: defaultdict[str, set[Named]] = defaultdict(set)
    for some in chunks(list(set(keys.values())), MOST_VALUES):
        rows = ArtistAlias.objects.filter(key__in=some).values_list(
            "key", "artist_id", "artist__slug", "artist__name"
        )
        for key, pk, slug, name in rows:
            bearers[key].add(Named(pk, slug, name))
    return {
        text: _meaning(text, sorted(bearers[key])) for text, key in keys.items() if key in bearers
    }


def read_audiences(texts: Collection[str], among: QuerySet[Audience] | None = None) -> Meanings:
    """By slug, else by name; spelling does not matter. Outside of ``among`` there are none."""
    audiences = Audience.objects.all() if among is None else among
    by_slug = audiences.filter(slug__in=list(texts)).values_list("pk", "slug", "name")
    rows = {slug: Named(pk, slug, name) for pk, slug, name in by_slug}
    found: Meanings = {text: _meaning(text, [rows[text]]) for text in texts if text in rows}
    left = _left(texts, found)
    if not left:
        return found
    every = [Named(*row) for row in audiences.values_list("pk", "slug", "name")]
    by_key = {match_key(row.slug): row for row in every}
    by_key |= {match_key(row.name): row for row in every}
    found |= {
        text: _meaning(text, [by_key[match_key(text)]])
        for text in left
        if match_key(text) in by_key
    }
    names = {match_key(row.name): row.name for row in every}
    return found | _unknown("audience", _left(texts, found), lambda _: names, _unknown_audience)


def known_names(texts: Collection[str]) -> dict[str, list[str]]:
    """Say by which terms each text could be a name: of a genre, a tag, an artist. Five queries."""
    kinds = (("genre", Genre), ("tag", AudienceTag), ("artist", Artist))
    aliases: dict[str, type[Model]] = {"genre": GenreAlias, "artist": ArtistAlias}
    terms: defaultdict[str, list[str]] = defaultdict(list)
    keys = {text: match_key(text) for text in texts}
    wanted = [key for key in set(keys.values()) if key]
    for field, model in kinds:
        named = set(model._default_manager.filter(key__in=wanted).values_list("key", flat=True))
        if field in aliases:
            rows = aliases[field]._default_manager.filter(key__in=wanted)
            named |= set(rows.values_list("key", flat=True))
        for text, key in keys.items():
            if key in named:
                terms[text].append(f"{field}:{quote(text)}")
    return dict(terms)


def include_audiences(ids: Collection[int]) -> dict[int, Written]:
    """Read what these audiences ask for, by id."""
    return {
        row.pk: Written(row.expression, stored_names(row.names))
        for some in chunks(list(ids), MOST_VALUES)
        for row in Audience.objects.filter(pk__in=some).only("expression", "names")
    }


def stored_names(stored: Mapping[str, Mapping[str, Iterable[tuple[int, str, str]]]]) -> Names:
    """Read what ``Audience.names`` holds."""
    return {
        field: {text: [Named(*row) for row in rows] for text, rows in texts.items()}
        for field, texts in stored.items()
    }


# --- by name ----------------------------------------------------------------------------------


def _rows(model: type[Model], field: str, values: Iterable[str | int]) -> Iterator[Named]:
    for some in chunks(list(dict.fromkeys(values)), MOST_VALUES):
        rows = model._default_manager.filter(**{f"{field}__in": some})
        yield from (Named(*row) for row in rows.values_list("pk", "slug", "name"))


def _by_slug_or_key(model: type[Model], texts: Collection[str]) -> Meanings:
    slugs: dict[str, Named] = {}
    keys: defaultdict[str, list[Named]] = defaultdict(list)
    for pk, slug, key, name in _keyed(model, texts):
        slugs[slug] = Named(pk, slug, name)
        keys[key].append(slugs[slug])
    found: Meanings = {}
    for text in texts:
        named = [slugs[text]] if text in slugs else keys.get(match_key(text), [])
        if named:
            found[text] = _meaning(text, sorted(named))
    return found


def _keyed(model: type[Model], texts: Collection[str]) -> Iterator[tuple[int, str, str, str]]:
    for some in chunks(list(texts), MOST_VALUES):
        keys = {match_key(text) for text in some}
        rows = model._default_manager.filter(Q(slug__in=some) | Q(key__in=keys)).order_by()
        yield from rows.values_list("pk", "slug", "key", "name")


def _by_former_slug(model: type[Model], kind: str, texts: Collection[str]) -> Meanings:
    """Find rows by slugs, which outlive names and lead on after a merge."""
    if not texts:
        return {}
    slugs = {text: make_slug(text) for text in texts}
    now_at = _moved(kind, {*slugs.values(), *texts})
    rows = {row.slug: row for row in _rows(model, "slug", {*slugs.values(), *now_at.values()})}
    found: Meanings = {}
    for text, slug in slugs.items():
        row = rows.get(slug) or rows.get(now_at.get(text) or now_at.get(slug, ""))
        if row:
            found[text] = _meaning(text, [row])
    return found


def _moved(kind: str, slugs: Collection[str]) -> dict[str, str]:
    moved: dict[str, str] = {}
    for some in chunks(list(slugs), MOST_VALUES):
        rows = FormerSlug.objects.filter(kind=kind, slug__in=some)
        moved.update(rows.values_list("slug", "now_at"))
    return moved


def _meaning(text: str, rows: Iterable[Named]) -> Meaning:
    named = tuple(rows)
    return Meaning(frozenset(row.pk for row in named), text, named[0].name, named)


def _left(texts: Collection[str], found: Mapping[str, object]) -> list[str]:
    return [text for text in texts if text not in found]


# --- by what was named when it was saved ------------------------------------------------------


def follower(
    model: type[Model], kind: str = ""
) -> Callable[[Collection[Named]], dict[Named, Named]]:
    """Make what finds rows again: by id, or where the slug of one that was merged leads now."""

    def follow(rows: Collection[Named]) -> dict[Named, Named]:
        by_id = {row.pk: row for row in _rows(model, "pk", [row.pk for row in rows])}
        gone = [row for row in rows if row.pk not in by_id]
        now_at = _moved(kind, {row.slug for row in gone}) if kind and gone else {}
        by_slug = {row.slug: row for row in _rows(model, "slug", now_at.values())}
        found = {row: by_id[row.pk] for row in rows if row.pk in by_id}
        return found | {
            row: by_slug[now_at[row.slug]] for row in gone if now_at.get(row.slug) in by_slug
        }

    return follow


def deleted(field: str) -> Callable[[str], Problem]:
    """Make what says of a row of this field that it is gone."""

    def gone(name: str) -> Problem:
        messages = {
            "genre": gettext("The genre “{name}” was deleted."),
            "tag": gettext("The tag “{name}” was deleted."),
            "artist": gettext("The artist “{name}” was deleted."),
            "audience": gettext("The audience “{name}” was deleted."),
        }
        hint = gettext("Take it out, or name another.")
        return Problem(f"deleted_{field}", messages[field].format(name=name), hint)

    return gone


# --- names that nobody has --------------------------------------------------------------------


def _genre_names(texts: Collection[str]) -> dict[str, str]:
    """Every spelling's key, and the name to offer for it."""
    aliases = dict(GenreAlias.objects.values_list("key", "name"))
    return aliases | dict(Genre.objects.values_list("key", "name"))


def _names_like(model: type[Model]) -> Callable[[Collection[str]], dict[str, str]]:
    def names(texts: Collection[str]) -> dict[str, str]:
        return names_like(model, [match_key(text) for text in texts])

    return names


def _unknown(
    field: str,
    texts: list[str],
    names_for: Callable[[Collection[str]], Mapping[str, str]] | None,
    message: Callable[[str], str],
) -> Meanings:
    if not texts or names_for is None:
        return {}
    names = names_for(texts[:HELPED])
    problems: Meanings = {}
    for place, text in enumerate(texts):
        near = _nearest(text, names) if place < HELPED else []
        offers = gettext(" or ").join(f"{field}:{quote(name)}" for name in near)
        hint = gettext("Did you mean {offers}?").format(offers=offers) if near else ""
        problems[text] = Problem(f"unknown_{field}", message(text), hint)
    return problems


def _nearest(text: str, names: Mapping[str, str]) -> list[str]:
    """Offer what is spelt alike, then what contains it, the shortest first."""
    key = match_key(text)
    alike = process.extract(
        key, list(names), scorer=Indel.normalized_similarity, limit=OFFERED, score_cutoff=ALIKE
    )
    holding = sorted((name for name in names if len(key) > 2 and key in name), key=len)
    near = [name for name, _, _ in alike]
    return list(dict.fromkeys(names[name] for name in [*near, *holding]))[:OFFERED]


def _unknown_genre(text: str) -> str:
    return gettext("“{text}” is not the name of a genre here.").format(text=text)


def _unknown_tag(text: str) -> str:
    return gettext("“{text}” is not the name of a tag here.").format(text=text)


def _unknown_artist(text: str) -> str:
    return gettext("“{text}” is not the name of an artist here.").format(text=text)


def _unknown_audience(text: str) -> str:
    return gettext("“{text}” is not the name of an audience here.").format(text=text)

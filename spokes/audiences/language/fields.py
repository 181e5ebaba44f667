"""The fields of posts: how each reads a value, and asks facts or the database about it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from datetime import date
from difflib import get_close_matches

from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from content.catalogue.models import Artist, FormerSlug, Genre
from content.editorial.models import (
    AudienceTag,
    Post,
    PostGenre,
    PostKind,
    PostMarket,
    PostPriority,
    TaggedPost,
)
from spokes.audiences.facts import PostFacts
from spokes.audiences.language.countries import COUNTRIES, USUAL_MISTAKES
from spokes.audiences.language.names import (
    OFFERED,
    deleted,
    follower,
    include_audiences,
    read_artists,
    read_audiences,
    read_genres,
    read_tags,
)
from spokes.audiences.language.numbers import number_reader
from spokes.audiences.language.offers import (
    offer_artists,
    offer_audiences,
    offer_choices,
    offer_genres,
    offer_kinds,
    offer_languages,
    offer_markets,
    offer_priorities,
    offer_tags,
    offer_years,
)
from spokes.audiences.language.predicate import compile_predicate
from spokes.audiences.language.query import build_query
from spokes.audiences.language.tree import Included, Prefix, Range, Value, ids_of
from spokes.audiences.language.verdicts import warnings_of
from spokes.audiences.language.vocabulary import Field, Meaning, Problem, Test, Vocabulary
from spokes.audiences.models import Audience

LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*", re.ASCII | re.IGNORECASE)
YES, NO = "yes", "no"
FIRST_YEAR, LAST_YEAR = 1, 9999
# letters of a code of a language or a country; what is longer may be its name
MOST_CODE = 2
# what people write for a field
ALSO = {
    **dict.fromkeys(("released", "release", "date", "day", "since", "after", "before"), "year"),
    **dict.fromkeys(("country", "countries", "region", "territory"), "market"),
    **dict.fromkeys(("language", "locale"), "lang"),
    **dict.fromkeys(("style", "subgenre"), "genre"),
    **dict.fromkeys(("type", "format"), "kind"),
    **dict.fromkeys(("clean", "nsfw", "parental"), "explicit"),
    **dict.fromkeys(("hashtag", "keyword", "label"), "tag"),
    **dict.fromkeys(("band", "musician", "singer", "by"), "artist"),
}


def _one_by_one(
    read: Callable[[str], Meaning | Problem],
) -> Callable[[Collection[str]], dict[str, Meaning | Problem]]:
    return lambda texts: {text: read(text) for text in texts}


def _holds(rows: QuerySet[Model], post: str = "post") -> Q:
    return Q(Exists(rows.filter(**{post: OuterRef("pk")})))


# --- genre, tag, artist -----------------------------------------------------------------------


def _of_genre(value: Value) -> Test[PostFacts]:
    wanted = ids_of(value)
    return lambda facts: not wanted.isdisjoint(facts.genres)


def _tagged(value: Value) -> Test[PostFacts]:
    if isinstance(value, Prefix):
        begin = value.key
        return lambda facts: any(key.startswith(begin) for key in facts.tag_keys)
    wanted = ids_of(value)
    return lambda facts: not wanted.isdisjoint(facts.tags)


def _by_artist(value: Value) -> Test[PostFacts]:
    wanted = ids_of(value)
    return lambda facts: not wanted.isdisjoint(facts.artists)


def _genre_rows(value: Value) -> Q:
    return _holds(PostGenre.objects.filter(genre__above__ancestor__in=ids_of(value)))


def _tag_rows(value: Value) -> Q:
    if isinstance(value, Prefix):
        begins = TaggedPost.objects.filter(tag__key__startswith=value.key)
        return _holds(begins, "content_object")
    return _holds(TaggedPost.objects.filter(tag__in=ids_of(value)), "content_object")


def _artist_rows(value: Value) -> Q:
    return _holds(Post.artists.through.objects.filter(artist__in=ids_of(value)))


# --- kind, lang, market, explicit -------------------------------------------------------------


def _read_kind(text: str) -> Meaning | Problem:
    kind = text.lower()
    if kind in PostKind.values:
        return Meaning(kind, kind, kind)
    message = gettext("“{text}” is not a kind of post.").format(text=text)
    near = get_close_matches(kind, PostKind.values, n=1)
    hint = gettext("The kinds are {names}.").format(names=", ".join(PostKind.values))
    return Problem("unknown_kind", message, _meant("kind", near) or hint)


def _read_lang(text: str) -> Meaning | Problem:
    if LANGUAGE.fullmatch(text):
        language = _canonical_language(text)
        return Meaning(language, language, language)
    called = [offer.insert for offer in offer_languages(text)] if len(text) > MOST_CODE else []
    return Problem(
        "bad_language",
        gettext("“{text}” is not a language code.").format(text=text),
        _meant("lang", called) or gettext("Write lang:pt or lang:pt-BR."),
    )


def _meant(field: str, values: Sequence[str]) -> str:
    if not values:
        return ""
    offers = gettext(" or ").join(f"{field}:{value}" for value in values[:OFFERED])
    return gettext("Did you mean {offers}?").format(offers=offers)


def _canonical_language(text: str) -> str:
    """Write as BCP 47 recommends: ``pt-BR``, ``zh-Hant-TW``."""
    first, *rest = text.lower().split("-")
    cases = {2: str.upper, 4: str.title}
    return "-".join([first, *(cases.get(len(part), str)(part) for part in rest)])


def _read_market(text: str) -> Meaning | Problem:
    code = text.upper()
    if code in COUNTRIES:
        return Meaning(code, code, code)
    meant = [USUAL_MISTAKES[code]] if code in USUAL_MISTAKES else []
    if not meant and len(text) > MOST_CODE:
        meant = [offer.insert for offer in offer_markets(text)]
    return Problem(
        "unknown_market",
        gettext("“{text}” is not an ISO country code.").format(text=text),
        _meant("market", meant) or gettext("Write two letters: market:DE."),
    )


def _read_explicit(text: str) -> Meaning | Problem:
    if text.lower() in {YES, NO}:
        return Meaning(text.lower(), text.lower(), text.lower())
    return Problem(
        "bad_choice",
        gettext("“{text}” is neither yes nor no.").format(text=text),
        gettext("Write explicit:yes or explicit:no."),
    )


def _of_kind(value: Value) -> Test[PostFacts]:
    return lambda facts: facts.kind == value


def _in_language(value: Value) -> Test[PostFacts]:
    wanted = str(value).lower()
    longer = f"{wanted}-"

    def holds(facts: PostFacts) -> bool:
        lang = facts.lang.lower()
        return lang == wanted or lang.startswith(longer)

    return holds


def _in_market(value: Value) -> Test[PostFacts]:
    return lambda facts: not facts.markets or value in facts.markets


def _is_explicit(value: Value) -> Test[PostFacts]:
    wanted = value == YES
    return lambda facts: facts.explicit is wanted


def _language_rows(value: Value) -> Q:
    return Q(lang__iexact=value) | Q(lang__istartswith=f"{value}-")


def _market_rows(value: Value) -> Q:
    return ~_holds(PostMarket.objects.all()) | _holds(PostMarket.objects.filter(code=value))


# --- year, priority -------------------------------------------------------------------------


def _range(value: Value) -> Range:
    return value if isinstance(value, Range) else Range()


def _of_year(value: Value) -> Test[PostFacts]:
    wanted = _range(value)
    return lambda facts: facts.year is not None and facts.year in wanted


def _of_priority(value: Value) -> Test[PostFacts]:
    wanted = _range(value)
    return lambda facts: facts.priority in wanted


def _year_rows(value: Value) -> Q:
    """Ask for the day, and only where there is none for the newest track."""
    least, most = _range(value).least or FIRST_YEAR, _range(value).most or LAST_YEAR
    days = Q(
        happens_on__isnull=False,
        happens_on__gte=date(least, 1, 1),
        happens_on__lte=date(most, 12, 31),
    )
    tracks = Post.tracks.through.objects.all()
    # releases are written YYYY, YYYY-MM or YYYY-MM-DD: their order is that of their letters
    released = _holds(tracks.filter(track__released__gte=f"{least:04}"))
    if most < LAST_YEAR:
        released &= ~_holds(tracks.filter(track__released__gte=f"{most + 1:04}"))
    return days | (Q(happens_on__isnull=True) & released)


def _priority_rows(value: Value) -> Q:
    least = _range(value).least or min(PostPriority.values)
    most = _range(value).most or max(PostPriority.values)
    return Q(priority__gte=least, priority__lte=most)


# --- audience -----------------------------------------------------------------------------------


def _included(value: Value) -> Test[PostFacts]:
    if not isinstance(value, Included):
        return lambda facts: False
    return compile_predicate(value.expression, POST_FIELDS)


def _included_rows(value: Value) -> Q:
    if not isinstance(value, Included):
        return Q(pk__in=[])
    return build_query(value.expression, POST_FIELDS)


POST_FIELDS: Vocabulary[PostFacts] = Vocabulary(
    [
        Field(
            "genre",
            _("The post is of this genre or of one below it; by slug, name or alias."),
            "genre:hip-hop",
            read_genres,
            _of_genre,
            _genre_rows,
            offer_genres,
            follow=follower(Genre, FormerSlug.Kind.GENRE),
            gone=deleted("genre"),
        ),
        Field(
            "tag",
            _("The post has this audience tag; by name or slug, or fest* for all that begin so."),
            "tag:festival",
            read_tags,
            _tagged,
            _tag_rows,
            offer_tags,
            follow=follower(AudienceTag, FormerSlug.Kind.TAG),
            gone=deleted("tag"),
            has_wildcards=True,
        ),
        Field(
            "artist",
            _("The post is about this artist; by slug (one artist) or name (all who bear it)."),
            'artist:"Four Tet"',
            read_artists,
            _by_artist,
            _artist_rows,
            offer_artists,
            follow=follower(Artist, FormerSlug.Kind.ARTIST),
            gone=deleted("artist"),
        ),
        Field(
            "kind",
            format_lazy(_("The kind of post: {kinds}."), kinds=", ".join(PostKind.values)),
            "kind:release",
            _one_by_one(_read_kind),
            _of_kind,
            lambda value: Q(kind=value),
            offer_kinds,
        ),
        Field(
            "lang",
            _("The language of the post (BCP 47): pt takes pt-BR too."),
            "lang:pt",
            _one_by_one(_read_lang),
            _in_language,
            _language_rows,
            offer_languages,
        ),
        Field(
            "market",
            _("The post may be shown in this country (ISO 3166-1); without markets, everywhere."),
            "market:DE",
            _one_by_one(_read_market),
            _in_market,
            _market_rows,
            offer_markets,
        ),
        Field(
            "explicit",
            _("The post is marked explicit, or is not: yes or no."),
            "explicit:no",
            _one_by_one(_read_explicit),
            _is_explicit,
            lambda value: Q(explicit=value == YES),
            offer_choices,
        ),
        Field(
            "year",
            _("The year of the day it happens on, else of its newest track; else none holds."),
            "year:>=2020",
            _one_by_one(number_reader("year", FIRST_YEAR, LAST_YEAR, example=2020)),
            _of_year,
            _year_rows,
            offer_years,
            compares=True,
        ),
        Field(
            "priority",
            _("How much the post matters, from 1 to 5; 3 unless its writer says otherwise."),
            "priority:>=4",
            _one_by_one(
                number_reader(
                    "priority", min(PostPriority.values), max(PostPriority.values), example=4
                )
            ),
            _of_priority,
            _priority_rows,
            offer_priorities,
            compares=True,
        ),
        Field(
            "audience",
            _("The post is for this saved audience; by name or slug."),
            "audience:superfans",
            read_audiences,
            _included,
            _included_rows,
            offer_audiences,
            follow=follower(Audience),
            gone=deleted("audience"),
            include=include_audiences,
        ),
    ],
    bare="tag",
    also=ALSO,
    warn=warnings_of,
)

"""The fields of posts: how each reads a value, and asks facts or the database about it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from content.editorial.models import Post, PostGenre, PostKind, PostMarket, TaggedPost
from spokes.audiences.facts import PostFacts
from spokes.audiences.language.countries import COUNTRIES, USUAL_MISTAKES
from spokes.audiences.language.names import read_artists, read_genres, read_tags
from spokes.audiences.language.tree import Value, ids_of
from spokes.audiences.language.vocabulary import Field, Meaning, Problem, Test, Vocabulary

LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*", re.ASCII | re.IGNORECASE)
YES, NO = "yes", "no"


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
    wanted = ids_of(value)
    return lambda facts: not wanted.isdisjoint(facts.tags)


def _by_artist(value: Value) -> Test[PostFacts]:
    wanted = ids_of(value)
    return lambda facts: not wanted.isdisjoint(facts.artists)


def _genre_rows(value: Value) -> Q:
    return _holds(PostGenre.objects.filter(genre__above__ancestor__in=ids_of(value)))


def _tag_rows(value: Value) -> Q:
    return _holds(TaggedPost.objects.filter(tag__in=ids_of(value)), "content_object")


def _artist_rows(value: Value) -> Q:
    return _holds(Post.artists.through.objects.filter(artist__in=ids_of(value)))


# --- kind, lang, market, explicit -------------------------------------------------------------


def _read_kind(text: str) -> Meaning | Problem:
    kind = text.lower()
    if kind in PostKind.values:
        return Meaning(kind, kind, kind)
    message = gettext("“{text}” is not a kind of post.").format(text=text)
    return Problem(
        "unknown_kind",
        message,
        gettext("The kinds are {names}.").format(names=", ".join(PostKind.values)),
    )


def _read_lang(text: str) -> Meaning | Problem:
    if LANGUAGE.fullmatch(text):
        language = _canonical_language(text)
        return Meaning(language, language, language)
    return Problem(
        "bad_language",
        gettext("“{text}” is not a language code.").format(text=text),
        gettext("Write lang:pt or lang:pt-BR."),
    )


def _canonical_language(text: str) -> str:
    """Write as BCP 47 recommends: ``pt-BR``, ``zh-Hant-TW``."""
    first, *rest = text.lower().split("-")
    cases = {2: str.upper, 4: str.title}
    return "-".join([first, *(cases.get(len(part), str)(part) for part in rest)])


def _read_market(text: str) -> Meaning | Problem:
    code = text.upper()
    if code in COUNTRIES:
        return Meaning(code, code, code)
    meant = USUAL_MISTAKES.get(code)
    hint = (
        gettext("Did you mean market:{meant}?").format(meant=meant)
        if meant
        else gettext("Write two letters: market:DE.")
    )
    return Problem(
        "unknown_market", gettext("“{text}” is not an ISO country code.").format(text=text), hint
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


POST_FIELDS: Vocabulary[PostFacts] = Vocabulary(
    [
        Field(
            "genre",
            _("The post is of this genre or of one below it; by slug, name or alias."),
            "genre:hip-hop",
            read_genres,
            _of_genre,
            _genre_rows,
        ),
        Field(
            "tag",
            _("The post has this audience tag; by name or slug."),
            "tag:festival",
            read_tags,
            _tagged,
            _tag_rows,
        ),
        Field(
            "artist",
            _("The post is about this artist; by slug (one artist) or name (all who bear it)."),
            'artist:"Four Tet"',
            read_artists,
            _by_artist,
            _artist_rows,
        ),
        Field(
            "kind",
            format_lazy(_("The kind of post: {kinds}."), kinds=", ".join(PostKind.values)),
            "kind:release",
            _one_by_one(_read_kind),
            _of_kind,
            lambda value: Q(kind=value),
        ),
        Field(
            "lang",
            _("The language of the post (BCP 47): pt takes pt-BR too."),
            "lang:pt",
            _one_by_one(_read_lang),
            _in_language,
            _language_rows,
        ),
        Field(
            "market",
            _("The post may be shown in this country (ISO 3166-1); without markets, everywhere."),
            "market:DE",
            _one_by_one(_read_market),
            _in_market,
            _market_rows,
        ),
        Field(
            "explicit",
            _("The post is marked explicit, or is not: yes or no."),
            "explicit:no",
            _one_by_one(_read_explicit),
            _is_explicit,
            lambda value: Q(explicit=value == YES),
        ),
    ],
    bare="tag",
)

"""What an editor typed, made fit to store; all that is wrong is said at once, field by field."""

from __future__ import annotations

import dataclasses
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from content.catalogue.models import Artist, Genre, Track
from content.editorial.exceptions import PostInvalid, UnknownTag
from content.editorial.managers import known_tags
from content.editorial.models import AudienceTag, PickedGenre, Post, PostMarket, Variant
from content.editorial.picks import problems_of_picks
from content.text import clean_line, clean_text, has_something_to_read

LINES = ("title", "cta_label", "cta_url", "lang")
TEXTS = ("teaser", "body")
OTHERS = (
    *("kind", "hero", "explicit", "evergreen", "teaser_only"),
    *("happens_on", "priority", "embargo_until", "expires_at"),
)
SCALARS = (*LINES, *TEXTS, *OTHERS)
ROWS: dict[str, type[models.Model]] = {"artists": Artist, "tracks": Track, "genres": Genre}
RELATIONS = (*ROWS, "tags", "markets", "variants")
WRITABLE = frozenset({*SCALARS, *RELATIONS})
# a draft may wait for these; approval does not
LATER = ("teaser", "cta_url")
# characters; a long feature has a third of it
MAX_BODY = 50_000

LANGUAGE = re.compile(r"([a-z]{2,3})(-[a-z]{4})?(-(?:[a-z]{2}|[0-9]{3}))?", re.IGNORECASE)
MARKET = re.compile(r"[A-Z]{2}")
TARGET = re.compile(r"(network|channel):[a-z0-9][a-z0-9_-]*")

Errors = defaultdict[str, list[str]]


@dataclasses.dataclass
class Cleaned:
    """Values ready to store: columns by name, rows by relation (markets, variants: unsaved)."""

    columns: dict[str, Any]
    relations: dict[str, list[Any]]


def clean_fields(fields: Mapping[str, Any], post: Post) -> Cleaned:
    """Clean and check what is to be written over ``post``, which takes the columns' new values.

    Raises PostInvalid with everything that is wrong.
    """
    if unknown := set(fields) - WRITABLE:
        raise TypeError(f"A post has no fields {', '.join(sorted(unknown))} to write.")
    errors: Errors = defaultdict(list)
    columns = {name: _tidy(name, fields[name]) for name in SCALARS if name in fields}
    for name, value in columns.items():
        _put(post, name, value, errors)
    _check_columns(post, columns, errors)
    relations = {
        name: _clean_relation(name, fields[name], errors) for name in RELATIONS if name in fields
    }
    if errors:
        raise PostInvalid(dict(errors))
    return Cleaned({name: getattr(post, name) for name in columns}, relations)


# --- columns ----------------------------------------------------------------------------------


def _tidy(name: str, value: Any) -> Any:
    if isinstance(value, str):
        if name in LINES:
            return _tidy_language(clean_line(value)) if name == "lang" else clean_line(value)
        if name in TEXTS:
            return clean_text(value)
    return value


def _tidy_language(tag: str) -> str:
    match = LANGUAGE.fullmatch(tag)
    if not match:
        return tag
    language, script, region = match.groups(default="")
    return language.lower() + script.title() + region.upper()


def _put(post: Post, name: str, value: Any, errors: Errors) -> None:
    try:
        setattr(post, name, value)
    except ValueError:
        errors[name].append(gettext("This is not something that a post can hold here."))


def _check_columns(post: Post, columns: Mapping[str, Any], errors: Errors) -> None:
    given = {name for name in columns if not (name in LATER and columns[name] == "")}
    try:
        post.clean_fields(exclude={f.name for f in post._meta.fields} - given)
    except ValidationError as error:
        for name, messages in error.message_dict.items():
            errors[name].extend(messages)
    for name, check in COLUMN_CHECKS.items():
        if name in given and name not in errors and (message := check(getattr(post, name))):
            errors[name].append(message)
    if errors.keys().isdisjoint({"embargo_until", "expires_at"}) and _embargo_outlives(post):
        errors["expires_at"].append(gettext("The post would expire before its embargo ends."))


def _embargo_outlives(post: Post) -> bool:
    return bool(post.embargo_until and post.expires_at and post.expires_at <= post.embargo_until)


def _check_readable(value: str) -> str:
    return "" if has_something_to_read(value) else gettext("There is nothing to read in this.")


def _check_teaser(value: str) -> str:
    return _too_long(value, _limit(Post, "teaser"))


def _check_body(value: str) -> str:
    return _too_long(value, MAX_BODY)


def _limit(model: type[models.Model], name: str) -> int:
    limit: int = model._meta.get_field(name).max_length  # type: ignore[union-attr, assignment]  # texts have one
    return limit


def _too_long(value: str, limit: int) -> str:
    over = len(value) - limit
    words = ngettext(
        "This is {over} character too long; {limit} fit.",
        "This is {over} characters too long; {limit} fit.",
        over,
    )
    return words.format(over=over, limit=limit) if over > 0 else ""


def _check_link(value: str) -> str:
    address = urlsplit(value)
    if address.scheme not in {"http", "https"}:
        return gettext("The deep link must start with https:// (or http://).")
    if address.username or address.password:
        return gettext("The deep link must not carry a name or password.")
    return ""


def _check_language(value: str) -> str:
    if LANGUAGE.fullmatch(value):
        return ""
    return gettext("“{value}” is no language tag; write it like en, pt-BR or zh-Hant.").format(
        value=value
    )


def _check_moment(value: datetime | None) -> str:
    if value is not None and timezone.is_naive(value):
        return gettext("This time needs a zone.")
    return ""


COLUMN_CHECKS: dict[str, Callable[[Any], str]] = {
    "title": _check_readable,
    "cta_label": _check_readable,
    "teaser": _check_teaser,
    "body": _check_body,
    "cta_url": _check_link,
    "lang": _check_language,
    "embargo_until": _check_moment,
    "expires_at": _check_moment,
}


# --- relations --------------------------------------------------------------------------------


def _clean_relation(name: str, given: Iterable[Any], errors: Errors) -> list[Any]:
    if name == "markets":
        return _clean_markets(given, errors)
    if name == "variants":
        return _clean_variants(given, errors)
    if name == "tags":
        return _clean_tags(given, errors)
    if name == "genres":
        return _clean_picks(given, errors)
    rows = list(dict.fromkeys(given))
    if not all(isinstance(row, ROWS[name]) for row in rows):
        raise TypeError(f"{name} takes rows of {ROWS[name].__name__}.")
    return rows


def _clean_picks(
    given: Iterable[Genre | tuple[Genre, int | None]], errors: Errors
) -> list[PickedGenre]:
    picks: dict[Genre, int | None] = {}
    for one in given:
        genre, percent = one if isinstance(one, tuple) else (one, None)
        if not isinstance(genre, Genre):
            raise TypeError("genres takes rows of Genre, alone or with a percent.")
        picks.setdefault(genre, percent)
    named = {genre.name: percent for genre, percent in picks.items()}
    if problems := problems_of_picks(named):
        errors["genres"].extend(problems)
    return [PickedGenre(genre=genre, percent=percent) for genre, percent in picks.items()]


def _clean_tags(given: Iterable[Any], errors: Errors) -> list[Any]:
    tags: dict[int, Any] = {}
    for tag in given:
        try:
            [row] = known_tags(AudienceTag, [tag])
            tags[row.pk] = row
        except UnknownTag as error:
            errors["tags"].append(str(error))
    return list(tags.values())


def _clean_markets(given: Iterable[str], errors: Errors) -> list[PostMarket]:
    codes = sorted({clean_line(code).upper() for code in given})
    if bad := [code for code in codes if not MARKET.fullmatch(code)]:
        errors["markets"].extend(
            gettext("“{code}” is no country code; write two letters like GB or DE.").format(
                code=code
            )
            for code in bad
        )
    return [PostMarket(code=code) for code in codes]


def _clean_variants(given: Iterable[Mapping[str, str]], errors: Errors) -> list[Variant]:
    variants: dict[str, Variant] = {}
    for words in given:
        variant = Variant(
            target=clean_line(words.get("target", "")),
            title=clean_line(words.get("title", "")),
            teaser=clean_text(words.get("teaser", "")),
            cta_label=clean_line(words.get("cta_label", "")),
        )
        if not (variant.title or variant.teaser or variant.cta_label):
            continue
        messages = _variant_problems(variant)
        if variant.target in variants:
            messages.append(
                gettext("“{target}” has two variants; keep one.").format(target=variant.target)
            )
        if messages:
            errors["variants"].extend(messages)
        variants[variant.target] = variant
    return list(variants.values())


def _variant_problems(variant: Variant) -> list[str]:
    names = ("target", "title", "teaser", "cta_label")
    too_long = {name: _too_long(getattr(variant, name), _limit(Variant, name)) for name in names}
    problems = [
        gettext("The {field} for “{target}”: {message}").format(
            field=name.replace("_", " "), target=variant.target, message=message
        )
        for name, message in too_long.items()
        if message
    ]
    if not TARGET.fullmatch(variant.target):
        problems.append(
            gettext(
                "“{target}” is no target; write network:… or channel:… and its short name."
            ).format(target=variant.target)
        )
    return problems

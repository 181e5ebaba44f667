"""What countries are called."""

from __future__ import annotations

import functools

from babel import Locale, UnknownLocaleError
from django.utils.translation import get_language, to_locale


def country_name(code: str) -> str:
    """Name a country (ISO 3166-1 alpha-2) in the language in use; a code nobody knows stays."""
    return _names(get_language() or "en").get(code, code)


@functools.lru_cache(maxsize=16)
def _names(language: str) -> dict[str, str]:
    """Read the names by code; a language that has none of its own takes the English ones."""
    try:
        locale = Locale.parse(to_locale(language))
    except (UnknownLocaleError, ValueError):
        locale = Locale("en")
    return dict(locale.territories)

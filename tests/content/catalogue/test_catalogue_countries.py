from __future__ import annotations

import pytest
from django.utils import translation

from content.catalogue.countries import country_name


@pytest.mark.parametrize(
    ("language", "code", "name"),
    [
        ("en", "GB", "United Kingdom"),
        ("de", "GB", "Vereinigtes Königreich"),
        ("pt-br", "DE", "Alemanha"),
        ("zh-hans", "JP", "日本"),
        # a language without names of its own
        ("tlh", "JP", "Japan"),
        # no country of anybody's, and none
        ("en", "QQ", "QQ"),
        ("en", "", ""),
    ],
)
def test_a_country_has_its_name_in_the_language_in_use(language: str, code: str, name: str) -> None:
    with translation.override(language):
        assert country_name(code) == name

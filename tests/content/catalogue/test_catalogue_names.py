from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.catalogue.actions import add_artist, add_genre
from content.catalogue.exceptions import CatalogueError
from content.catalogue.names import free_slug, make_slug, match_key, split_words


@given(name=st.text(st.characters(), min_size=1))
def test_any_name_has_a_slug_for_an_address(name: str) -> None:
    slug = make_slug(name)
    assert 0 < len(slug) <= 120
    assert slug.isascii()
    assert slug.replace("-", "").replace("_", "").isalnum()


@given(names=st.lists(st.sampled_from(["Ä", "A", "!!!", "你好", "a-2", "A 2", "x" * 200])))
def test_free_slugs_never_collide(names: list[str]) -> None:
    used: set[str] = set()
    for name in names:
        slug = free_slug(name, used)
        assert slug not in used
        assert len(slug) <= 120
        used.add(slug)


@given(name=st.text(st.characters(codec="utf-8")))
def test_the_words_of_a_name_joined_are_its_key(name: str) -> None:
    words = split_words(name)
    assert not words or "".join(words) == match_key(name)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("coupé-décalé", ["coupe", "decale"]),
        ("R&B", ["r", "and", "b"]),
        ("हिप हॉप", ["हप", "हप"]),
        ("!!!", []),
    ],
)
def test_a_name_splits_at_signs_but_not_at_accents(name: str, words: list[str]) -> None:
    assert split_words(name) == words


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["!!!", "†‡†", "🎸", "...", "ﷺ", "Ω≈ç√∫", "'; DROP TABLE x; --"])
def test_names_of_odd_signs_are_names(name: str) -> None:
    assert add_genre(name=name).key
    assert add_artist(name=name).slug


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["\x00", "\x1b[31mred", "\ud83c", "\u202e", "\ufffe"])
def test_names_that_would_break_a_page_or_a_feed_are_refused_in_words(name: str) -> None:
    with pytest.raises(CatalogueError, match="name"):
        add_artist(name=name)

from __future__ import annotations

import pytest

from content.bulk import insert_each, update_each
from content.catalogue.models import Artist

pytestmark = pytest.mark.django_db

NOBODY = "ON CONFLICT DO NOTHING"


def artists() -> dict[str, str]:
    return dict(Artist.objects.order_by("key").values_list("key", "name"))


def add(**names: str) -> None:
    rows = [{"key": key, "slug": key, "name": name} for key, name in names.items()]
    insert_each(Artist, rows, on_conflict=NOBODY)


def test_rows_are_inserted_with_values_of_their_own_and_defaults_for_the_rest() -> None:
    add(a="Anna", b="Bo")
    assert artists() == {"a": "Anna", "b": "Bo"}
    made = Artist(key="c", slug="c", name="Cy")
    made.save()
    told = ("name", "key", "slug", "id")
    others = [f.attname for f in Artist._meta.concrete_fields if f.attname not in told]
    row = Artist.objects.values(*others).get(key="a")
    assert row == Artist.objects.values(*others).get(key="c")


def test_what_is_there_already_is_left_or_changed_as_the_statement_says() -> None:
    add(a="Anna")
    add(a="Another", b="Bo")
    assert artists() == {"a": "Anna", "b": "Bo"}
    rows = [{"key": "a", "slug": "a", "name": "Another"}]
    insert_each(Artist, rows, on_conflict="ON CONFLICT (slug) DO UPDATE SET name = excluded.name")
    assert artists()["a"] == "Another"


@pytest.mark.parametrize("names", [{}, {"a": "Anna 2"}, {"a": "Anna 2", "b": "Bo 2"}])
def test_each_row_gets_what_is_its_own(names: dict[str, str]) -> None:
    add(a="Anna", b="Bo", c="Cy")
    rows = [({"key": key}, {"name": name}) for key, name in names.items()]
    assert update_each(Artist, rows) == len(names)
    assert artists() == {"a": "Anna", "b": "Bo", "c": "Cy", **names}


def test_a_row_that_is_not_as_it_was_is_left_and_not_counted() -> None:
    add(a="Anna", b="Bo")
    rows = [
        ({"key": "a", "name": "Anna"}, {"name": "Anna 2"}),
        ({"key": "b", "name": "Bob"}, {"name": "Bo 2"}),
    ]
    assert update_each(Artist, rows) == 1
    assert artists() == {"a": "Anna 2", "b": "Bo"}

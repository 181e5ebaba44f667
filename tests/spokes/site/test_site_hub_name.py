"""The pages carry the hub's name, line and colour as they are now."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.test import Client

from spokes.channels.actions import name_hub
from spokes.site.places import load_places

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    cache.clear()


def test_the_name_comes_with_the_places(make_genre, make_spoke, django_assert_num_queries) -> None:
    make_spoke(make_genre("Jazz"))
    name_hub(name="Night Train", tagline="Late music.", colour="#0b7285")
    with django_assert_num_queries(1):
        hub = load_places().hub
    assert (hub.name, hub.tagline, hub.colour) == ("Night Train", "Late music.", "#0b7285")
    assert hub.is_hub


def test_a_house_without_spokes_has_a_name_too(django_assert_num_queries) -> None:
    name_hub(name="Night Train", colour="#0b7285")
    with django_assert_num_queries(2):
        assert load_places().hub.name == "Night Train"


def test_until_it_is_named_it_is_called_as_the_settings_say(
    settings, make_genre, make_spoke
) -> None:
    settings.BRAND_NAME = "Offbeat"
    assert load_places().hub.name == "Offbeat"
    make_spoke(make_genre("Jazz"))
    assert load_places().hub.name == "Offbeat"


@pytest.mark.parametrize("path", ["/", "/jazz/", "/feed.rss", "/feed.json"])
def test_a_new_name_is_on_the_pages_at_once(
    client: Client, make_genre, make_spoke, path: str
) -> None:
    make_spoke(make_genre("Jazz"))
    name_hub(name="Night Train", colour="#0b7285")
    before = client.get(path)
    assert "Night Train" in before.content.decode()
    name_hub(name="Day Train", colour="#0b7285")
    after = client.get(path)
    assert "Day Train" in after.content.decode()
    assert "Night Train" not in after.content.decode()
    assert after["ETag"] != before["ETag"]

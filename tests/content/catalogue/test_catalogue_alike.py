"""Names that are compared with an unknown one are few, however many there are."""

from __future__ import annotations

import pytest

from content.catalogue import alike
from content.catalogue.alike import names_like
from content.editorial.managers import near_names
from content.editorial.models import AudienceTag

pytestmark = pytest.mark.django_db


@pytest.fixture
def tags(db: None) -> None:
    names = ["festival", "festive", "fester", "feather", "fog", "grime", "grunge", "house"]
    AudienceTag.objects.bulk_create(
        AudienceTag(name=name, slug=name, key=name, meaning=name) for name in names
    )


def test_a_small_vocabulary_is_compared_whole(tags: None) -> None:
    assert len(names_like(AudienceTag, ["festivall"])) == 8


def test_of_a_large_one_those_that_begin_most_alike(
    tags: None, monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries
) -> None:
    monkeypatch.setattr(alike, "MOST_NAMES", 4)
    with django_assert_max_num_queries(4):
        found = names_like(AudienceTag, ["festivall"])
    assert set(found) == {"festival", "festive", "fester", "feather"}
    assert near_names(AudienceTag, "festivall")[0] == "festival"


def test_what_begins_like_nothing_is_compared_with_nothing(
    tags: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alike, "MOST_NAMES", 4)
    assert names_like(AudienceTag, ["", "zzz"]) == {}

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from spokes.site.models import Publication
from spokes.site.prepared import PreparedQuery

pytestmark = pytest.mark.django_db


def test_a_prepared_query_answers_for_the_values_of_each_call(
    publish, make_genre, make_spoke
) -> None:
    now = timezone.now()
    jazz, metal = make_spoke(make_genre("Jazz")), make_spoke(make_genre("Metal"))
    for spoke in (jazz, metal):
        publish(spoke)
        publish(spoke, expires_at=now + timedelta(minutes=1))
    query = PreparedQuery(
        lambda now, key: Publication.objects.live(now).on(key).values_list("pk", "title")
    )
    for spoke in (jazz, metal):
        for moment in (now, now + timedelta(minutes=1)):
            expected = Publication.objects.live(moment).on(spoke).values_list("pk", "title")
            assert query.rows(now=moment, key=spoke.pk) == list(expected)


def test_a_prepared_query_builds_its_sql_once(jazz) -> None:
    built = []
    query = PreparedQuery(
        lambda now, key: built.append(key) or Publication.objects.values_list("pk")
    )
    query.rows()
    query.rows()
    assert len(built) == 1

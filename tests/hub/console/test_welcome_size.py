"""What a step of the wizard costs among all genres to begin with; they are planted once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from pytest_django import DjangoDbBlocker

from content.catalogue.starter import plant_starter_genres


@pytest.fixture(scope="module")
def planted(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with django_db_blocker.unblock(), transaction.atomic():
        plant_starter_genres(actor=None)
        yield
        transaction.set_rollback(True)


@pytest.mark.parametrize("step", ["hub", "genres", "people", "done"])
def test_a_step_costs_few_queries(
    planted: None, mona: Client, step: str, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(14):
        assert mona.get(f"/admin/welcome/{step}/").status_code == 200

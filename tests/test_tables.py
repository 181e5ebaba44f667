"""After a test that commits, the database is as migrations left it."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group
from django.test import TransactionTestCase

from hub.people.roles import ROLES
from tests.tables import empty_filled_tables


@pytest.mark.django_db(transaction=True)
def test_the_groups_of_the_newsroom_come_back() -> None:
    Group.objects.all().delete()
    Group.objects.create(name="Passing")
    empty_filled_tables(TransactionTestCase())
    assert {group.name for group in Group.objects.all()} == ROLES.keys()
    assert Group.objects.filter(permissions=None).count() == 0

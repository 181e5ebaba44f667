"""What a person may do is read at once, and is what Django says."""

from __future__ import annotations

import pytest
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Group, Permission, User

from hub.people.backends import PeopleBackend
from hub.people.roles import EDITOR

pytestmark = pytest.mark.django_db


@pytest.fixture
def ed(make_member) -> User:
    user: User = make_member("ed")
    user.groups.add(Group.objects.get(name=EDITOR))
    user.user_permissions.add(Permission.objects.get(codename="view_auditentry"))
    return User.objects.get(pk=user.pk)


def test_own_rights_and_those_of_groups_are_read_together(ed, django_assert_num_queries) -> None:
    with django_assert_num_queries(1):
        assert ed.has_perms(["audit.view_auditentry", "editorial.add_post"])
        assert not ed.has_perm("auth.delete_user")


def test_they_are_what_django_reads(ed) -> None:
    again = User.objects.get(pk=ed.pk)
    assert PeopleBackend().get_all_permissions(ed) == ModelBackend().get_all_permissions(again)


def test_who_left_may_nothing(ed) -> None:
    ed.is_active = False
    assert PeopleBackend().get_all_permissions(ed) == set()

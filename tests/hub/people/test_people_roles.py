"""The groups of the newsroom: made by migrations, made right again, with people left in them."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command

from hub.people.roles import ANALYST, EDITOR, ROLES, set_up_roles


@pytest.fixture
def groups(db: None) -> dict[str, Group]:
    return {group.name: group for group in set_up_roles()}


def known_permissions() -> set[str]:
    """List what Django makes permissions for."""
    return {
        f"{model._meta.app_label}.{codename}"
        for model in apps.get_models()
        for codename in (
            *(f"{action}_{model._meta.model_name}" for action in model._meta.default_permissions),
            *(codename for codename, _ in model._meta.permissions),
        )
    }


def test_each_permission_of_a_role_is_one_of_a_model() -> None:
    assert {name for wanted in ROLES.values() for name in wanted} <= known_permissions()


def test_an_analyst_changes_nothing() -> None:
    deeds = {name.split(".")[1].split("_")[0] for name in ROLES[ANALYST]}
    assert deeds == {"view", "export"}


def test_roles_are_made_right_again_and_people_stay(groups, editor) -> None:
    editor.groups.add(groups[EDITOR])
    groups[EDITOR].permissions.clear()
    call_command("set_up_roles", verbosity=0)
    assert User.objects.get(pk=editor.pk).has_perm("editorial.change_post")


def test_former_names_are_renamed_with_their_people(db: None, editor) -> None:
    Group.objects.all().delete()
    former = Group.objects.create(name="Editors")
    editor.groups.add(former)
    set_up_roles()
    assert editor.groups.get().name == EDITOR
    assert editor.groups.get().pk == former.pk


def test_people_of_a_former_group_move_over_where_both_are_there(groups, editor) -> None:
    editor.groups.add(Group.objects.create(name="Editors"))
    set_up_roles()
    assert editor.groups.get() == groups[EDITOR]
    assert not Group.objects.filter(name="Editors").exists()


def test_permissions_that_are_not_made_yet_are_made(groups) -> None:
    Permission.objects.filter(codename="approve_post").delete()
    set_up_roles()
    assert Permission.objects.get(codename="approve_post").content_type.model == "post"

"""Managers invite people, place them and help them in; nobody gives what he or she has not."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client
from django.urls import reverse

from content.audit.models import AuditEntry
from hub.people.models import Membership
from hub.people.roles import ANALYST, EDITOR, MANAGER

ADD = "admin:auth_user_add"


def change(person: User) -> str:
    return reverse("admin:auth_user_change", args=[person.pk])


def step(person: User, name: str) -> str:
    return reverse("admin:auth_user_step", args=[person.pk, name])


def invitation(**fields: Any) -> dict[str, Any]:
    return {"username": "nina", "email": "nina@example.org", "first_name": "Nina", **fields}


def said(answer: Any) -> str:
    return " ".join(str(message) for message in answer.context["messages"])


@pytest.fixture
def house(roles, make_genre, make_spoke, make_member, signed_in, editor) -> SimpleNamespace:
    """Two spokes; hanna manages hip hop alone, pavel the whole house."""
    spoke, other = make_spoke(make_genre("Hip Hop")), make_spoke(make_genre("Jazz"))
    hanna, pavel = make_member("hanna", spoke), make_member("pavel")
    for manager in (hanna, pavel):
        manager.groups.add(roles[MANAGER])
    return SimpleNamespace(
        spoke=spoke,
        other=other,
        hanna=signed_in(hanna),
        pavel=signed_in(pavel),
        hanna_herself=hanna,
        pavel_himself=pavel,
        editors=roles[EDITOR].pk,
        managers=roles[MANAGER].pk,
        roles=roles,
    )


def test_a_manager_invites_a_person_who_chooses_a_password(house) -> None:
    fields = invitation(groups=[house.editors], whole_house="on")
    answer = house.pavel.post(reverse(ADD), fields, follow=True)
    nina = User.objects.get(username="nina")
    assert not nina.has_usable_password()
    assert nina.has_perm("editorial.change_post")
    assert nina.memberships.get().spoke is None
    link = re.search(r"/accounts/password/reset/key/\S+", said(answer))
    assert link
    form = Client().get(link[0], follow=True)
    assert form.status_code == 200
    assert "at least 10 characters" in form.content.decode()


def test_the_invitation_is_mailed_where_a_mail_server_is_set(
    house, settings, django_capture_on_commit_callbacks
) -> None:
    settings.NAMED_EMAIL_URL = "submission://mail.example.org"
    with django_capture_on_commit_callbacks(execute=True):
        answer = house.pavel.post(reverse(ADD), invitation(whole_house="on"), follow=True)
    assert "/accounts/password/reset/key/" in mail.outbox[0].body
    assert "/accounts/password/reset/key/" not in said(answer)


def test_an_invitation_works_once(house) -> None:
    answer = house.pavel.post(reverse(ADD), invitation(whole_house="on"), follow=True)
    path = re.search(r"/accounts/password/reset/key/\S+", said(answer))[0]  # type: ignore[index]
    form = Client()
    asked = form.get(path, follow=True).request["PATH_INFO"]
    new = "a-long-pass-word-7"
    form.post(asked, {"password1": new, "password2": new})
    assert User.objects.get(username="nina").check_password(new)
    assert "no longer works" in Client().get(path, follow=True).content.decode()


def test_two_people_have_two_addresses(house, editor) -> None:
    answer = house.pavel.post(reverse(ADD), invitation(email="EDITH@example.org"))
    assert "already" in str(answer.context["adminform"].form.errors["email"])


def test_a_bound_manager_gives_places_in_the_own_spoke_alone(house) -> None:
    for place in ({"spokes": [house.other.pk]}, {"whole_house": "on"}, {}):
        answer = house.hanna.post(reverse(ADD), invitation(groups=[house.editors], **place))
        assert answer.status_code == 200
    assert not User.objects.filter(username="nina").exists()
    house.hanna.post(reverse(ADD), invitation(groups=[house.editors], spokes=[house.spoke.pk]))
    assert User.objects.get(username="nina").memberships.get().spoke == house.spoke


def test_nobody_gives_a_group_that_may_more(house) -> None:
    from django.contrib.auth.models import Group, Permission

    mighty = Group.objects.create(name="Mighty")
    mighty.permissions.add(Permission.objects.get(codename="delete_user"))
    fields = invitation(groups=[mighty.pk], whole_house="on")
    assert house.pavel.post(reverse(ADD), fields).status_code == 200
    assert not User.objects.filter(username="nina").exists()


def test_nobody_becomes_almighty_by_a_form(house, editor) -> None:
    fields = {
        "email": editor.email,
        "is_active": "on",
        "is_superuser": "on",
        "is_staff": "on",
        "whole_house": "on",
    }
    assert house.pavel.post(change(editor), fields).status_code == 302
    editor.refresh_from_db()
    assert not editor.is_superuser


@pytest.mark.parametrize("way", ["change", "reset", "let-in", "sign-out"])
def test_the_almighty_are_out_of_reach(house, manager, way: str) -> None:
    if way == "change":
        house.pavel.post(change(manager), {"email": "mine@example.org", "is_active": "on"})
    else:
        assert house.pavel.post(step(manager, way)).status_code in {302, 403}
    manager.refresh_from_db()
    assert manager.email == "mona@example.org"
    assert not AuditEntry.objects.about(manager).exists()


@pytest.mark.parametrize("way", ["reset", "sign-out"])
def test_people_of_elsewhere_are_out_of_a_bound_managers_reach(
    house, make_member, way: str
) -> None:
    jana, both = make_member("jana", house.other), make_member("both", house.spoke, house.other)
    assert house.hanna.post(step(jana, way)).status_code == 404
    assert house.hanna.post(step(both, way)).status_code == 403
    assert house.hanna.post(step(house.pavel_himself, way)).status_code == 404


def test_a_bound_manager_changes_people_of_the_own_spoke(house, make_member) -> None:
    hugo = make_member("hugo", house.spoke)
    fields = {
        "email": "hugo@example.org",
        "is_active": "on",
        "groups": [house.editors],
        "spokes": [house.spoke.pk],
    }
    assert house.hanna.post(change(hugo), fields).status_code == 302
    entry = AuditEntry.objects.about(hugo).get()
    assert (entry.code, entry.before, entry.after) == (
        "user.changed",
        {"groups": []},
        {"groups": [EDITOR]},
    )


def test_nobody_closes_the_own_account(house) -> None:
    fields = {"email": "pavel@example.org", "whole_house": "on", "groups": [house.managers]}
    assert house.pavel.post(change(house.pavel_himself), fields).status_code == 200
    house.pavel_himself.refresh_from_db()
    assert house.pavel_himself.is_active


def test_closing_an_account_ends_its_sessions(house, editor) -> None:
    browser = Client()
    browser.post(reverse("account_login"), {"login": "edith", "password": "pass-word-edith"})
    house.pavel.post(change(editor), {"email": editor.email, "whole_house": "on"})
    assert browser.get(reverse("admin:index")).status_code == 302
    assert "user.session_ended" in {row.code for row in AuditEntry.objects.about(editor)}


def test_a_group_that_the_manager_can_not_give_stays(house, editor) -> None:
    from django.contrib.auth.models import Group, Permission

    odd = Group.objects.create(name="Odd")
    odd.permissions.add(Permission.objects.get(codename="view_post"))
    editor.groups.add(odd, house.roles[ANALYST])
    fields = {"email": editor.email, "is_active": "on", "whole_house": "on", "groups": [odd.pk]}
    house.pavel.post(change(editor), fields)
    assert editor.groups.get() == odd


def test_giving_rights_asks_for_the_password_again_after_a_while(house, editor) -> None:
    session = house.pavel.session
    session["account_authentication_methods"] = [{"method": "password", "at": 0}]
    session.save()
    answer = house.pavel.post(change(editor), {"email": "other@example.org"})
    assert answer["Location"].startswith(reverse("account_reauthenticate"))
    editor.refresh_from_db()
    assert editor.email == "edith@example.org"


def test_nobody_is_deleted_by_hand(house, mona, editor) -> None:
    assert mona.post(reverse("admin:auth_user_delete", args=[editor.pk])).status_code == 403


def test_the_list_of_people_costs_a_fixed_number_of_queries(
    house, make_member, django_assert_max_num_queries
) -> None:
    for number in range(30):
        make_member(f"person{number}", house.spoke)
    address = reverse("admin:auth_user_changelist")
    with django_assert_max_num_queries(12):
        house.hanna.get(address)
    assert Membership.objects.filter(spoke=house.spoke).count() == 31

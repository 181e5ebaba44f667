"""The first administrator comes in by a link, and so do those who are invited."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from content.audit.models import AuditEntry
from hub.console.welcome import administrator
from hub.console.welcome.administrator import make_first_administrator, setup_link
from hub.console.welcome.exceptions import HasAdministrator
from hub.console.welcome.invitations import invite, waiting_invitations
from hub.people.scope import spokes_of

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
PASSWORD = "a-quiet-river-42"
NINA = {
    "name": "Nina Berger",
    "email": "nina@example.org",
    "username": "nina",
    "password": PASSWORD,
    "again": PASSWORD,
}


def path_of(link: str) -> str:
    return urlsplit(link).path


def test_the_link_makes_the_first_administrator_and_signs_them_in(client: Client) -> None:
    link = path_of(setup_link())
    assert "at least 10 characters" in client.get(link).content.decode()
    answer = client.post(link, NINA)
    assert (answer.status_code, answer["Location"]) == (302, "/admin/welcome/hub/")
    nina = User.objects.get()
    assert nina.is_superuser
    assert nina.check_password(PASSWORD)
    assert nina.get_full_name() == "Nina Berger"
    assert client.get("/admin/welcome/hub/").status_code == 200
    assert AuditEntry.objects.get().code == "user.first_administrator"


def test_the_link_dies_when_there_is_an_administrator(client: Client, manager: User) -> None:
    answer = client.post(path_of(setup_link()), NINA)
    assert answer.status_code == 410
    assert "set up already" in answer.content.decode()
    assert not User.objects.filter(username="nina").exists()


def test_two_who_come_at_once_make_one_administrator(manager: User) -> None:
    with pytest.raises(HasAdministrator):
        make_first_administrator(username="nina", name="", email="", password=PASSWORD)


def test_a_link_that_was_touched_opens_nothing(client: Client) -> None:
    link = path_of(setup_link())
    answer = client.post(link[:-5] + "abcd/", NINA)
    assert answer.status_code == 410
    assert not User.objects.exists()


def test_a_link_that_is_too_old_opens_nothing(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = path_of(setup_link())
    assert client.get(link).status_code == 200
    monkeypatch.setattr(administrator, "VALID_SECONDS", -1)
    assert client.post(link, NINA).status_code == 410
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("password", "short", "too short"),
        ("password", "1234567890", "entirely numeric"),
        ("password", "nina-berger", "too similar"),
        ("again", "something-else", "two different passwords"),
        ("username", "nina berger!", "Enter a valid username"),
        ("email", "nina", "valid email"),
        ("name", "", "required"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(
    client: Client, field: str, value: str, words: str
) -> None:
    answer = client.post(path_of(setup_link()), {**NINA, field: value})
    assert words in " ".join(answer.context["form"].errors[field])
    assert 'aria-invalid="true"' in answer.content.decode()
    assert not User.objects.exists()


@pytest.fixture
def approvers() -> Group:
    return Group.objects.get(name="Approver")


def test_an_invited_person_chooses_a_password(
    client: Client, manager: User, approvers: Group, make_genre: Make, make_spoke: Make
) -> None:
    jazz = make_spoke(make_genre("Jazz"))
    ada, link = invite(
        name="Ada Okoye", email="ada@example.org", group=approvers, spokes=[jazz], actor=manager
    )
    assert not ada.has_usable_password()
    assert (ada.get_full_name(), spokes_of(ada)) == ("Ada Okoye", {jazz.pk})
    assert list(waiting_invitations()) == [ada]
    page = client.get(path_of(link), follow=True)
    answers = {"password1": PASSWORD, "password2": PASSWORD}
    client.post(page.request["PATH_INFO"], answers)
    ada.refresh_from_db()
    assert ada.check_password(PASSWORD)
    assert not waiting_invitations().exists()


def test_an_invitation_without_spokes_is_for_the_whole_house(
    manager: User, approvers: Group
) -> None:
    ada, _ = invite(name="Ada", email="ada@a.org", group=approvers, spokes=[], actor=manager)
    assert spokes_of(ada) is None


def test_two_with_the_same_first_part_get_names_of_their_own(
    manager: User, approvers: Group
) -> None:
    people = [
        invite(name="Ada", email=f"ada@{host}.org", group=approvers, spokes=[], actor=manager)[0]
        for host in ("one", "two")
    ]
    assert [person.username for person in people] == ["ada", "ada-2"]

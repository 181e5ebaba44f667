"""The wizard of an empty house: named, with genres, spokes and people, step by step."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from content.audit.models import AuditEntry
from content.catalogue.models import Genre
from content.catalogue.starter import starter_rows
from hub.console.welcome.palette import suggest_colours
from hub.console.welcome.progress import load_progress
from hub.console.welcome.tree import load_tree
from hub.schedule.models import Slot
from spokes.channels.actions import name_hub, settle_in
from spokes.channels.models import Channel, Hub, Spoke
from spokes.site.colours import LIGHT_PAPER, READABLE_CONTRAST, contrast

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
WELCOME = "/admin/welcome/"


@pytest.fixture
def nina(mona: Client) -> Client:
    """The browser of the one who sets the house up."""
    return mona


def pick(client: Client, *genres: Genre) -> Any:
    answer = {"genre": [genre.pk for genre in genres], "next": "1"}
    return client.post(f"{WELCOME}genres/", answer)


def spoke_answers(*genres: Genre, **changes: str) -> dict[str, str]:
    answers = {
        "house-zone": "Europe/Berlin",
        "house-weekdays": "9:00",
        "house-weekend": "",
    }
    for genre in genres:
        answers |= {
            f"genre-{genre.pk}-name": genre.name,
            f"genre-{genre.pk}-colour": "#0b7285",
            f"genre-{genre.pk}-weekdays": "12:00, 18:30",
            f"genre-{genre.pk}-weekend": "11",
        }
    return {**answers, **changes}


# --- the way through -----------------------------------------------------------------------


def test_it_begins_where_the_house_stands(nina: Client, make_genre: Make, make_spoke: Make) -> None:
    assert nina.get(WELCOME)["Location"] == f"{WELCOME}hub/"
    name_hub(name="Night Train", colour="#0b7285")
    assert nina.get(WELCOME)["Location"] == f"{WELCOME}genres/"
    make_spoke(make_genre("Jazz"))
    assert nina.get(WELCOME)["Location"] == f"{WELCOME}people/"
    User.objects.create_user("ada")
    assert nina.get(WELCOME)["Location"] == f"{WELCOME}done/"


def test_the_hub_is_named(nina: Client, manager: User) -> None:
    page = f"{WELCOME}hub/"
    answer = nina.post(page, {"name": "Night Train", "tagline": "", "colour": "#0B7285"})
    assert answer["Location"] == f"{WELCOME}genres/"
    assert str(Hub.objects.get()) == "Night Train"
    assert AuditEntry.objects.get().actor == manager
    again = nina.get(page).content.decode()
    assert 'value="Night Train"' in again
    assert 'value="#0b7285"' in again


def test_a_hub_without_a_name_is_refused_beside_the_field(nina: Client) -> None:
    answer = nina.post(f"{WELCOME}hub/", {"name": " ", "colour": "teal"})
    assert answer.context["form"].errors.keys() == {"name", "colour"}
    assert not Hub.objects.exists()


def test_an_empty_house_is_offered_genres(nina: Client) -> None:
    page = f"{WELCOME}genres/"
    assert "import_genres" in nina.get(page).content.decode()
    nina.post(page, {"plant": "1"})
    assert Genre.objects.count() == len(starter_rows())
    nina.post(page, {"plant": "1"})
    assert Genre.objects.count() == len(starter_rows())
    assert "Drum and Bass" in nina.get(page).content.decode()


def test_what_is_ticked_is_kept_while_looking_for_more(nina: Client, make_genre: Make) -> None:
    jazz, techno = make_genre("Jazz"), make_genre("Techno")
    page = f"{WELCOME}genres/"
    answer = nina.post(page, {"genre": [jazz.pk], "phrase": "tech", "find": "1"})
    assert [genre for genre, _ in answer.context["found"]] == [techno]
    assert f'<input type="hidden" name="genre" value="{jazz.pk}">' in answer.content.decode()
    pick(nina, jazz, techno)
    assert [genre for genre, _ in nina.get(f"{WELCOME}spokes/").context["rows"]] == [jazz, techno]


def test_without_a_tick_it_does_not_go_on(nina: Client, make_genre: Make) -> None:
    make_genre("Jazz")
    answer = pick(nina)
    assert "Tick at least one genre" in answer.content.decode()


def test_nothing_picked_leads_back_to_the_genres(nina: Client) -> None:
    assert nina.get(f"{WELCOME}spokes/")["Location"] == f"{WELCOME}genres/"


def test_each_genre_gets_its_spoke_with_site_and_slots(nina: Client, make_genre: Make) -> None:
    jazz, techno = make_genre("Jazz"), make_genre("Techno")
    pick(nina, jazz, techno)
    answer = nina.post(f"{WELCOME}spokes/", spoke_answers(jazz, techno))
    assert answer["Location"] == f"{WELCOME}people/"
    assert {spoke.genre for spoke in Spoke.objects.all()} == {jazz, techno}
    hub, *sites = Channel.objects.all()
    assert (hub.spoke, hub.slots.count()) == (None, 5)
    assert [site.zone for site in sites] == ["Europe/Berlin"] * 2
    assert [site.slots.count() for site in sites] == [12, 12]
    assert str(sites[0].slots.last()) == "Sunday 11:00 Europe/Berlin"
    assert nina.get(f"{WELCOME}spokes/")["Location"] == f"{WELCOME}genres/"


def test_one_wrong_row_opens_none_and_says_why(nina: Client, make_genre: Make) -> None:
    jazz, techno = make_genre("Jazz"), make_genre("Techno")
    pick(nina, jazz, techno)
    twice = spoke_answers(jazz, techno, **{f"genre-{techno.pk}-name": "Jazz"})
    answer = nina.post(f"{WELCOME}spokes/", twice)
    forms = dict(answer.context["rows"])
    assert forms[techno].errors.keys() == {"name"}
    assert not Spoke.objects.exists()
    assert not Channel.objects.exists()
    assert not Slot.objects.exists()


@pytest.mark.parametrize("times", ["noon", "12:00, 25:00", "12:60", "12-00"])
def test_times_that_are_none_are_refused(nina: Client, make_genre: Make, times: str) -> None:
    jazz = make_genre("Jazz")
    pick(nina, jazz)
    changed = spoke_answers(jazz, **{f"genre-{jazz.pk}-weekdays": times})
    (_, form) = nina.post(f"{WELCOME}spokes/", changed).context["rows"][0]
    assert "write times of day like 12:00" in form.errors["weekdays"][0]


def test_more_spokes_can_be_opened_later(nina: Client, make_genre: Make) -> None:
    jazz, techno = make_genre("Jazz"), make_genre("Techno")
    for genre in (jazz, techno):
        pick(nina, genre)
        nina.post(f"{WELCOME}spokes/", spoke_answers(genre))
    assert Spoke.objects.count() == 2
    assert Channel.objects.of_hub().count() == 1
    pick(nina, jazz)
    assert "Tick at least one genre" in pick(nina, jazz).content.decode()


def test_people_are_invited_and_their_links_are_shown(nina: Client) -> None:
    group = Group.objects.get(name="Approver")
    fields = {"name": "Ada Okoye", "email": "ada@example.org", "group": group.pk}
    answer = nina.post(f"{WELCOME}people/", fields)
    assert answer["Location"] == f"{WELCOME}people/"
    page = nina.get(f"{WELCOME}people/").content.decode()
    assert "/accounts/password/reset/key/" in page
    refused = nina.post(f"{WELCOME}people/", fields)
    assert refused.context["form"].errors.keys() == {"email"}


# --- who may -------------------------------------------------------------------------------

STEPS = ["", "hub/", "genres/", "spokes/", "people/", "done/"]


@pytest.mark.parametrize("step", STEPS)
def test_nobody_gets_in_without_signing_in(client: Client, step: str) -> None:
    answer = client.get(f"{WELCOME}{step}")
    assert answer.status_code == 302
    assert "/login" in answer["Location"]


@pytest.mark.parametrize("step", ["hub/", "genres/", "spokes/", "people/"])
def test_an_editor_does_not_set_up_the_house(edith: Client, step: str) -> None:
    assert edith.get(f"{WELCOME}{step}").status_code == 403
    assert edith.post(f"{WELCOME}{step}").status_code == 403


def test_the_checklist_is_put_away_by_a_button_only(nina: Client, edith: Client) -> None:
    assert nina.get(f"{WELCOME}put-away/").status_code == 405
    assert edith.post(f"{WELCOME}put-away/").status_code == 403
    assert nina.post(f"{WELCOME}put-away/")["Location"] == "/admin/"
    assert Hub.objects.get().settled_in_at


# --- what it shows -------------------------------------------------------------------------


def test_progress_is_asked_in_one_query(manager: User, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        progress = load_progress(manager)
    assert progress.is_shown
    assert progress.done_count == 0


def test_a_list_that_was_put_away_stays_away(manager: User) -> None:
    settle_in(actor=manager)
    assert not load_progress(manager).is_shown


def test_a_genre_stands_in_the_tree_once(make_genre: Make) -> None:
    jazz, rap = make_genre("Jazz"), make_genre("Rap")
    both = make_genre("Jazz Rap", jazz, rap)
    tree = load_tree([both.pk])
    first, second = tree.roots
    assert [node.pk for node in first.children] == [both.pk]
    assert first.children[0].also_in == ["Rap"]
    assert (second.children, first.ticked_below) == ([], 1)


def test_a_very_large_graph_shows_its_upper_part(
    monkeypatch: pytest.MonkeyPatch, make_genre: Make
) -> None:
    monkeypatch.setattr("hub.console.welcome.tree.MOST_SHOWN", 3)
    root = make_genre("Root")
    below = make_genre("Below", root)
    for number in range(3):
        make_genre(f"Deep {number}", below)
    tree = load_tree([])
    assert (tree.shown, tree.total, tree.is_cut) == (2, 5, True)


def test_suggested_colours_can_be_read_and_told_apart() -> None:
    taken = ["#d6336c", "#0b7285"]
    colours = suggest_colours(24, taken=taken)
    assert len({*colours, *taken}) == 26
    assert min(contrast(colour, LIGHT_PAPER) for colour in colours) >= READABLE_CONTRAST


def test_the_first_page_shows_the_checklist_to_those_who_set_up(
    nina: Client, edith: Client, manager: User
) -> None:
    assert "Getting started" in nina.get("/admin/").content.decode()
    assert "Getting started" not in edith.get("/admin/").content.decode()
    settle_in(actor=manager)
    assert "Getting started" not in nina.get("/admin/").content.decode()


# --- the hub's page in the console ---------------------------------------------------------


def test_the_hub_is_renamed_in_the_console(nina: Client, manager: User) -> None:
    assert nina.get("/admin/channels/hub/")["Location"] == f"{WELCOME}hub/"
    name_hub(name="Night Train", colour="#0b7285", actor=manager)
    page = nina.get("/admin/channels/hub/")["Location"]
    shown = nina.get(page).content.decode()
    assert 'type="color"' in shown
    title = re.search(r"<title>(.*?)</title>", shown, re.DOTALL)
    assert title is not None
    assert title[1].split("|")[-1].strip() == "Night Train"
    answer = nina.post(page, {"name": "Day Train", "tagline": "", "colour": "#0b7285"})
    assert answer.status_code == 302
    assert str(Hub.objects.get()) == "Day Train"
    assert AuditEntry.objects.latest("id").code == "hub.changed"
    refused = nina.post(page, {"name": "Day Train", "tagline": "", "colour": "red"})
    assert "Six hex digits" in refused.content.decode()


def test_who_may_not_open_spokes_may_not_rename_the_hub(edith: Client, manager: User) -> None:
    name_hub(name="Night Train", colour="#0b7285", actor=manager)
    assert edith.get("/admin/channels/hub/1/change/").status_code == 403

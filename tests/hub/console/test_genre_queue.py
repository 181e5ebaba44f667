"""The queue of names that nobody knows: one or many are settled in one step, and back."""

from __future__ import annotations

import re
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from content.catalogue.models import Genre, GenreAlias, GenreMention, UnresolvedGenre
from content.editorial.models import Post
from content.editorial.shares import derive_genres
from hub.schedule.actions import schedule_post
from spokes.audiences.routing import route_post

LIST = "admin:catalogue_unresolvedgenre_changelist"


@pytest.fixture
def names(make_genre) -> list[UnresolvedGenre]:
    """Two names with a suggestion, one without."""
    jazz = make_genre("Jazz")
    return [
        UnresolvedGenre.objects.create(
            name=name, key=name, suggestion=genre, confidence=sure, first_seen_at=timezone.now()
        )
        for name, genre, sure in (("jass", jazz, None), ("jazzum", jazz, 0.75), ("xyz", None, None))
    ]


def take(client: Client, row: UnresolvedGenre, step: str, **answers: object) -> str:
    address = reverse("admin:catalogue_unresolvedgenre_step", args=[row.pk, step])
    return client.post(address, answers, follow=True).content.decode()


def take_many(client: Client, rows: list[UnresolvedGenre], step: str, **answers: object) -> str:
    address = reverse("admin:catalogue_unresolvedgenre_bulk", args=[step])
    keys = ",".join(str(row.pk) for row in rows)
    return client.post(address, {"keys": keys, **answers}, follow=True).content.decode()


def aliases() -> set[str]:
    return set(GenreAlias.objects.values_list("name", flat=True))


def test_the_list_says_what_each_probably_is_and_how_sure_that_is(edith, names) -> None:
    page = edith.get(reverse(LIST)).content.decode()
    assert "75%" in page
    assert "spelt alike" in page


def test_a_suggestion_is_taken_with_one_press_and_taken_back_with_one(edith, names) -> None:
    page = take(edith, names[0], "accept")
    assert "means Jazz from now on" in page
    assert reverse("admin:catalogue_unresolvedgenre_step", args=[names[0].pk, "reopen"]) in page
    assert aliases() == {"jass"}
    take(edith, names[0], "reopen")
    assert aliases() == set()
    assert UnresolvedGenre.objects.waiting().count() == 3


def test_a_settled_name_says_what_it_means_whatever_was_suggested(edith, names, make_genre) -> None:
    page = take(edith, names[0], "settle", genre=make_genre("Klezmer").pk)
    assert ">Klezmer</a>" in page
    assert "Probably" not in page


def test_the_queue_leads_from_name_to_name_and_round(edith, names) -> None:
    following = {"jass": "jazzum", "jazzum": "xyz", "xyz": "jass"}
    for row in names:
        address = reverse("admin:catalogue_unresolvedgenre_change", args=[row.pk])
        assert f"Next: {following[row.name]}" in edith.get(address).content.decode()


def test_many_suggestions_are_taken_at_once_and_those_without_one_stay(edith, names) -> None:
    page = take_many(edith, names, "accept_many")
    assert "2 names are known from now on" in page
    assert aliases() == {"jass", "jazzum"}
    assert list(UnresolvedGenre.objects.waiting()) == [names[2]]
    take_many(edith, names, "reopen_many")
    assert aliases() == set()


def test_many_names_are_said_to_mean_one_genre(edith, names, make_genre) -> None:
    rock = make_genre("Rock")
    take_many(edith, names, "settle_many", genre=rock.pk)
    assert set(rock.aliases.values_list("name", flat=True)) == {"jass", "jazzum", "xyz"}


def test_a_manager_makes_a_name_a_genre_below_another(mona, names) -> None:
    jazz = Genre.objects.get()
    take(mona, names[2], "make", below=[jazz.pk])
    assert list(Genre.objects.get(name="xyz").parents.all()) == [jazz]


def test_genres_are_merged_from_the_page_of_one(mona, make_genre) -> None:
    old, new = make_genre("Jass"), make_genre("Jazz")
    address = reverse("admin:catalogue_genre_step", args=[old.pk, "merge"])
    page = mona.post(address, {"into": new.pk}, follow=True)
    assert page.redirect_chain[-1][0] == reverse("admin:catalogue_genre_changelist")
    assert list(Genre.objects.all()) == [new]
    assert aliases() == {"Jass"}


def test_a_merge_that_is_refused_says_why(mona, make_genre) -> None:
    genre = make_genre("Jazz")
    address = reverse("admin:catalogue_genre_step", args=[genre.pk, "merge"])
    assert "merged into itself" in mona.post(address, {"into": genre.pk}).content.decode()


@pytest.fixture
def said(names, make_genre, make_post, make_spoke, make_channel, make_artist) -> SimpleNamespace:
    """“xyz” was said of two artists; a post about one of them is planned on the trap channel."""
    trap, folk = make_genre("Trap"), make_genre("Folk")
    of_trap = make_channel(make_spoke(trap))
    of_folk = make_channel(make_spoke(folk))
    aya, bo = make_artist("Aya", trap), make_artist("Bo")
    for artist in (aya, bo):
        GenreMention.objects.create(artist=artist, key="xyz")
    GenreMention.objects.create(artist=aya, key="trap", genre=trap)
    post = make_post(artists=[aya])
    derive_genres([post.pk])
    schedule_post(post=post, actor=None, channels=[of_trap], at=timezone.now() + timedelta(days=1))
    return SimpleNamespace(
        name=names[2], trap=trap, folk=folk, of_trap=of_trap, of_folk=of_folk, post=post, aya=aya
    )


def test_who_will_get_a_genre_is_said_before(edith, names, said) -> None:
    page = edith.get(reverse(LIST)).content.decode()
    assert "Artists that wait for it" in page
    address = reverse("admin:catalogue_unresolvedgenre_step", args=[said.name.pk, "settle"])
    assert "2 artists and 1 planned post will get it." in edith.get(address).content.decode()
    page = ask_many(edith, names, "settle_many")
    assert "2 artists and 1 planned post will get it." in page


def test_what_became_of_it_is_said_after_and_taken_back_with_one_press(edith, said) -> None:
    page = take(edith, said.name, "settle", genre=said.folk.pk)
    assert "2 artists and 1 planned post got it." in page
    assert "1 planned post goes to more channels now" in page
    assert said.post.title in page
    assert _shares(said.post) == {"Trap": 0.5, "Folk": 0.5}
    page = take(edith, said.name, "reopen")
    assert "2 artists and 1 planned post lost it again." in page
    assert _shares(said.post) == {"Trap": 1.0}


def test_artists_of_whom_nothing_is_planned_are_told_of_alone(edith, names, make_artist) -> None:
    GenreMention.objects.create(artist=make_artist("Cy"), key="xyz")
    page = take(edith, names[2], "settle", genre=Genre.objects.get().pk)
    assert "1 artist got it." in page


def test_a_planned_delivery_that_its_channel_wants_no_more_is_told_of(
    edith, said, make_genre
) -> None:
    said.of_trap.spoke.genre_floor = 0.8
    said.of_trap.spoke.save(update_fields=["genre_floor"])
    page = take(edith, said.name, "settle", genre=said.folk.pk)
    assert "1 planned delivery will not go out" in page
    assert not route_post(said.post, [said.of_trap])[0].goes


def test_many_names_settled_say_who_has_got_them(edith, names, said) -> None:
    page = take_many(edith, names, "settle_many", genre=said.folk.pk)
    assert "3 names are known from now on. 2 artists and 1 planned post got it." in page
    take_many(edith, names, "reopen_many")
    assert _shares(said.post) == {"Trap": 1.0}


def test_the_list_takes_as_many_queries_for_many_names(edith, names, said) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            edith.get(reverse(LIST))
        return len(queries)

    asked()
    few = asked()
    for place in range(30):
        UnresolvedGenre.objects.create(
            name=f"n{place}", key=f"n{place}", first_seen_at=timezone.now()
        )
        GenreMention.objects.create(artist=said.aya, key=f"n{place}")
    assert asked() == few


@pytest.fixture
def alike(names, make_genre) -> list[UnresolvedGenre]:
    """Names that share a word which nothing explains; of one another genre is more likely."""
    rock = make_genre("Rock")
    return [
        UnresolvedGenre.objects.create(
            name=name, key=name.replace(" ", ""), first_seen_at=timezone.now(), **guess
        )
        for name, guess in (
            ("old xyzzyx", {}),
            ("xyzzyx nights", {}),
            ("xyzzyx days", {"suggestion": rock}),
            ("xyzzyx roll", {"suggestion": rock, "confidence": 0.6}),
        )
    ]


def test_names_that_look_alike_are_decided_after_one_and_all_taken_back_with_one_press(
    edith, alike
) -> None:
    jazz, (first, *others) = Genre.objects.get(name="Jazz"), alike
    page = take(edith, first, "settle", genre=jazz.pk)
    assert "3 more names look alike: decide them too" in page
    assert "Let these mean Jazz too" in page
    # ticked as long as no other genre is likely; to be spelt like one is no reason
    assert _ticked(page, "keys") == {row.pk for row in others[:2]}
    assert "spelt like Rock" in page
    assert "probably Rock" in page
    here = _page(first)
    page = press(edith, "settle_many", keys=[row.pk for row in others[:2]], genre=jazz.pk, at=here)
    assert "2 names are known from now on" in page
    assert "1 more name looks alike: decide it too" in page
    assert aliases() == {row.name for row in alike[:3]}
    back = parse_hidden(page.split("console-undo", maxsplit=1)[1].split("</form>", maxsplit=1)[0])
    page = press(edith, "reopen_many", keys=[back["keys"]], at=back["next"])
    assert back["next"] == here
    assert "2 names wait again" in page
    assert aliases() == {first.name}
    take(edith, first, "reopen")
    assert aliases() == set()


def test_who_overrules_a_suggestion_overrules_the_same_one_of_names_that_look_alike(
    edith, alike
) -> None:
    jazz, rock = Genre.objects.get(name="Jazz"), Genre.objects.get(name="Rock")
    first = alike[0]
    UnresolvedGenre.objects.filter(pk=first.pk).update(suggestion=rock, confidence=0.6)
    page = take(edith, first, "settle", genre=jazz.pk)
    assert _ticked(page, "keys") == {row.pk for row in alike[1:]}


def test_a_name_that_waits_is_decided_together_with_those_that_look_alike(edith, alike) -> None:
    here = _page(alike[0])
    page = edith.get(here).content.decode()
    assert "Decide these together with it" in page
    assert _ticked(page, "_selected_action") == {alike[1].pk, alike[2].pk}
    chosen = {"action": "settle_many", "_selected_action": [row.pk for row in alike[:2]]}
    page = edith.post(reverse(LIST), {**chosen, "next": here}).content.decode()
    assert "2 names become aliases of one genre." in page
    assert parse_hidden(page.split('class="console-card', maxsplit=1)[1])["next"] == here


def test_nothing_is_offered_where_nothing_looks_alike_or_the_person_may_not(
    edith, names, alike, make_member, signed_in, roles
) -> None:
    assert "look alike" not in edith.get(_page(names[2])).content.decode()
    analyst = make_member("nora")
    analyst.groups.add(roles["Analyst"])
    assert "look alike" in edith.get(_page(alike[0])).content.decode()
    assert "look alike" not in signed_in(analyst).get(_page(alike[0])).content.decode()


def test_no_tick_no_deed(edith, alike) -> None:
    page = press(edith, "settle_many", keys=[], genre=Genre.objects.first().pk, at=_page(alike[0]))
    assert "Nothing was chosen, so nothing was done." in page
    assert aliases() == set()


def test_the_way_back_leads_nowhere_outside_the_console(edith, alike) -> None:
    address = reverse("admin:catalogue_unresolvedgenre_bulk", args=["reopen_many"])
    for outside in ("https://elsewhere.example/", "//elsewhere.example/", "/admin//elsewhere"):
        answer = edith.post(address, {"keys": "", "next": outside})
        assert answer.headers["Location"] == reverse(LIST)


def test_a_names_page_takes_as_many_queries_and_shows_the_most_seen_of_many_alike(
    edith, alike
) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            edith.get(_page(alike[0]))
        return len(queries)

    asked()
    few = asked()
    for place in range(30):
        UnresolvedGenre.objects.create(
            name=f"xyzzyx {place}", key=f"xyzzyx{place}", first_seen_at=timezone.now()
        )
    assert asked() == few
    page = edith.get(_page(alike[0])).content.decode()
    assert "33 more names look alike" in page
    assert "The 20 most seen are shown." in page
    assert page.count('type="checkbox" name="_selected_action"') == 20


def press(client: Client, step: str, *, keys: list[Any], at: str, **answers: object) -> str:
    address = reverse("admin:catalogue_unresolvedgenre_bulk", args=[step])
    sent = {"keys": keys, "next": at, **answers}
    return client.post(address, sent, follow=True).content.decode()


def parse_hidden(page: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))


def _ticked(page: str, name: str) -> set[int]:
    boxes = re.findall(rf'type="checkbox" name="{name}" value="(\d+)" checked', page)
    return {int(pk) for pk in boxes}


def _page(row: UnresolvedGenre) -> str:
    return reverse("admin:catalogue_unresolvedgenre_change", args=[row.pk])


def ask_many(client: Client, rows: list[UnresolvedGenre], step: str) -> str:
    chosen = {"action": step, "_selected_action": [row.pk for row in rows]}
    return client.post(reverse(LIST), chosen, follow=True).content.decode()


def _shares(post: Post) -> dict[str, float]:
    return dict(post.post_genres.values_list("genre__name", "share"))

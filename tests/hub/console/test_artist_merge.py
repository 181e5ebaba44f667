"""Merging artists in the console: chosen, shown, agreed to, and all of it told."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from content.catalogue.actions import add_track, set_artist_genres
from content.catalogue.artists import merge_artists
from content.catalogue.models import Artist, ArtistAlias
from content.editorial.models import Post
from content.editorial.shares import derive_genres
from hub.delivery.actions import hold
from hub.schedule.actions import schedule_post
from spokes.audiences.actions import save_audience
from spokes.audiences.profiles.actions import set_profile
from spokes.audiences.routing import route_post

pytestmark = pytest.mark.django_db

NEW = reverse("admin:editorial_post_add")
AUTOSAVE = reverse("admin:editorial_post_autosave")


def page_of(artist: Artist, name: str = "change") -> str:
    return reverse(f"admin:catalogue_artist_{name}", args=[artist.pk])


def step_of(artist: Artist) -> str:
    return reverse("admin:catalogue_artist_step", args=[artist.pk, "merge"])


def ask(client: Client, artist: Artist, into: Artist, **more: str) -> str:
    answer = client.post(step_of(artist), {"into": into.pk, **more}, follow=True)
    # as it is read: without signs, in one line
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def sign_of(client: Client, artist: Artist, into: Artist) -> str:
    page = client.post(step_of(artist), {"into": into.pk}).content.decode()
    return re.search(r'name="agreed" value="(\w+)"', page)[1]


def merge(client: Client, artist: Artist, into: Artist) -> str:
    return ask(client, artist, into, agreed=sign_of(client, artist, into))


@pytest.fixture
def genres(make_genre) -> dict:
    return {name: make_genre(name) for name in ("Trap", "Folk")}


@pytest.fixture
def pair(make_artist, genres) -> tuple[Artist, Artist]:
    return make_artist("Ayah", genres["Trap"]), make_artist("Aya", genres["Folk"])


@pytest.fixture
def about(make_post):
    def make(artist: Artist) -> Post:
        post = make_post(artists=[artist])
        derive_genres([post.pk])
        return post

    return make


def test_nothing_is_merged_before_it_was_shown_and_agreed_to(mona, pair, about) -> None:
    about(pair[0])
    page = ask(mona, *pair)
    assert "“Ayah” becomes “Aya”" in page
    assert "1 post moves." in page
    assert Artist.objects.count() == 2
    told = merge(mona, *pair)
    assert "“Ayah” is Aya from now on, everywhere. 1 post moved." in told
    assert list(Artist.objects.all()) == [pair[1]]


def test_the_page_leads_to_the_one_that_stays_and_so_do_old_links(mona, pair) -> None:
    answer = mona.post(
        step_of(pair[0]), {"into": pair[1].pk, "agreed": sign_of(mona, *pair)}, follow=True
    )
    assert answer.redirect_chain[-1][0] == page_of(pair[1])
    answer = mona.get(page_of(pair[0]), follow=True)
    assert answer.redirect_chain[-1][0] == page_of(pair[1])
    assert "This artist was merged into “Aya”." in answer.content.decode()


def test_a_form_that_was_open_meanwhile_changes_nobody_else(mona, pair, manager) -> None:
    merge_artists(artist=pair[0], into=pair[1], actor=manager)
    typed = {"about": "Of the old one.", "aliases-TOTAL_FORMS": "0", "aliases-INITIAL_FORMS": "0"}
    answer = mona.post(page_of(pair[0]), typed, follow=True)
    assert "What you typed was not saved." in answer.content.decode()
    assert Artist.objects.get().about == ""


def test_all_that_moves_is_shown_before(mona, pair, make_spoke, genres, manager) -> None:
    old, new = pair
    for artist, title in ((old, "Song"), (new, "SONG"), (old, "Other")):
        add_track(artist=artist, title=title)
    save_audience(name="Friends of Ayah", expression="artist:ayah")
    set_profile(
        owner=make_spoke(genres["Trap"], name="Trap nights"),
        genres={},
        artists={old: 0.4},
        actor=manager,
    )
    page = ask(mona, *pair)
    assert "2 tracks move. 1 of them is there already, and stays once." in page
    assert "Also called “Ayah” Files and searches find it by that." in page
    assert "Folk 50% Trap 50% Ayah so far: Trap 100% Aya so far: Folk 100%" in page
    assert "Friends of Ayah They ask for the one that stays." in page
    assert "Trap nights Who listens to either" in page


@pytest.mark.parametrize(
    ("held", "told"),
    [
        ((0,), "“Ayah” is held back: the posts of “Aya” will be held back too."),
        ((1,), "“Aya” is held back: the posts of “Ayah” will be held back too."),
        ((0, 1), "Both are held back, and stay so."),
    ],
)
def test_a_hold_that_spreads_is_told_of(mona, pair, manager, held, told) -> None:
    for place in held:
        hold(scope="artist", actor=manager, reason="Rights.", artist=pair[place])
    assert told in ask(mona, *pair)


def test_where_posts_will_go_is_what_becomes_of_them(
    mona, pair, genres, make_genre, make_spoke, make_channel, about
) -> None:
    of_trap, of_folk = (
        make_channel(make_spoke(genre, name=f"{name} nights", genre_floor=floor))
        for (name, genre), floor in zip(genres.items(), (0.6, 0.5), strict=True)
    )
    audience = save_audience(name="Ayah", expression="artist:ayah")
    named = make_channel(make_spoke(make_genre("Rai"), name="Ayah alone", audience=audience))
    posts = [about(pair[0]), about(pair[1])]
    at = timezone.now() + timedelta(days=1)
    schedule_post(post=posts[0], actor=None, channels=[of_trap, named], at=at)
    page = ask(mona, *pair)

    def going() -> list[list[bool]]:
        channels = [of_trap, of_folk, named]
        return [[route.goes for route in route_post(post, channels)] for post in posts]

    assert going() == [[True, False, True], [False, True, False]]
    assert f"{of_trap} Trap nights : 1 post fewer" in page
    assert f"{of_folk} Folk nights : 1 post more" in page
    assert f"{named} Ayah alone : 1 post more" in page
    assert "1 planned delivery will not go out" in page
    merge(mona, *pair)
    assert going() == [[False, True, True]] * 2


def test_where_nothing_changes_it_says_so(mona, pair, about, make_channel) -> None:
    make_channel(None)
    about(pair[0])
    page = ask(mona, *pair)
    assert "As before: no channel takes more or fewer." in page
    assert "Reckoned with the 1 post about either that changed last." in page


def test_what_changed_since_it_was_shown_is_shown_again(mona, pair, genres, manager) -> None:
    sign = sign_of(mona, *pair)
    set_artist_genres(artist=pair[1], genres=[genres["Trap"]], actor=manager)
    page = ask(mona, *pair, agreed=sign)
    assert "Something changed since you looked." in page
    assert "Trap 100%" in page
    assert Artist.objects.count() == 2


def test_the_same_artist_and_one_that_is_gone_are_refused_in_words(mona, pair) -> None:
    assert "This is the same artist: choose another." in ask(mona, pair[0], pair[0])
    gone = Artist(pk=pair[1].pk + 1_000, name="Gone")
    assert "That choice is not one of the available choices." in ask(mona, pair[0], gone)
    assert Artist.objects.count() == 2


def test_names_that_are_spelt_alike_are_offered_with_one_press(mona, make_artist, about) -> None:
    artist = make_artist("Beyonce Knowles")
    twins = [make_artist(name) for name in ("Beyoncé", "Beyonce Knowels")]
    make_artist("Somebody Else")
    about(twins[0])
    page = mona.get(step_of(artist)).content.decode()
    assert re.findall(r'name="into" value="(\d+)"', page) == [str(one.pk) for one in twins[::-1]]
    assert "Somebody Else" not in page


@pytest.mark.parametrize(("who", "may"), [("edith", False), ("anton", False), ("mona", True)])
def test_only_who_may_merge_artists_is_offered_it(request, pair, who, may) -> None:
    client = request.getfixturevalue(who)
    assert (step_of(pair[0]) in client.get(page_of(pair[0])).content.decode()) == may
    assert client.get(step_of(pair[0])).status_code == (200 if may else 403)
    answer = client.post(step_of(pair[0]), {"into": pair[1].pk, "agreed": "x"})
    assert answer.status_code == (200 if may else 403)
    assert Artist.objects.count() == 2


def test_the_other_names_are_kept_on_the_artists_page(edith, pair) -> None:
    fields = {"plays": [genre.pk for genre in pair[1].genres.all()], "country": "", "link": ""}
    lines = {"aliases-TOTAL_FORMS": "1", "aliases-INITIAL_FORMS": "0", "aliases-0-name": "DJ Aya"}
    edith.post(page_of(pair[1]), {**fields, "about": "", **lines})
    alias = ArtistAlias.objects.get()
    assert (alias.artist, alias.name) == (pair[1], "DJ Aya")
    found = edith.get(reverse("admin:catalogue_artist_changelist"), {"q": "dj aya"})
    assert page_of(pair[1]) in found.content.decode()
    lines |= {"aliases-0-name": "AYA"}
    page = edith.post(page_of(pair[1]), {**fields, "about": "", **lines}).content.decode()
    assert "is the name of the artist itself" in page
    gone = {"aliases-INITIAL_FORMS": "1", "aliases-0-id": alias.pk, "aliases-0-DELETE": "on"}
    edith.post(page_of(pair[1]), {**fields, "about": "", **lines, **gone})
    assert not ArtistAlias.objects.exists()


def test_the_preview_takes_as_many_queries_for_thirty_posts_as_for_three(
    mona, pair, about, make_spoke, make_channel, genres
) -> None:
    make_channel(make_spoke(genres["Folk"], genre_floor=0.4))
    counted = []
    for number in (3, 27):
        for _ in range(number):
            about(pair[0])
        ask(mona, *pair)
        with CaptureQueriesContext(connection) as queries:
            ask(mona, *pair)
        counted.append(len(queries))
    assert counted[0] == counted[1]


# --- forms of posts that are open meanwhile -----------------------------------------------------


def test_a_post_that_is_saved_with_an_artist_merged_meanwhile_has_the_one_that_stays(
    edith, pair, manager
) -> None:
    merge_artists(artist=pair[0], into=pair[1], actor=manager)
    typed = {"title": "About her", "kind": "feature", "lang": "en", "cta_label": "Listen"}
    lines = {"variants-TOTAL_FORMS": "0", "variants-INITIAL_FORMS": "0"}
    artists = [pair[0].pk, pair[1].pk]
    edith.post(NEW, {**typed, **lines, "priority": "3", "artists": artists})
    assert list(Post.objects.get().artists.all()) == [pair[1]]


def test_an_artist_that_never_was_is_still_refused(edith, pair) -> None:
    typed = {"title": "About her", "kind": "feature", "lang": "en", "cta_label": "Listen"}
    lines = {"variants-TOTAL_FORMS": "0", "variants-INITIAL_FORMS": "0"}
    edith.post(NEW, {**typed, **lines, "priority": "3", "artists": [pair[1].pk + 1_000]})
    assert not Post.objects.exists()


def test_what_was_typed_and_kept_comes_back_with_the_one_that_stays(edith, pair, manager) -> None:
    edith.post(AUTOSAVE, {"title": "About her", "artists": [pair[0].pk]})
    merge_artists(artist=pair[0], into=pair[1], actor=manager)
    form = edith.get(NEW, {"kept": "1"}).context["adminform"].form
    assert form["artists"].value() == [str(pair[1].pk)]

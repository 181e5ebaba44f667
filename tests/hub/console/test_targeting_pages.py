"""What a manager sees of routing: reasons, what a change would move, taste, coverage."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from content.catalogue.models import UnresolvedGenre
from content.editorial.models import Post
from hub.delivery.actions import plan_delivery
from spokes.audiences.actions import ban_post, save_audience
from spokes.audiences.models import Audience, RoutingOverride
from spokes.audiences.profiles.actions import set_profile
from spokes.audiences.profiles.models import AudienceProfile

PART = {"X-Requested-With": "fetch"}


def page(client: Client, name: str, *args: object) -> str:
    answer = client.get(reverse(name, args=args))
    assert answer.status_code == 200
    return answer.content.decode()


# --- reasons ------------------------------------------------------------------------------------


def test_a_channel_says_what_it_takes_and_what_it_keeps_out_by_which_rule(mona, world, manager):
    ban_post(post=world.both, channel=world.rhymes_site, reason="Too loud.", actor=manager)
    shown = page(mona, "admin:channels_channel_reasons", world.rhymes_site.pk)
    assert "Wanted here this week: 1 of 4" in shown
    assert "Kept out this week: 3" in shown
    assert "Banned by hand" in shown
    assert "genre:hip-hop" in shown


def test_the_reasons_of_a_channel_lead_to_those_of_its_siblings(mona, world, make_channel) -> None:
    letter = make_channel(world.rhymes, name="Rhymes letter")
    address = reverse("admin:channels_spoke_reasons", args=[world.rhymes.pk])
    shown = mona.get(address, {"q": "only rap"}).content.decode()
    theirs = reverse("admin:channels_channel_reasons", args=[letter.pk])
    assert f'href="{theirs}?q=only%20rap#asked-title">Rhymes letter</a>' in shown
    assert str(world.drums_site) not in shown


def test_a_spoke_answers_for_its_site(mona, world) -> None:
    shown = page(mona, "admin:channels_spoke_reasons", world.drums.pk)
    assert str(world.drums_site) in shown
    assert "Only beats" in shown


def test_what_was_kept_out_is_pinned_from_there(mona, world) -> None:
    here = reverse("admin:channels_channel_reasons", args=[world.rhymes_site.pk])
    asked = {
        "channel": world.rhymes_site.pk,
        "verdict": "pin",
        "reason": "They asked for it.",
        "next": here,
    }
    answer = mona.post(reverse("admin:editorial_post_routing", args=[world.beat.pk]), asked)
    assert answer["Location"] == here
    assert RoutingOverride.objects.get().verdict == "pin"
    assert "Wanted here this week: 3 of 4" in mona.get(here).content.decode()


# --- one post on one channel ----------------------------------------------------------------------


def ask_about(client: Client, world: SimpleNamespace, words: str) -> str:
    address = reverse("admin:channels_channel_reasons", args=[world.rhymes_site.pk])
    answer = client.get(address, {"q": words})
    assert answer.status_code == 200
    return (
        html.unescape(answer.content.decode())
        .split('class="audience-ask"')[1]
        .split('id="here-title"')[0]
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("only beats", "This channel does not want it."),
        ("ONLY rap", "This channel wants it, but it is not scheduled here."),
        ("nowhere", "No post that you see is called “nowhere”"),
        ("   ", ""),
    ],
)
def test_a_channel_answers_for_any_post(mona, world, words: str, said: str) -> None:
    Post.objects.update(updated_at=timezone.now() - timedelta(days=200))
    assert said in ask_about(mona, world, words)


def test_what_was_planned_says_so_itself(mona, world, manager) -> None:
    row = plan_delivery(
        post=world.rap,
        channel=world.rhymes_site,
        due_at=timezone.now() + timedelta(days=1),
        actor=manager,
        by_hand=True,
        now=timezone.now(),
    )
    shown = ask_about(mona, world, "rap")
    assert "Scheduled" in shown
    assert reverse("admin:delivery_delivery_change", args=[row.pk]) in shown


def test_a_post_says_for_each_channel_why_with_every_term(mona, world, make_channel) -> None:
    audience = save_audience(name="Clean beats", expression="genre:techno AND explicit:no")
    channel = make_channel(audience=audience)
    shown = page(mona, "admin:editorial_post_route", world.beat.pk)
    assert f'id="channel-{channel.pk}"' in shown
    assert "<code>explicit:no</code>" in shown
    assert "<code>AND</code>" in shown
    told = mona.get(reverse("admin:editorial_post_route_json", args=[world.beat.pk])).json()
    mine = next(route for route in told["routes"] if route["channel"] == channel.slug)
    assert mine["goes"] is False
    assert [part["holds"] for part in mine["parts"]["parts"]] == [True, False]


def test_an_embargo_is_told_beside_the_channels(mona, world) -> None:
    Post.objects.filter(pk=world.rap.pk).update(embargo_until=timezone.now() + timedelta(days=1))
    assert "Embargo until" in page(mona, "admin:editorial_post_route", world.rap.pk)


def test_a_fit_is_shown_in_parts(mona, world, manager) -> None:
    set_profile(owner=world.drums, genres={world.techno: 0.9}, actor=manager)
    shown = page(mona, "admin:editorial_post_route", world.beat.pk)
    assert "Their taste" in shown
    assert "counts against it" in shown


# --- what a change would move ------------------------------------------------------------------


def test_an_audience_leads_on_to_the_places_where_it_can_be_put(mona, world) -> None:
    asked = {"name": "Beats", "expression": "genre:techno", "note": ""}
    shown = mona.post(reverse("admin:audiences_audience_add"), asked, follow=True).content.decode()
    assert "It decides nothing until a spoke or a channel goes by it." in shown
    audience = Audience.objects.get(name="Beats")
    place = reverse("admin:channels_channel_change", args=[world.rhymes_site.pk])
    assert f'href="{place}?audience={audience.pk}#change-title"' in shown


def test_a_place_opened_with_an_audience_says_at_once_what_would_move(mona, world) -> None:
    audience = save_audience(name="Beats", expression="genre:techno")
    for row, kind in ((world.rhymes_site, "channel"), (world.drums, "spoke")):
        place = reverse(f"admin:channels_{kind}_change", args=[row.pk])
        shown = mona.get(place, {"audience": audience.pk}).content.decode()
        assert "is chosen above, and nothing is saved yet" in shown
        assert "If you save this" in shown
        assert f'value="{audience.pk}" selected' in shown
        row.refresh_from_db()
        assert row.audience is None
    assert "nothing is saved yet" not in mona.get(place, {"audience": "9" * 30}).content.decode()


def test_a_floor_says_what_it_would_move_and_which_deliveries_it_stops(mona, world, editor) -> None:
    due = timezone.now() + timedelta(days=1)
    plan_delivery(
        post=world.both,
        channel=world.rhymes_site,
        due_at=due,
        actor=editor,
        by_hand=True,
        now=timezone.now(),
    )
    address = reverse("admin:channels_spoke_whatif", args=[world.rhymes.pk])
    shown = mona.post(address, {"genre_floor": "0.6"}, headers=PART).content.decode()
    assert "1 moves out" in shown
    assert "1 planned delivery will stop at its last check" in shown
    world.rhymes.refresh_from_db()
    assert world.rhymes.genre_floor == 0


def test_another_audience_says_what_it_would_move(mona, world) -> None:
    audience = save_audience(name="Beats", expression="genre:techno")
    address = reverse("admin:channels_channel_whatif", args=[world.rhymes_site.pk])
    shown = mona.post(address, {"audience": audience.pk}, headers=PART).content.decode()
    assert "1 moves in" in shown
    assert "1 moves out" in shown
    assert "Only rap" in shown


def test_a_floor_that_is_none_is_told(mona, world) -> None:
    address = reverse("admin:channels_spoke_whatif", args=[world.rhymes.pk])
    shown = mona.post(address, {"genre_floor": "7"}, headers=PART).content.decode()
    assert "A number from 0 to 1" in shown


# --- taste --------------------------------------------------------------------------------------


def profile_of(world: SimpleNamespace) -> str:
    return reverse("admin:channels_spoke_profile", args=[world.drums.pk])


def test_a_guard_without_a_profile_says_that_it_stops_nothing(mona, world, manager) -> None:
    site = reverse("admin:channels_channel_profile", args=[world.drums_site.pk])
    assert "a guard stops nothing so far" in mona.get(site).content.decode()
    set_profile(owner=world.drums, genres={world.techno: 0.9}, actor=manager)
    assert "a guard stops nothing so far" not in mona.get(site).content.decode()


def test_a_profile_is_not_forgotten_by_one_click(mona, world, manager) -> None:
    set_profile(owner=world.drums, genres={world.techno: 0.9}, actor=manager)
    shown = mona.get(profile_of(world)).content.decode()
    assert "What was typed in is gone then." in shown
    asked = shown.split('<details class="audience-forget">')[1].split("</details>")[0]
    assert 'name="do" value="remove"' in asked
    assert shown.count('value="remove"') == 1
    mona.post(profile_of(world), {"do": "remove"})
    assert not AudienceProfile.objects.exists()


def test_without_a_profile_the_page_says_what_it_is_for(mona, world) -> None:
    assert (
        "Nothing is known of what they listen to yet"
        in mona.get(profile_of(world)).content.decode()
    )


def test_a_manager_types_in_what_they_listen_to(mona, world) -> None:
    asked = {
        "do": "typed",
        "genre-name": ["techno", "Hip Hop", ""],
        "genre-percent": ["60", "12,5 ", ""],
        "tag-name": ["vinyl"],
        "tag-percent": ["30%"],
    }
    shown = mona.post(profile_of(world), asked, follow=True).content.decode()
    assert "Saved." in shown
    profile = AudienceProfile.objects.get(spoke=world.drums)
    assert dict(profile.genres.values_list("genre__name", "weight")) == {
        "Techno": 0.6,
        "Hip Hop": 0.125,
    }
    assert profile.tags.get().weight == 0.3
    assert "60.0 %" in shown


def test_what_is_typed_wrong_is_marked_and_nothing_is_saved(mona, world) -> None:
    asked = {
        "do": "typed",
        "genre-name": ["Tecno", "Techno", "hiphop"],
        "genre-percent": ["60", "600", "ten"],
    }
    shown = mona.post(profile_of(world), asked).content.decode()
    assert "There is nothing of this name. Did you mean Techno?" in shown
    assert shown.count("A number from 0 to 100.") == 2
    assert 'value="Tecno"' in shown
    # what is wrong comes into view
    assert 'aria-invalid="true" autofocus' in shown
    assert not AudienceProfile.objects.exists()


def test_a_file_is_shown_before_it_is_kept(mona, world) -> None:
    text = "person,artist,count\n1,Four Tet,3\n2,Four Tet,1\n2,Nobody Known,5\n"
    file = SimpleUploadedFile("heard.csv", text.encode())
    shown = mona.post(profile_of(world), {"do": "preview", "file": file}).content.decode()
    assert "2 people, 1 artist of the catalogue" in shown
    assert "Nobody Known" in shown
    assert not AudienceProfile.objects.exists()
    kept = mona.post(profile_of(world), sent_back(shown), follow=True)
    assert "Imported:" in kept.content.decode()
    assert AudienceProfile.objects.get(spoke=world.drums).people == 2


def sent_back(shown: str) -> dict[str, str]:
    """Read what the form with the yes sends."""
    text = re.search(r'<textarea name="text" hidden>(.*?)</textarea>', shown, re.DOTALL)
    people = re.search(r'name="people" value="(\d*)"', shown)
    assert text
    assert people
    return {"do": "import", "text": html.unescape(text[1]), "people": people[1]}


def test_a_file_of_many_people_is_kept_as_it_was_shown(mona, world) -> None:
    rows = "".join(f"listener-{number},Four Tet,1\n" for number in range(140_000))
    assert len(rows) > 2_500_000
    file = SimpleUploadedFile("heard.csv", f"person,artist,count\n{rows}".encode())
    shown = mona.post(profile_of(world), {"do": "preview", "file": file}).content.decode()
    assert "140,000 people" in shown
    assert "listener-7" not in shown
    mona.post(profile_of(world), sent_back(shown))
    assert AudienceProfile.objects.get(spoke=world.drums).people == 140_000


@pytest.mark.parametrize("sign", [";", "\t"])
def test_a_file_as_other_spreadsheets_write_it_is_read(mona, world, sign: str) -> None:
    text = sign.join(("person", "artist", "count")) + "\n" + sign.join(("1", "Four Tet", "3"))
    file = SimpleUploadedFile("heard.csv", text.encode())
    shown = mona.post(profile_of(world), {"do": "preview", "file": file}).content.decode()
    assert "1 person, 1 artist of the catalogue" in shown


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"person,artist,count\n1,,x\n", "line 2"),
        (b"who,what\n1,2\n", "there is no such column"),
        (b"\xff\xfe\x00", "no text in UTF-8"),
        (b"PK\x03\x04\x14\x00", "This is a spreadsheet"),
        (b"artist,count\nFour Tet,-5\n", "no whole number of 0 or more"),
        (b"person,artist,count\n", "nothing below the names of the columns"),
        (b"", "empty"),
        (b"person,artist\n" + b"1,Four Tet\n" * 800_000, "over 8 MB"),
        (b"person,artist\n1,Nobody\n", "None of these artists is in the catalogue"),
    ],
)
def test_a_faulty_file_is_refused_with_its_lines(mona, world, content: bytes, told: str) -> None:
    file = SimpleUploadedFile("heard.csv", content)
    shown = mona.post(profile_of(world), {"do": "preview", "file": file}).content.decode()
    assert told in shown
    assert not AudienceProfile.objects.exists()


def test_the_floor_is_saved_from_there(mona, world) -> None:
    mona.post(profile_of(world), {"do": "floor", "genre_floor": "0.35"})
    world.drums.refresh_from_db()
    assert world.drums.genre_floor == 0.35
    site = reverse("admin:channels_channel_profile", args=[world.drums_site.pk])
    mona.post(site, {"do": "floor", "fit_floor": ""})
    world.drums_site.refresh_from_db()
    assert world.drums_site.fit_floor is None


def test_a_channel_goes_by_the_taste_of_its_spoke(mona, world, manager) -> None:
    set_profile(owner=world.drums, genres={world.techno: 0.5}, actor=manager)
    shown = page(mona, "admin:channels_channel_profile", world.drums_site.pk)
    assert "it goes by that of" in shown


def test_those_who_only_look_get_no_forms(anton, world) -> None:
    shown = anton.get(profile_of(world)).content.decode()
    assert "Save the weights" not in shown
    assert anton.post(profile_of(world), {"do": "remove"}).status_code == 403


# --- coverage -----------------------------------------------------------------------------------


def test_coverage_tells_who_gets_what(mona, world) -> None:
    month_ago = timezone.now() - timedelta(days=30)
    Post.objects.filter(pk=world.lost.pk).update(updated_at=month_ago)
    shown = page(mona, "targeting:coverage")
    assert "1 post reaches no spoke" in shown
    assert "Accordions" in shown
    assert "2 spokes starve" in shown
    assert "Vinyl" in shown
    # of the two posts of each, one is for the other, too
    assert shown.count("--share: 50%") == 2


def test_every_line_of_coverage_leads_to_where_it_is_mended(mona, world, make_tag) -> None:
    tag = make_tag("Late Night")
    name = UnresolvedGenre.objects.create(name="jass", key="jass", first_seen_at=timezone.now())
    shown = page(mona, "targeting:coverage")
    for address in (
        reverse("admin:editorial_audiencetag_change", args=[tag.pk]),
        reverse("admin:catalogue_unresolvedgenre_change", args=[name.pk]),
        reverse("admin:channels_spoke_change", args=[world.drums.pk]),
        reverse("admin:editorial_post_route", args=[world.lost.pk]),
    ):
        assert f'href="{address}"' in shown
    begun = re.search(r'href="([^"]*expression=tag:%22Late[^"]*)"', shown)
    assert begun
    assert "tag:&quot;Late Night&quot;" in mona.get(begun[1]).content.decode()


def test_a_spoke_without_a_channel_is_no_dead_end(mona, world, make_genre, make_spoke) -> None:
    spoke = make_spoke(genre=make_genre("Zydeco"))
    answer = mona.get(reverse("admin:channels_spoke_reasons", args=[spoke.pk]), follow=True)
    assert answer.status_code == 200
    assert "This spoke has no channel yet" in answer.content.decode()


def test_coverage_of_an_empty_house_says_what_it_is_for(mona, db) -> None:
    shown = page(mona, "targeting:coverage")
    assert "No posts yet" in shown
    assert "There is no spoke yet" in shown


@pytest.mark.parametrize(
    ("name", "row", "most"),
    [
        ("targeting:coverage", "", 30),
        ("admin:channels_channel_reasons", "rhymes_site", 30),
        ("admin:channels_spoke_profile", "rhymes", 20),
        ("admin:editorial_post_route", "rap", 35),
    ],
)
def test_a_page_takes_as_many_queries_however_many_posts_there_are(
    mona, world, make_post, name: str, row: str, most: int
) -> None:
    address = reverse(name, args=[getattr(world, row).pk] if row else [])
    mona.get(address)

    def queries() -> int:
        # as what is remembered of each post is read anew
        Post.objects.update(updated_at=timezone.now())
        with CaptureQueriesContext(connection) as seen:
            mona.get(address)
        return len(seen)

    make_post("One", genres=[world.hop], tags=[world.tag])
    first = queries()
    for number in range(12):
        make_post(f"More {number}", genres=[world.hop], tags=[world.tag])
    assert queries() <= first <= most

"""Learn from what people opened: which posts a file names, what it would make, and what it kept."""

from __future__ import annotations

import html
import re
from io import StringIO
from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from content.audit.models import AuditEntry
from content.catalogue.former import note_former_slug
from content.catalogue.models import FormerSlug
from content.editorial.models import Post
from hub.console.targeting.opened import opened_by
from hub.delivery.actions import plan_delivery
from spokes.audiences.profiles.actions import set_profile
from spokes.audiences.profiles.models import AudienceProfile, ProfileGenre
from spokes.channels.links import marker_in
from spokes.channels.models import Channel
from spokes.site.models import Publication


@pytest.fixture
def world(make_genre, make_spoke, make_channel, make_post, manager, now):
    """Two spokes with a site each; four posts, of which one is planned for both sites."""
    music = make_genre("Music")
    rap, techno = make_genre("Rap", music), make_genre("Techno", music)
    rhymes, drums = make_spoke(rap), make_spoke(techno)
    made = SimpleNamespace(
        rap=rap,
        techno=techno,
        rhymes=rhymes,
        drums=drums,
        rhymes_site=make_channel(rhymes),
        drums_site=make_channel(drums),
        posts=[
            make_post("First rap", genres=[rap], cta_url="https://music.example/album/1"),
            make_post("Second rap", genres=[rap], cta_url="https://music.example/album/2"),
            make_post("First beat", genres=[techno], cta_url="https://music.example/album/3"),
            make_post("Second beat", genres=[techno], cta_url="https://music.example/album/3"),
        ],
    )

    def plan(channel):
        return plan_delivery(
            post=made.posts[0], channel=channel, due_at=now, actor=manager, by_hand=True, now=now
        )

    made.here, made.there = plan(made.rhymes_site), plan(made.drums_site)
    Post.objects.update(updated_at=timezone.now())
    return made


# --- which posts a file names -------------------------------------------------------------------


def test_a_deep_link_is_known_by_its_marker_and_counts_for_its_own_channel_alone(world) -> None:
    here = f"https://music.example/album/1?x=1&bb={world.here.marker}"
    there = f"https://music.example/album/1?bb={world.there.marker}#top"
    found = opened_by(world.rhymes)([here, there])
    assert (found.posts, found.elsewhere) == ({here: world.posts[0].pk}, {there})
    found = opened_by(world.drums_site)([here, there])
    assert (found.posts, found.elsewhere) == ({there: world.posts[0].pk}, {here})


def test_a_page_counts_for_the_spoke_on_which_it_stands(world) -> None:
    note_former_slug(kind=FormerSlug.Kind.SPOKE, slug="rhymes-of-old", now_at=world.rhymes.slug)
    own = [f"https://house.example/{world.rhymes.slug}/first-rap/", "/rhymes-of-old/second-rap"]
    others = [f"/{world.drums.slug}/first-beat/", "https://house.example/hub/first-rap/?from=mail"]
    found = opened_by(world.rhymes)([*own, *others])
    assert (list(found.posts), found.elsewhere) == (own, set(others))


def test_a_link_without_a_marker_is_known_where_one_post_alone_has_it(world) -> None:
    links = ["https://music.example/album/2", "https://music.example/album/3"]
    assert opened_by(world.rhymes)(links).posts == {links[0]: world.posts[1].pk}


def test_a_page_is_known_by_the_address_that_its_post_had(world, now) -> None:
    Publication.objects.create(
        key="old",
        spoke=world.rhymes,
        post_ref=world.posts[0].pk,
        slug="its-first-name",
        published_at=now,
        changed_at=now,
    )
    page = f"/{world.rhymes.slug}/its-first-name/"
    assert opened_by(world.rhymes)([page, "/nothing/"]).posts == {page: world.posts[0].pk}


@pytest.mark.parametrize("link", ["http://[", "plain", "https://a.example/?b=bb&c", ""])
def test_what_carries_no_marker_has_none(link: str) -> None:
    assert marker_in(link) == ""


def test_many_names_take_as_many_queries_as_one(world) -> None:
    def queries(number: int) -> int:
        names = [f"/{world.rhymes.slug}/name-{one}/?bb=m{one}" for one in range(number)]
        with CaptureQueriesContext(connection) as seen:
            opened_by(world.rhymes)(names)
        return len(seen)

    assert queries(300) == queries(1) <= 8


# --- seen before it is kept ---------------------------------------------------------------------


def profile_of(row) -> str:
    return reverse(f"admin:channels_{row._meta.model_name}_profile", args=[row.pk])


def shown_for(client, row, text: str) -> str:
    file = SimpleUploadedFile("opened.csv", text.encode())
    asked = {"do": "preview-learning", "learn-file": file}
    return " ".join(client.post(profile_of(row), asked).content.decode().split())


def text_of(shown: str) -> str:
    found = re.search(r'<textarea name="text" hidden>(.*?)</textarea>', shown, re.DOTALL)
    assert found
    return "\n".join(html.unescape(found[1]).split())


def opened(world: SimpleNamespace) -> str:
    link = f"https://music.example/album/1?bb={world.here.marker}"
    elsewhere = f"https://music.example/album/1?bb={world.there.marker}"
    rows = [(link, 20), ("second-rap", 20), ("first-beat", 6), ("second-beat", 3)]
    rows += [(elsewhere, 500), ("gone", 7)]
    return "post,count\n" + "".join(f"{name},{number}\n" for name, number in rows)


def test_the_profile_is_shown_as_it_is_and_as_it_would_be(mona, world, manager) -> None:
    set_profile(owner=world.rhymes, genres={world.techno: 0.3}, actor=manager)
    ProfileGenre.objects.create(
        profile=AudienceProfile.objects.get(), genre=world.rap, weight=0.25, origin="imported"
    )
    shown = shown_for(mona, world.rhymes, opened(world))
    assert "It rests on 49 openings of 4 posts." in shown
    assert "500 openings were on the channels of others and are left out." in shown
    assert "gone" in shown
    rows = re.findall(r'<th scope="row">(.*?)</tr>', shown)
    cells = [re.sub(r"<[^>]+>", "|", row) for row in rows]
    assert [re.split(r"[|\s]*\|\s*", cell)[:-1] for cell in cells] == [
        ["Music", "–", "100.0 %", "+100.0", "49 openings of 4 posts"],
        ["Rap", "25.0 %", "81.6 %", "+56.6", "40 openings of 2 posts"],
        ["Techno", "30.0 %", "30.0 %", "0", "Typed in: it stays."],
    ]
    assert ProfileGenre.objects.get(genre=world.rap).weight == 0.25


def test_what_is_too_little_to_say_is_told(mona, world) -> None:
    shown = shown_for(mona, world.rhymes, opened(world))
    assert "Too little to say, and left out" in shown
    little = re.search(r'<li>Techno <span class="console-faint">(.*?)</span>', shown)
    assert little
    assert little[1].strip() == "9 openings of 2 posts"


def test_what_it_would_move_is_shown_and_nothing_is_kept(mona, world) -> None:
    assert "None of its channels has an off-taste guard" in shown_for(
        mona, world.drums, "post,count\nfirst-rap,50\nsecond-rap,50\n"
    )
    Channel.objects.filter(pk=world.drums_site.pk).update(fit_floor=0.6)
    set_profile(owner=world.drums, genres={world.techno: 1}, actor=None)
    shown = shown_for(mona, world.drums, "post,count\nfirst-rap,50\nsecond-rap,50\n")
    assert "2 move out" in shown
    assert "off-taste guard" not in shown
    profile = AudienceProfile.objects.get()
    assert (profile.learnt_at, profile.genres.count()) == (None, 1)
    assert not AuditEntry.objects.filter(code="profile.learnt").exists()


def test_what_was_shown_is_what_is_kept(mona, world) -> None:
    text = text_of(shown_for(mona, world.rhymes, opened(world)))
    assert text.split() == [
        "post,count",
        "first-rap,20",
        "second-rap,20",
        "first-beat,6",
        "second-beat,3",
    ]
    kept = mona.post(profile_of(world.rhymes), {"do": "learn", "text": text}, follow=True)
    said = kept.content.decode()
    assert "Learnt: 49 openings, 4 posts, 0 artists." in said
    assert "Counted from 49 openings, until" in said
    profile = AudienceProfile.objects.get(spoke=world.rhymes)
    assert profile.genres.get(genre=world.rap).weight == pytest.approx(40 / 49)
    assert AuditEntry.objects.about(world.rhymes).filter(code="profile.learnt").exists()


def test_who_opened_it_does_not_come_back(mona, world) -> None:
    rows = [f"{slug},ann-{one}" for slug in ("first-rap", "second-rap") for one in range(6)]
    shown = shown_for(mona, world.rhymes, "\n".join(["post,listener", *rows, *rows]))
    assert "It rests on 12 openings of 2 posts by 6 people." in shown
    assert "ann-1" not in shown


def test_a_channel_sees_beside_it_the_profile_of_its_spoke(mona, world) -> None:
    set_profile(owner=world.rhymes, genres={world.rap: 0.4}, actor=None)
    shown = shown_for(mona, world.rhymes_site, opened(world))
    assert "by which this channel goes as long as it has none of its own" in shown
    assert "40.0 %" in shown


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("post,count\n,x\n", "line 2, column “count”"),
        ("title\na\n", "there is no such column"),
        ("post,count\n", "nothing below the names of the columns"),
        ("post,count\ngone,5\n", "None of these posts is known"),
        ("post,count\nfirst-rap,500\n", "too little to say anything by"),
        ("post,time\nfirst-rap,yesterday\n", "is no time; write it like"),
    ],
)
def test_a_file_that_teaches_nothing_says_why(mona, world, text: str, told: str) -> None:
    shown = shown_for(mona, world.rhymes, text)
    assert told in shown
    assert 'role="alert"' in shown
    assert not AudienceProfile.objects.exists()


def test_those_who_only_look_learn_nothing(anton, world) -> None:
    assert (
        "Learn from what people opened" not in anton.get(profile_of(world.rhymes)).content.decode()
    )
    asked = {"do": "learn", "text": "post,count\nfirst-rap,50\nsecond-rap,50\n"}
    assert anton.post(profile_of(world.rhymes), asked).status_code == 403
    assert not AudienceProfile.objects.exists()


# --- from a terminal ----------------------------------------------------------------------------


def learnt(*args: str) -> str:
    out = StringIO()
    call_command("learn_profile", *args, stdout=out)
    return out.getvalue()


def test_a_spoke_learns_from_a_terminal(world, tmp_path) -> None:
    file = tmp_path / "opened.csv"
    file.write_text(opened(world), encoding="utf-8")
    assert "nothing was kept" in learnt(world.rhymes.slug, str(file), "--dry-run")
    assert not AudienceProfile.objects.exists()
    said = learnt(world.rhymes.slug, str(file))
    assert "49 openings, 4 posts" in said
    assert "500 openings on the channels of others: left out" in said
    assert "no post of ours, opened 7 times: gone" in said
    assert " 81.6%        40      2  Rap" in said
    assert "Too little to say, and left out: Techno" in said
    assert AudienceProfile.objects.get(spoke=world.rhymes).people == 49


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\xff\xfe\x00", "no text in UTF-8"),
        (b"post,count\na,x\n", "line 2, column “count”"),
        (None, "can't be read"),
    ],
)
def test_what_a_terminal_can_not_learn_from_is_told(world, tmp_path, content, told: str) -> None:
    file = tmp_path / "opened.csv"
    if content:
        file.write_bytes(content)
    with pytest.raises(CommandError, match=told):
        learnt(world.rhymes.slug, str(file))
    with pytest.raises(CommandError, match="no spoke with the slug"):
        learnt("nowhere", str(file))

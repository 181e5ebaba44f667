from __future__ import annotations

import io
import json
from datetime import UTC, datetime

import pytest
from django.core.management import CommandError, call_command

from spokes.audiences.language.parser import MAX_DEPTH
from spokes.audiences.profiles.models import AudienceProfile, Origin, ProfileGenre

GERMAN = "its language is en, not de"


@pytest.fixture
def explain():
    def run(*arguments: str) -> str:
        out = io.StringIO()
        call_command("explain_route", *arguments, stdout=out)
        return out.getvalue()

    return run


@pytest.fixture
def post(make_post, make_genre, make_spoke, make_channel, make_audience):
    techno = make_genre("Techno")
    make_channel(make_spoke(techno), slug="techno-site")
    make_channel(slug="hub-site", audience=make_audience("Tours", "kind:tour OR lang:de"))
    return make_post("Warehouse night", genres=[techno])


def test_the_table_tells_every_channel_with_its_reason(explain, post):
    assert explain("warehouse-night").splitlines() == [
        f"Warehouse night (post {post.pk}, warehouse-night)",
        "genres: Techno 100% (picked by the editor)",
        "hub-site     no   not for “Tours”: its kind is feature, not tour; " + GERMAN,
        "techno-site  yes  genre: Techno",
        "1 of 2 channels take it.",
    ]


def test_a_post_is_found_by_its_id_too(explain, post):
    assert explain(str(post.pk)) == explain(post.slug)


def test_a_number_may_be_a_slug(explain, make_post):
    post = make_post("1999")
    assert f"post {post.pk}," in explain("1999")


def test_one_channel_may_be_asked_for(explain, post):
    output = explain(post.slug, "--channel", "techno-site")
    assert "techno-site" in output
    assert "hub-site" not in output


def test_the_parts_are_indented_below_their_channel(explain, post):
    lines = explain(post.slug, "--channel", "hub-site", "--parts").splitlines()
    assert [line.strip() for line in lines[3:6]] == [
        "- OR",
        "- kind:tour  (its kind is feature, not tour)",
        "- lang:de  (its language is en, not de)",
    ]


def test_json_has_the_codes_for_machines(explain, post):
    answer = json.loads(explain(post.slug, "--json"))
    assert answer["post"]["slug"] == "warehouse-night"
    assert [(route["channel"], route["goes"], route["code"]) for route in answer["routes"]] == [
        ("hub-site", False, "not_wanted"),
        ("techno-site", True, "wanted"),
    ]


def test_the_numbers_stand_below_the_terms(
    explain, make_post, make_genre, make_spoke, make_channel
):
    techno = make_genre("Techno")
    spoke = make_spoke(techno, genre_floor=0.25)
    profile = AudienceProfile.objects.create(spoke=spoke, people=0)
    ProfileGenre.objects.create(profile=profile, genre=techno, weight=1, origin=Origin.TYPED)
    make_channel(spoke, fit_floor=0.1)
    post = make_post(genres=[techno], embargo_until=datetime(2999, 1, 1, tzinfo=UTC))
    lines = [line.strip() for line in explain(post.slug, "--parts").splitlines()]
    assert "share of the spoke's genre: 1.00 (0.25 is asked for)" in lines
    assert any(line.startswith("fit: ") and "(0.10 is asked for)" in line for line in lines)
    assert any("theirs: " in line for line in lines)
    assert "! under embargo until 2999-01-01 00:00 UTC" in lines


@pytest.mark.parametrize("way", ["--json", "--parts"])
def test_the_deepest_tree_is_told_too(explain, make_post, make_channel, make_audience, way):
    text = "kind:tour"
    for depth in range(MAX_DEPTH):
        text = f"({text}) {'AND' if depth % 2 else 'OR'} kind:feature"
    make_channel(audience=make_audience("Deep", text))
    assert explain(make_post().slug, way).count("kind:feature") >= MAX_DEPTH


@pytest.mark.parametrize("name", ["nothing-here", "0", "9" * 40, "²"])
def test_an_unknown_post_is_said_to_be_unknown(explain, db, name):
    with pytest.raises(CommandError, match=f"id or slug “{name}”"):
        explain(name)


def test_an_unknown_channel_is_said_to_be_unknown(explain, post):
    with pytest.raises(CommandError, match="slug “nowhere”"):
        explain(post.slug, "--channel", "nowhere")

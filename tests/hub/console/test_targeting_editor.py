"""The field of an expression helps while one types: faults with their mending, words, an answer."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from content.catalogue.models import Genre
from content.editorial.models import Post
from hub.console.targeting.fixes import fixes_of
from hub.console.targeting.sentences import sentence
from spokes.audiences.actions import save_audience
from spokes.audiences.language import check, parse
from spokes.audiences.models import Audience

CHECK, COMPLETE, ANSWER = (
    f"admin:audiences_audience_{name}" for name in ("check", "complete", "answer")
)

PART = {"X-Requested-With": "fetch"}


@pytest.fixture
def words(make_genre, make_tag, make_artist) -> None:
    hop = make_genre("Hip Hop", make_genre("Music"))
    make_genre("Techno")
    for name in ("UK", "Festival"):
        make_tag(name)
    make_artist("Four Tet", hop)


def mended(text: str) -> list[str]:
    """Give what each fix of each error makes of the text."""
    made = []
    for error in check(text).errors:
        made += [text[: fix.start] + fix.text + text[fix.end :] for fix in fixes_of(error, text)]
    return made


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("gener:techno", "genre:techno"),
        ("genre:tecno", "genre:Techno"),
        ("genre:(tecno OR hip-hop)", "genre:(Techno OR hip-hop)"),
        ("tag:festval AND genre:techno", "tag:Festival AND genre:techno"),
        ("genre:techno and tag:uk", "genre:techno AND tag:uk"),
        ("genre:techno && tag:uk", "genre:techno AND tag:uk"),
        ("genre:techno tag:uk", "genre:techno AND tag:uk"),
        ("genre:techno tag:uk", "genre:techno OR tag:uk"),
        ("(genre:techno OR tag:uk", "(genre:techno OR tag:uk)"),
        ("genre:techno OR tag:uk)", "genre:techno OR tag:uk"),
        ("genre:techno AND", "genre:techno "),
        ('genre:"hip hop', 'genre:"hip hop"'),
        ("genre:“hip hop”", 'genre:"hip hop"'),
        ("festival", "tag:festival"),
        ("techno or festival", "genre:techno OR tag:festival"),
        ("genre:hip hop", 'genre:"hip hop"'),
        ("genre:techno, hip-hop", "genre:techno OR genre:hip-hop"),
        ("genre:techno|hip-hop", "genre:(techno OR hip-hop)"),
        ("genre:(techno hip-hop)", "genre:(techno OR hip-hop)"),
        ("released:>2020", "year:>2020"),
        ("year>2020", "year:>2020"),
        ("year:2020+", "year:>=2020"),
        ("year:2021-2024", "year:2021..2024"),
        ("lang:english", "lang:en"),
        ("genre:techno AND kind:releases", "genre:techno AND kind:release"),
        ("genre: techno", "genre:techno"),
        ("market:UK", "market:GB"),
        ("genre:techno*", "genre:techno"),
        ("genre:techno AND -tag:uk", "genre:techno AND NOT tag:uk"),
        ("genre = techno", "genre:techno"),
        ("tag == festival", "tag:festival"),
        ("kind:tour AND tag:uk OR tag:festival", "(kind:tour AND tag:uk) OR tag:festival"),
        ("kind:tour AND tag:uk OR tag:festival", "kind:tour AND (tag:uk OR tag:festival)"),
        ("kind:tour and tag:uk OR tag:festival", "(kind:tour AND tag:uk) OR tag:festival"),
    ],
)
def test_one_click_mends_it(words, text: str, right: str) -> None:
    assert right in mended(text)
    assert check(right).expression is not None


@pytest.mark.parametrize("text", ["", "()", "NOT tag:uk", ":techno", "genre:", "\x00", "(" * 300])
def test_no_mending_makes_it_worse(words, text: str) -> None:
    before = len(check(text).errors)
    assert all(len(check(made).errors) <= before for made in mended(text))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("genre:techno", "Posts of Techno (or below it)."),
        ("tag:uk OR tag:festival", "Posts tagged UK or Festival."),
        (
            'genre:"hip hop" AND (tag:uk OR tag:festival) AND NOT explicit:yes',
            "Posts of Hip Hop (or below it), tagged UK or Festival, and not marked explicit.",
        ),
        (
            "lang:pt-BR AND market:DE",
            "Posts in Portuguese (Brazil), and that may be shown in Germany.",
        ),
        ('artist:"four tet" OR kind:tour', "Posts about Four Tet or of the kind tour."),
    ],
)
def test_it_is_said_in_words(words, text: str, said: str) -> None:
    assert sentence(parse(text)) == said


def test_all_that_is_wrong_is_told_with_its_place(mona: Client, words) -> None:
    told = mona.post(reverse(CHECK), {"expression": "gener:techno and tag:festval"}).json()
    assert [(one["code"], one["start"]) for one in told["errors"]] == [
        ("unknown_field", 0),
        ("lowercase_operator", 13),
        ("unknown_tag", 21),
    ]
    assert told["errors"][0]["fixes"][0]["text"] == "genre"
    assert told["sentence"] == ""


def test_what_is_right_is_said_and_formatted(mona: Client, words) -> None:
    told = mona.post(reverse(CHECK), {"expression": "( genre:techno )"}).json()
    assert told["errors"] == []
    assert told["formatted"] == "genre:techno"
    assert told["sentence"] == "Posts of Techno (or below it)."


@pytest.mark.parametrize("cursor", ["2", "", "-1", "9" * 40, "nothing"])
def test_completion_takes_any_place(mona: Client, words, cursor: str) -> None:
    told = mona.post(reverse(COMPLETE), {"expression": "ge", "cursor": cursor}).json()
    assert {"start", "end", "options"} == told.keys()


def test_completion_offers_fields(mona: Client, words) -> None:
    told = mona.post(reverse(COMPLETE), {"expression": "ge", "cursor": "2"}).json()
    assert "genre:" in [one["insert"] for one in told["options"]]


@pytest.fixture
def posts(words, make_post) -> dict[str, Any]:
    techno = Genre.objects.get(name="Techno")
    hop = Genre.objects.get(name="Hip Hop")
    made = {
        "Drums": make_post("Drums", genres=[techno]),
        "Loud drums": make_post("Loud drums", genres=[techno], explicit=True),
        "Rhymes": make_post("Rhymes", genres=[hop], explicit=True),
    }
    Post.objects.update(updated_at=timezone.now())
    return made


def test_the_page_answers_for_what_is_typed(mona: Client, posts) -> None:
    page = mona.post(
        reverse(ANSWER), {"expression": "genre:techno"}, headers={"X-Requested-With": "fetch"}
    )
    shown = page.content.decode()
    assert "<b>2</b> of 3 posts" in shown
    assert 'value="67"' in shown
    assert "Newest that match" in shown
    assert "Just missed" in shown
    assert "<html" not in shown


def test_without_scripts_the_answer_is_a_page(mona: Client, posts) -> None:
    page = mona.post(reverse(ANSWER), {"expression": "genre:tecno"}).content.decode()
    assert "<html" in page
    assert "Did you mean genre:Techno?" in page
    # the place is told in the text's own words, and what is written is not asked for
    assert '<span class="audience-place">tecno</span>' in page
    assert "Write an expression, and here" not in page


def test_an_answer_of_nothing_blames_no_operator_that_is_not_there(mona: Client, posts) -> None:
    def answer(text: str) -> str:
        asked = {"expression": text}
        return mona.post(reverse(ANSWER), asked, headers=PART).content.decode()

    assert "It takes nothing." in answer("year:>2100")
    assert "joined with AND" not in answer("year:>2100")
    assert "joined with AND" in answer("genre:techno AND year:>2100")


def test_a_name_like_no_other_still_has_a_way_on(mona: Client, words) -> None:
    told = mona.post(reverse(CHECK), {"expression": "genre:Müsik-die-es-nicht-gibt"}).json()
    assert [error["code"] for error in told["errors"]] == ["unknown_genre"]
    assert "Ctrl+Space offers the genres" in told["errors"][0]["hint"]


def test_a_long_word_is_not_said_again_and_again(mona: Client, words) -> None:
    [error] = mona.post(reverse(CHECK), {"expression": "x" * 8000}).json()["errors"]
    assert len(error["message"]) < 200
    assert len(error["hint"]) < 200
    assert len(error["fixes"][0]["label"]) < 200
    assert error["fixes"][0]["text"] == f"tag:{'x' * 8000}"


def test_one_side_of_an_or_that_only_forbids_is_named(mona: Client, words) -> None:
    told = mona.post(reverse(CHECK), {"expression": "genre:techno OR NOT tag:uk"}).json()
    assert "One side of this OR" in told["errors"][0]["message"]


def test_a_fault_is_marked_where_it_is_saved_without_scripts(mona: Client, words) -> None:
    page = mona.post(
        reverse("admin:audiences_audience_add"), {"name": "Ears", "expression": "tag:festval"}
    ).content.decode()
    assert "expression-fault" in page
    assert not Audience.objects.exists()


def test_the_page_of_an_audience_takes_few_queries(mona: Client, posts) -> None:
    audience = save_audience(name="Ears", expression="genre:techno AND explicit:no")
    address = reverse("admin:audiences_audience_change", args=[audience.pk])
    mona.get(address)
    with CaptureQueriesContext(connection) as seen:
        assert mona.get(address).status_code == 200
    assert len(seen) <= 30


def test_the_list_says_where_each_audience_is_used(mona: Client, posts, make_channel) -> None:
    address = reverse("admin:audiences_audience_changelist")
    save_audience(name="Nobodys", expression="genre:techno")
    ears = save_audience(name="Ears", expression="genre:techno")
    channels = [make_channel(audience=ears)]
    mona.get(address)
    with CaptureQueriesContext(connection) as few:
        page = mona.get(address).content.decode()
    assert str(channels[0]) in page
    assert "nowhere yet" in page
    channels += [make_channel(audience=ears) for _ in range(6)]
    with CaptureQueriesContext(connection) as many:
        page = mona.get(address).content.decode()
    assert "4 more" in page
    assert len(many) == len(few)


def test_saving_says_what_would_move(mona: Client, posts, make_channel) -> None:
    audience = save_audience(name="Ears", expression="genre:techno")
    channel = make_channel(audience=audience)
    asked = {"expression": "genre:techno AND explicit:no", "audience": audience.pk}
    page = mona.post(reverse(ANSWER), asked, headers={"X-Requested-With": "fetch"}).content.decode()
    assert "If you save this" in page
    assert "1 moves out" in page
    assert str(channel) in page
    audience.refresh_from_db()
    assert audience.expression == "genre:techno"

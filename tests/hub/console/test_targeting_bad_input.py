"""What is typed too long, too deep, gone, circular or void is told by the form and the answer."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from content.catalogue.actions import rename_genre
from content.catalogue.models import Genre
from content.editorial.models import AudienceTag, Post
from spokes.audiences.actions import save_audience
from spokes.audiences.models import Audience

CHECK, COMPLETE, ANSWER, ADD = (
    f"admin:audiences_audience_{name}" for name in ("check", "complete", "answer", "add")
)
PART = {"X-Requested-With": "fetch"}
MOST_TERMS, DEEPEST, LONGEST = 400, 200, 8000


@pytest.fixture
def posts(make_post, make_genre) -> None:
    make_post("Drums", genres=[make_genre("Techno")], kind="tour")
    make_post("Rhymes", genres=[make_genre("Hip Hop")], kind="video")
    Post.objects.update(updated_at=timezone.now())


def terms(number: int) -> str:
    return " OR ".join(["kind:tour", *(f"year:{1900 + place}" for place in range(number - 1))])


def nested(depth: int) -> str:
    return "(" * (depth - 1) + "kind:tour" + ")" * (depth - 1)


def long(length: int) -> str:
    return "kind:tour".ljust(length - len("OR kind:video")) + "OR kind:video"


FITTING = {"terms": terms(MOST_TERMS), "depth": nested(DEEPEST), "length": long(LONGEST)}
TOO_MUCH = {
    "too_many_terms": terms(MOST_TERMS + 1),
    "too_deep": nested(DEEPEST + 2),
    "too_long": long(LONGEST + 1),
}


def sent(mona: Client, text: str) -> str:
    """Send the form; give the page where it came back."""
    page = mona.post(reverse(ADD), {"name": "Ears", "expression": text, "note": ""})
    return page.content.decode() if page.status_code == 200 else ""


def answered(mona: Client, text: str, audience: Audience | None = None) -> str:
    """Ask for the part of the page that answers while one types."""
    asked = {"expression": text, "audience": audience.pk if audience else ""}
    page = mona.post(reverse(ANSWER), asked, headers=PART)
    assert page.status_code == 200
    return page.content.decode()


def checked(mona: Client, text: str, audience: Audience | None = None) -> dict[str, list[str]]:
    """Give the codes of what the field's script marks."""
    asked = {"expression": text, "audience": audience.pk if audience else ""}
    told = mona.post(reverse(CHECK), asked).json()
    return {kind: [one["code"] for one in told[kind]] for kind in ("errors", "warnings")}


@pytest.mark.parametrize("text", FITTING.values(), ids=FITTING)
def test_the_most_that_is_read_is_answered_and_saved(mona: Client, posts, text: str) -> None:
    assert checked(mona, text)["errors"] == []
    assert "of 2 posts" in answered(mona, text)
    assert sent(mona, text) == ""
    kept = Audience.objects.get()
    assert kept.expression == text
    page = mona.get(reverse("admin:audiences_audience_change", args=[kept.pk]))
    assert page.status_code == 200


@pytest.mark.parametrize("code", TOO_MUCH)
def test_one_more_is_refused_in_words(mona: Client, posts, code: str) -> None:
    text = TOO_MUCH[code]
    assert checked(mona, text)["errors"] == [code]
    assert "Matches" not in answered(mona, text)
    assert "errorlist" in sent(mona, text) or "expression-fault" in sent(mona, text)
    assert not Audience.objects.exists()


@pytest.mark.parametrize("text", ["(" * 1_000_000, "tag:x " * 200_000, "\x00", "NOT " * 2_000])
def test_what_no_person_types_ends_no_page(mona: Client, posts, text: str) -> None:
    assert checked(mona, text)["errors"]
    assert "Matches" not in answered(mona, text)
    assert sent(mona, text)
    assert mona.post(reverse(ANSWER), {"expression": text}).status_code == 200


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("explicit:yes OR explicit:no", "matches_everything", "It takes everything."),
        ("kind:tour AND kind:video", "matches_nothing", "It takes nothing."),
    ],
)
def test_all_and_nothing_are_warned_of_and_may_be_saved(
    mona: Client, posts, text: str, code: str, said: str
) -> None:
    told = checked(mona, text)
    assert told["errors"] == []
    assert code in told["warnings"]
    assert said in answered(mona, text)
    assert sent(mona, text) == ""
    kept = Audience.objects.get()
    page = mona.get(reverse("admin:audiences_audience_change", args=[kept.pk]))
    assert said in page.content.decode()


def test_a_circle_is_refused_everywhere(mona: Client, posts) -> None:
    inner = save_audience(name="Inner", expression="kind:tour")
    save_audience(name="Outer", expression="audience:inner")
    text = "audience:outer OR kind:video"
    assert checked(mona, text, inner)["errors"] == ["audience_cycle"]
    assert "Matches" not in answered(mona, text, inner)
    address = reverse("admin:audiences_audience_change", args=[inner.pk])
    page = mona.post(address, {"name": "Inner", "expression": text, "note": ""})
    assert "it would go round for ever" in page.content.decode()
    inner.refresh_from_db()
    assert inner.expression == "kind:tour"


def test_the_form_has_the_new_name_and_the_answer_is_the_same(mona: Client, posts) -> None:
    audience = save_audience(name="Ears", expression='genre:"Hip Hop"')
    rename_genre(genre=Genre.objects.get(name="Hip Hop"), name="Rap Music")
    page = mona.get(reverse("admin:audiences_audience_change", args=[audience.pk]))
    shown = page.content.decode()
    assert "Rap Music" in shown
    assert "<b>1</b> of 2 posts" in shown
    assert "Rhymes" in shown


def test_a_genre_that_is_gone_is_told_on_every_page(mona: Client, posts, make_channel) -> None:
    audience = save_audience(name="Ears", expression="genre:techno OR kind:video")
    channel = make_channel(audience=audience)
    Genre.objects.get(name="Techno").delete()
    address = reverse("admin:audiences_audience_change", args=[audience.pk])
    assert mona.get(address).status_code == 200
    text = audience.expression
    assert checked(mona, text, audience)["errors"] == ["unknown_genre"]
    assert "Matches" not in answered(mona, text, audience)
    page = mona.post(address, {"name": "Ears", "expression": text, "note": "New"})
    assert "expression-fault" in page.content.decode()
    reasons = mona.get(reverse("admin:channels_channel_reasons", args=[channel.pk]))
    assert "The genre “Techno” was deleted." in reasons.content.decode()
    mended = mona.post(address, {"name": "Ears", "expression": "kind:video", "note": ""})
    assert mended.status_code == 302


def test_among_many_tags_the_field_asks_for_few(
    mona: Client, posts, django_assert_max_num_queries
) -> None:
    AudienceTag.objects.bulk_create(
        AudienceTag(name=f"Tag {number}", key=f"tag{number}", slug=f"tag-{number}", meaning="x")
        for number in range(5_000)
    )
    text = "tag:tag-1 OR tag:tag1999* OR tag:tagg"
    with django_assert_max_num_queries(12):
        assert checked(mona, text)["errors"] == ["unknown_tag"]
    with django_assert_max_num_queries(8):
        told = mona.post(reverse(COMPLETE), {"expression": "tag:tag19", "cursor": "9"}).json()
    assert 0 < len(told["options"]) <= 12
    assert "expression-fault" in sent(mona, text)
    assert "of 2 posts" in answered(mona, "tag:tag-1 OR tag:tag1999*")

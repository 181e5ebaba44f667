"""Of thousands of channels the page that schedules a post offers some; all of them can be had."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from content.editorial.models import Post
from hub.console.views import schedule_choice
from hub.delivery.models import Delivery
from spokes.audiences.actions import save_audience
from spokes.channels.models import Channel


@pytest.fixture
def post(make_genre, make_spoke, make_post, monkeypatch) -> Post:
    """Two spokes: twelve channels take the post, six do not; three of those that do are offered."""
    monkeypatch.setattr(schedule_choice, "MOST_CHANNELS", 10)
    monkeypatch.setattr(schedule_choice, "OFFERED", 3)
    monkeypatch.setattr(schedule_choice, "UNWANTED", 2)
    techno = make_genre("Techno")
    spokes = [make_spoke(techno, name="Machines"), make_spoke(make_genre("Polka"), name="Barn")]
    wanting = save_audience(name="Tours", expression="kind:tour")
    refusing = save_audience(name="Videos", expression="kind:video")
    Channel.objects.bulk_create(
        Channel(
            name=f"Stage {place:02}",
            slug=f"stage-{place:02}",
            network="site",
            spoke=spokes[place % 2],
            audience=wanting if place < 12 else refusing,
        )
        for place in range(18)
    )
    found: Post = make_post(kind="tour", genres=[techno], state="approved")
    return found


def page_of(post) -> str:
    return reverse("admin:editorial_post_schedule", args=[post.pk])


def shown(mona: Client, post, **asked) -> str:
    page = mona.get(page_of(post), asked)
    assert page.status_code == 200
    return page.content.decode()


def ticks(page: str) -> dict[str, bool]:
    """Give the channels that are offered, and which of them are ticked."""
    boxes = re.findall(r'name="channels" value="(\d+)"\s*(checked)?', page)
    names = dict(Channel.objects.values_list("pk", "name"))
    return {names[int(pk)]: bool(checked) for pk, checked in boxes}


def sent(page: str) -> dict[str, object]:
    """Read the form as a browser would send it."""
    form = page[page.index('<form method="get"') :]
    found: dict[str, object] = {
        "channels": re.findall(r'name="channels" value="(\d+)"\s*checked', form)
    }
    for name in ("offered", "asked"):
        found[name] = re.findall(f'name="{name}" value="([^"]*)"', form)[0]
    if re.search(r'name="rest" value="1"( checked|>)', form):
        found["rest"] = "1"
    return found


def on_channels(post) -> set[str]:
    return set(Delivery.objects.filter(post=post).values_list("channel__name", flat=True))


def test_some_are_offered_and_the_others_are_one_tick(mona: Client, post):
    page = shown(mona, post)
    assert ticks(page) == {"Stage 00": True, "Stage 01": True, "Stage 02": True}
    assert "And 9 more channels that want it" in page
    assert "6 channels don’t want it" in page
    assert "and 4 more, which you find by name above" in page


def test_as_it_opens_it_goes_to_all_that_want_it(mona: Client, post):
    answers = {**sent(shown(mona, post)), "when": "now"}
    page = shown(mona, post, **answers)
    assert "and 9 more channels that want it" in page
    confirm = page[page.index('id="plan"') :].partition("</form>")[0]
    hidden = re.findall(r'name="(\w+)" value="([^"]*)"', confirm)
    kept: dict[str, list[str]] = {}
    for name, value in hidden:
        kept.setdefault(name, []).append(value)
    mona.post(page_of(post), kept)
    assert on_channels(post) == {f"Stage {place:02}" for place in range(12)}


def test_what_is_not_ticked_is_left_out(mona: Client, post):
    answers = sent(shown(mona, post))
    _, *others = answers["channels"]
    mona.post(page_of(post), {**answers, "channels": others, "when": "now"})
    assert on_channels(post) == {f"Stage {place:02}" for place in range(1, 12)}


def test_the_others_stay_away_without_their_tick(mona: Client, post):
    answers = sent(shown(mona, post))
    del answers["rest"]
    mona.post(page_of(post), {**answers, "when": "now"})
    assert on_channels(post) == {"Stage 00", "Stage 01", "Stage 02"}


def test_any_channel_is_found_by_its_name(mona: Client, post):
    answers = sent(shown(mona, post))
    page = shown(mona, post, **{**answers, "q": "stage 11", "when": "at", "time": "09:30"})
    assert ticks(page)["Stage 11"]
    assert 'id="plan"' not in page
    assert "09:30" in page
    answers = sent(page)
    eleven = str(Channel.objects.get(name="Stage 11").pk)
    kept = [pk for pk in answers["channels"] if pk != eleven]
    page = shown(mona, post, **{**answers, "channels": kept, "q": "stage 17", "when": "now"})
    assert "Stage 17</b>" in page
    assert "not for “Videos”" in page
    mona.post(page_of(post), {**sent(page), "when": "now"})
    assert on_channels(post) == {f"Stage {place:02}" for place in range(11)}


def test_a_channel_found_while_the_others_stay_away_is_not_ticked(mona: Client, post):
    answers = sent(shown(mona, post))
    del answers["rest"]
    page = shown(mona, post, **{**answers, "q": "barn", "when": "now"})
    found = ticks(page)
    assert found["Stage 03"] is False
    assert found["Stage 00"] is True
    assert "is in the names of 9 channels or their spokes" in page


def test_a_channel_that_does_not_want_it_can_not_be_chosen(mona: Client, post):
    refusing = Channel.objects.get(name="Stage 17")
    mona.post(page_of(post), {"channels": [refusing.pk], "when": "now"})
    assert on_channels(post) == set()


def test_a_house_that_fits_on_a_page_has_neither_search_nor_rest(mona: Client, post, monkeypatch):
    monkeypatch.setattr(schedule_choice, "MOST_CHANNELS", 18)
    page = shown(mona, post)
    assert len(ticks(page)) == 12
    assert 'name="q"' not in page
    assert 'name="rest"' not in page


def test_more_channels_take_no_more_queries(mona: Client, post):
    def count() -> int:
        with CaptureQueriesContext(connection) as seen:
            shown(mona, post)
        return len(seen)

    count()
    before = count()
    Channel.objects.bulk_create(
        Channel(name=f"More {place}", slug=f"more-{place}", network="site") for place in range(40)
    )
    count()
    assert count() == before

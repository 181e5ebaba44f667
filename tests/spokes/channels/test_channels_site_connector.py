from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from content.catalogue.models import Genre
from content.editorial.models import Post, Variant
from content.media.models import Asset
from spokes.channels.connectors.base import (
    Envelope,
    Letter,
    NotThere,
    Refused,
    RetryAfter,
    Sent,
    Trace,
)
from spokes.channels.connectors.site.connector import SiteConnector
from spokes.channels.exceptions import ContentRefused
from spokes.site.models import Facet, Publication

Make = Callable[..., Any]


@pytest.fixture
def hub_site(make_channel: Make) -> SiteConnector:
    return SiteConnector(make_channel(slug="hub-site"))


@pytest.fixture
def techno(make_genre: Make) -> Genre:
    genre: Genre = make_genre("Techno", make_genre("Electronic", make_genre("Music")))
    return genre


@pytest.fixture
def techno_site(techno: Genre, make_spoke: Make, make_channel: Make) -> SiteConnector:
    return SiteConnector(make_channel(make_spoke(techno)))


@pytest.fixture
def make_techno_post(techno: Genre, make_post: Make, make_artist: Make, make_tag: Make) -> Make:
    """Make a post with one genre, one artist and one tag."""
    artist, tag = make_artist("Jeff"), make_tag("UK")

    def make(title: str = "", **fields: Any) -> Post:
        post: Post = make_post(title, genres=[techno], artists=[artist], tags=[tag], **fields)
        return post

    return make


def trace_of(letter: Letter, now: datetime) -> Trace:
    return Trace(key=letter.key, marker="m", payload=letter.payload, first_sent_at=now)


def facets(publication: Publication) -> set[str]:
    return {str(facet) for facet in publication.facets.all()}


def standing() -> list[Publication]:
    return list(Publication.objects.standing())


# --- prepare --------------------------------------------------------------------------------


def test_preparing_a_loaded_post_asks_the_database_nothing(
    hub_site: SiteConnector, envelope: Envelope, make_techno_post: Make, now: datetime
) -> None:
    post = make_techno_post(hero=picture(now))
    Variant.objects.create(post=post, target="network:site", title="On the site")
    loaded = Post.objects.with_content().get(pk=post.pk)
    with CaptureQueriesContext(connection) as queries:
        payload = hub_site.prepare(loaded, envelope)
    assert not queries.captured_queries
    assert payload["title"] == "On the site"


def picture(now: datetime) -> Asset:
    return Asset.objects.create(
        title="Stage",
        file="assets/stage.jpg",
        width=800,
        height=600,
        checksum="c" * 64,
        alt_text="A stage at night",
        credit="Ada",
        focal_x=0.25,
        uploaded_at=now,
    )


def test_the_hero_goes_along_with_its_words_and_its_focus(
    hub_site: SiteConnector, write_letter: Make, make_post: Make, now: datetime
) -> None:
    hero = picture(now)
    letter = write_letter(hub_site, make_post(hero=hero))
    assert letter.payload["hero"] == {
        "asset": hero.pk,
        "url": "/media/assets/stage.jpg",
        "width": 800,
        "height": 600,
        "alt": "A stage at night",
        "credit": "Ada",
        "focal_x": 0.25,
        "focal_y": 0.5,
        "renditions": {},
    }


def test_the_deep_link_carries_the_marker(
    hub_site: SiteConnector, envelope: Envelope, make_post: Make
) -> None:
    post = make_post(cta_url="https://listen.example.org/a?x=1")
    payload = hub_site.prepare(post, envelope)
    assert payload["cta_url"] == "https://listen.example.org/a?x=1&bb=m0"


def test_a_teaser_only_post_keeps_its_body_to_itself(
    hub_site: SiteConnector, envelope: Envelope, make_post: Make
) -> None:
    payload = hub_site.prepare(make_post(teaser_only=True), envelope)
    assert payload["body_html"] == ""


def test_genres_come_by_their_share(
    hub_site: SiteConnector, write_letter: Make, make_post: Make, make_genre: Make
) -> None:
    post = make_post(genres=[make_genre("Ambient"), make_genre("Dub")])
    post.post_genres.filter(genre__name="Dub").update(share=0.9)
    letter = write_letter(hub_site, post)
    assert [genre["slug"] for genre in letter.payload["genres"]] == ["dub", "ambient"]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"title": " ", "slug": "s"}, "no title"),
        ({"cta_url": "ftp://files.example"}, "deep link"),
    ],
)
def test_a_post_that_makes_no_page_is_refused_in_words(
    hub_site: SiteConnector, envelope: Envelope, make_post: Make, fields: Any, words: str
) -> None:
    with pytest.raises(ContentRefused, match=words):
        hub_site.prepare(make_post(**fields), envelope)


# --- commit ---------------------------------------------------------------------------------


def test_a_publication_shows_what_was_prepared(
    techno_site: SiteConnector, write_letter: Make, make_techno_post: Make, now: datetime
) -> None:
    post = make_techno_post("Minus", expires_at=now, explicit=True)
    letter = write_letter(techno_site, post)
    Post.objects.filter(pk=post.pk).update(title="Changed since")
    with override_settings(SITE_URL="https://music.example"):
        outcome = techno_site.commit(letter)
    publication = Publication.objects.get()
    assert outcome == Sent(str(publication.pk), "https://music.example/techno/minus/")
    assert publication.spoke == techno_site.channel.spoke
    assert publication.title == "Minus"
    assert publication.post_ref == post.pk
    assert publication.artists == [{"name": "Jeff", "slug": "jeff"}]
    assert publication.expires_at == now
    assert publication.explicit
    assert publication.published_at == publication.changed_at


def test_a_publication_of_the_hub_has_no_spoke(
    hub_site: SiteConnector, write_letter: Make, make_post: Make
) -> None:
    outcome = hub_site.commit(write_letter(hub_site, make_post("Minus")))
    assert isinstance(outcome, Sent)
    assert outcome.url.endswith("/hub/minus/")


def test_a_publication_is_found_under_its_genre_and_all_above(
    hub_site: SiteConnector, write_letter: Make, make_techno_post: Make
) -> None:
    hub_site.commit(write_letter(hub_site, make_techno_post()))
    assert facets(Publication.objects.get()) == {
        "artist:jeff",
        "genre:techno",
        "genre:electronic",
        "genre:music",
        "tag:uk",
    }


def test_the_same_key_publishes_once(
    hub_site: SiteConnector, write_letter: Make, make_post: Make
) -> None:
    letter = write_letter(hub_site, make_post())
    first, second = hub_site.commit(letter), hub_site.commit(letter)
    assert first == second
    assert Publication.objects.count() == 1


def test_the_same_key_twice_in_a_batch_publishes_once(
    hub_site: SiteConnector, write_letter: Make, make_post: Make
) -> None:
    letter = write_letter(hub_site, make_post())
    first, second = hub_site.commit_many([letter, letter])
    assert isinstance(first, Sent)
    assert first == second


def test_a_key_that_was_withdrawn_is_not_published_again(
    hub_site: SiteConnector, write_letter: Make, make_post: Make
) -> None:
    letter = write_letter(hub_site, make_post())
    sent = hub_site.commit(letter)
    assert isinstance(sent, Sent)
    hub_site.withdraw(Letter(key="w", payload={}, remote_id=sent.remote_id))
    assert hub_site.commit(letter) == sent
    assert not standing()


def test_a_live_post_is_not_published_again_under_another_key(
    hub_site: SiteConnector, write_letter: Make, make_post: Make
) -> None:
    post = make_post()
    first, second = hub_site.commit_many(
        [write_letter(hub_site, post), write_letter(hub_site, post)]
    )
    third = hub_site.commit(write_letter(hub_site, post))
    assert isinstance(first, Sent)
    assert isinstance(second, Refused)
    assert isinstance(third, Refused)


def test_a_withdrawn_post_may_be_published_again_at_its_old_address(
    hub_site: SiteConnector, write_letter: Make, make_post: Make
) -> None:
    post = make_post()
    first = hub_site.commit(write_letter(hub_site, post))
    assert isinstance(first, Sent)
    hub_site.withdraw(Letter(key="w", payload={}, remote_id=first.remote_id))
    again = hub_site.commit(write_letter(hub_site, post))
    assert isinstance(again, Sent)
    assert again.url == first.url
    assert again.remote_id != first.remote_id


def test_the_hub_and_a_spoke_may_show_the_same_post(
    hub_site: SiteConnector, techno_site: SiteConnector, write_letter: Make, make_post: Make
) -> None:
    post = make_post()
    hub_site.commit(write_letter(hub_site, post))
    assert isinstance(techno_site.commit(write_letter(techno_site, post)), Sent)
    assert len({publication.slug for publication in standing()}) == 1


def test_an_address_that_another_post_holds_gets_a_number(
    hub_site: SiteConnector, write_letter: Make, make_post: Make
) -> None:
    for _ in range(3):
        post = make_post("Minus")
        hub_site.commit(write_letter(hub_site, post))
        # its address is free for another post, but not on the site, where it stands
        Post.objects.filter(pk=post.pk).update(slug=f"renamed-{post.pk}")
    assert {publication.slug for publication in standing()} == {"minus", "minus-2", "minus-3"}


def test_a_story_never_takes_the_address_of_the_archive(
    hub_site: SiteConnector, write_letter: Make, make_post: Make
) -> None:
    letters = [write_letter(hub_site, make_post()) for _ in range(2)]
    for letter in letters:
        letter.payload["slug"] = "archive"
    hub_site.commit_many(letters)
    assert {publication.slug for publication in standing()} == {"archive-2", "archive-3"}


def test_a_full_length_address_is_cut_for_its_number(
    hub_site: SiteConnector, write_letter: Make, make_post: Make
) -> None:
    letters = [write_letter(hub_site, make_post()) for _ in range(2)]
    for letter in letters:
        letter.payload["slug"] = "s" * 120
    hub_site.commit_many(letters)
    assert {publication.slug for publication in standing()} == {"s" * 120, "s" * 114 + "-2"}


def test_a_hundred_letters_cost_few_queries(
    techno_site: SiteConnector, write_letter: Make, make_techno_post: Make
) -> None:
    letters = [write_letter(techno_site, make_techno_post()) for _ in range(100)]
    with transaction.atomic(), CaptureQueriesContext(connection) as queries:
        outcomes = techno_site.commit_many(letters)
    assert all(isinstance(outcome, Sent) for outcome in outcomes)
    assert Publication.objects.count() == 100
    assert Facet.objects.count() == 500
    # SQLite takes 999 values a statement, so its inserts come in parts
    assert len(queries) <= (8 if connection.vendor == "postgresql" else 13)


def test_an_address_taken_at_the_same_moment_is_tried_later(
    hub_site: SiteConnector, write_letter: Make, make_post: Make
) -> None:
    mine, other, theirs = (write_letter(hub_site, make_post()) for _ in range(3))
    theirs.payload["slug"] = mine.payload["slug"]
    with transaction.atomic():
        with connection.execute_wrapper(CommitFirst(hub_site, theirs)):
            outcomes = hub_site.commit_many([mine, other])
        assert isinstance(outcomes[0], RetryAfter)
        assert isinstance(outcomes[1], Sent)
    assert {publication.key for publication in standing()} == {theirs.key, other.key}


def test_a_key_published_at_the_same_moment_is_sent(
    hub_site: SiteConnector, write_letter: Make, make_post: Make
) -> None:
    letter = write_letter(hub_site, make_post())
    with connection.execute_wrapper(CommitFirst(hub_site, letter)):
        outcome = hub_site.commit(letter)
    assert outcome == Sent(str(Publication.objects.get().pk), hub_site.commit(letter).url)


class CommitFirst:
    """Publish a letter just before the publication that a test makes is written."""

    def __init__(self, connector: SiteConnector, letter: Letter) -> None:
        self.connector, self.letter, self.done = connector, letter, False

    def __call__(self, execute: Make, sql: str, params: Any, many: bool, context: Any) -> Any:
        if not self.done and sql.startswith("INSERT"):
            self.done = True
            assert isinstance(self.connector.commit(self.letter), Sent)
        return execute(sql, params, many, context)


# --- edit, withdraw, find -------------------------------------------------------------------


def test_an_edit_changes_the_words_and_keeps_address_and_time(
    hub_site: SiteConnector, write_letter: Make, make_techno_post: Make, make_artist: Make
) -> None:
    post = make_techno_post("Minus")
    sent = hub_site.commit(write_letter(hub_site, post))
    assert isinstance(sent, Sent)
    Publication.objects.update(published_at=post.created_at, changed_at=post.created_at)
    Post.objects.filter(pk=post.pk).update(title="Plus", slug="plus")
    post.artists.set([make_artist("Robert")])

    outcome = hub_site.edit(write_letter(hub_site, post, remote_id=sent.remote_id))

    publication = Publication.objects.get()
    assert outcome == sent
    assert publication.title == "Plus"
    assert publication.slug == "minus"
    assert publication.published_at == post.created_at < publication.changed_at
    assert "artist:robert" in facets(publication)
    assert "artist:jeff" not in facets(publication)


def test_a_withdrawn_publication_is_not_edited(
    hub_site: SiteConnector, write_letter: Make, make_post: Make
) -> None:
    post = make_post()
    sent = hub_site.commit(write_letter(hub_site, post))
    assert isinstance(sent, Sent)
    hub_site.withdraw(Letter(key="w", payload={}, remote_id=sent.remote_id))
    edit = write_letter(hub_site, post, remote_id=sent.remote_id)
    assert isinstance(hub_site.edit(edit), Refused)


@pytest.mark.parametrize("remote_id", ["", "x", "12345"])
def test_what_is_not_on_the_site_counts_as_withdrawn(
    hub_site: SiteConnector, remote_id: str
) -> None:
    outcome = hub_site.withdraw(Letter(key="w", payload={}, remote_id=remote_id))
    assert outcome == Sent(remote_id)


def test_withdrawing_again_keeps_the_first_time(
    hub_site: SiteConnector, write_letter: Make, make_post: Make, now: datetime
) -> None:
    sent = hub_site.commit(write_letter(hub_site, make_post()))
    assert isinstance(sent, Sent)
    letter = Letter(key="w", payload={}, remote_id=sent.remote_id)
    assert isinstance(hub_site.withdraw(letter), Sent)
    Publication.objects.update(withdrawn_at=now)
    assert isinstance(hub_site.withdraw(letter), Sent)
    assert Publication.objects.get().withdrawn_at == now


def test_a_key_is_found_even_after_it_was_withdrawn(
    hub_site: SiteConnector, write_letter: Make, make_post: Make, now: datetime
) -> None:
    letter = write_letter(hub_site, make_post())
    assert isinstance(hub_site.find(trace_of(letter, now)), NotThere)
    sent = hub_site.commit(letter)
    assert hub_site.find(trace_of(letter, now)) == sent
    Publication.objects.update(withdrawn_at=now + timedelta(hours=1))
    assert hub_site.find(trace_of(letter, now)) == sent


def test_check_names_the_address(techno_site: SiteConnector) -> None:
    health = techno_site.check()
    assert health.works
    assert health.message.endswith("/techno/.")


KEYS = ["a-hub-1", "a-hub-2", "a-techno-1", "b-hub-1", "b-techno-1"]


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["commit", "edit", "withdraw"]), st.sampled_from(KEYS)),
        max_size=14,
    )
)
def test_whatever_happens_a_post_is_live_at_most_once_a_spoke(
    hub_site: SiteConnector,
    techno_site: SiteConnector,
    write_letter: Make,
    make_post: Make,
    steps: list[tuple[str, str]],
) -> None:
    with transaction.atomic():
        posts = {"a": make_post(), "b": make_post()}
        sites = {"hub": hub_site, "techno": techno_site}
        remote_ids = dict.fromkeys(KEYS, "")
        for verb, key in steps:
            post, site = posts[key[0]], sites[key.split("-")[1]]
            letter = write_letter(site, post, key=key, remote_id=remote_ids[key])
            outcome = getattr(site, verb)(letter)
            if verb == "commit" and isinstance(outcome, Sent):
                remote_ids[key] = outcome.remote_id
            places = [(row.post_ref, row.spoke_id) for row in standing()]
            assert len(places) == len(set(places))
        transaction.set_rollback(True)

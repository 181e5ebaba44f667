"""Addresses that were known once."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from content.catalogue.actions import add_artist, add_genre
from content.catalogue.artists import merge_artists
from content.catalogue.former import find_moved, note_former_slug
from content.editorial.actions import merge_tags
from content.editorial.genres import merge_genres
from spokes.site.models import Facet, Publication
from spokes.site.relisting import relist_merged

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("kind", "old", "new"),
    [
        ("artist", "/artists/was/", "/artists/is/"),
        ("artist", "/artists/was/feed.atom", "/artists/is/feed.atom"),
        ("genre", "/genres/was/?page=2", "/genres/is/?page=2"),
        ("tag", "/tags/was/", "/tags/is/"),
        ("spoke", "/was/", "/is/"),
        ("spoke", "/was/nine-nights/", "/is/nine-nights/"),
        ("spoke", "/was/feed.rss", "/is/feed.rss"),
    ],
)
def test_what_moved_is_found(client: Client, kind: str, old: str, new: str) -> None:
    assert client.get(old).status_code == 404
    note_former_slug(kind=kind, slug="was", now_at="is")
    response = client.get(old)
    assert (response.status_code, response["Location"]) == (301, new)


def test_what_never_moved_is_not_found(client: Client) -> None:
    note_former_slug(kind="artist", slug="was", now_at="is")
    assert client.get("/genres/was/").status_code == 404
    assert client.get("/artists/other/").status_code == 404


def test_moving_twice_and_back_makes_no_circle() -> None:
    note_former_slug(kind="artist", slug="a", now_at="b")
    note_former_slug(kind="artist", slug="b", now_at="c")
    assert (find_moved(kind="artist", slug="a"), find_moved(kind="artist", slug="b")) == ("c", "c")
    note_former_slug(kind="artist", slug="c", now_at="a")
    assert [find_moved(kind="artist", slug=slug) for slug in "abc"] == ["", "a", "a"]


def test_a_merged_tag_leads_to_the_other(client: Client, make_tag, editor) -> None:
    merge_tags(tag=make_tag("gigs"), into=make_tag("live"), actor=editor)
    assert client.get("/tags/gigs/")["Location"] == "/tags/live/"


def list_under(publication: Publication, *tags: str) -> None:
    at = publication.published_at
    rows = (Facet(publication=publication, kind="tag", slug=slug, published_at=at) for slug in tags)
    Facet.objects.bulk_create(rows)


def test_stories_of_a_merged_tag_are_listed_under_the_other(
    client: Client, publish, make_tag, editor
) -> None:
    list_under(publish(None, "Of one"), "gigs")
    list_under(publish(None, "Of both"), "gigs", "live")
    merge_tags(tag=make_tag("gigs"), into=make_tag("live"), actor=editor)
    assert relist_merged() == 1
    # frozen before the merge, live after it
    list_under(publish(None, "Of a later day"), "gigs")
    assert relist_merged() == 1
    page = client.get("/tags/live/").content.decode()
    assert all(title in page for title in ("Of one", "Of both", "Of a later day"))
    assert page.count("<article") == 3
    assert relist_merged() == 0


@pytest.mark.parametrize("kind", ["artist", "genre"])
def test_stories_of_a_merged_artist_or_genre_are_listed_under_the_other(
    client: Client, publish, editor, kind: str
) -> None:
    add, merge = {"artist": (add_artist, merge_artists), "genre": (add_genre, merge_genres)}[kind]
    story, at = publish(None, "Of the old one"), timezone.now()
    Facet.objects.create(publication=story, kind=kind, slug="ayah", published_at=at)
    old, new = add(name="Ayah"), add(name="Aya")
    merge(**{kind: old, "into": new}, actor=editor)
    assert relist_merged() == 1
    assert client.get(f"/{kind}s/ayah/?page=1")["Location"] == f"/{kind}s/aya/?page=1"
    assert "Of the old one" in client.get(f"/{kind}s/aya/").content.decode()
    assert relist_merged() == 0


def test_a_new_tag_at_the_address_of_a_merged_one_keeps_its_stories(
    publish, make_tag, editor
) -> None:
    merge_tags(tag=make_tag("gigs"), into=make_tag("live"), actor=editor)
    make_tag("gigs")
    list_under(publish(None, "Of the new one"), "gigs")
    assert relist_merged() == 0


def test_a_story_that_is_up_again_elsewhere_is_found(client: Client, publish, jazz) -> None:
    publish(jazz, "Nine nights", post_ref=1000, withdrawn_at=timezone.now())
    assert client.get("/jazz/nine-nights/").status_code == 410
    publish(None, "Nine nights at last", post_ref=1000)
    assert client.get("/jazz/nine-nights/").status_code == 410
    publish(jazz, "Nine nights at last", post_ref=1000)
    response = client.get("/jazz/nine-nights/")
    assert (response.status_code, response["Location"]) == (301, "/jazz/nine-nights-at-last/")

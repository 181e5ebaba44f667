"""How much of a post each genre is: typed beside it, told before saving, kept with the post."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from content.editorial.actions import write_post
from content.editorial.models import Post
from tests.hub.console.post_page import filled, page, text_of

OUTLOOK = reverse("admin:editorial_post_outlook")
AUTOSAVE = reverse("admin:editorial_post_autosave")


@pytest.fixture
def jazz(make_genre):
    return make_genre("Jazz")


@pytest.fixture
def jazz_site(make_spoke, make_channel, jazz):
    return make_channel(make_spoke(jazz), name="Jazz site", slug="jazz-site")


@pytest.fixture
def draft(editor: User, jazz) -> Post:
    return write_post(
        actor=editor,
        fields={
            "title": "Blue Hour",
            "teaser": "A quiet record.",
            "cta_url": "https://listen.example.org/7",
            "genres": [jazz],
        },
    )


def revisions(post: Post) -> str:
    return reverse("admin:editorial_post_revisions", args=[post.pk])


@pytest.fixture
def country_site(make_spoke, make_channel, make_genre):
    spoke = make_spoke(make_genre("Country"), genre_floor=0.25)
    return make_channel(spoke, name="Country site", slug="country-site")


def test_shares_are_saved_shown_again_and_changed(edith, draft, jazz, country_site) -> None:
    country = country_site.spoke.genre
    typed = {"genres": [jazz.pk, country.pk], f"share-{country.pk}": " 60 % "}
    edith.post(page(draft), filled(revision=1, **typed))
    picks = {(pick.genre.name, pick.percent) for pick in draft.picked_genres.all()}
    assert picks == {("Country", 60), ("Jazz", None)}
    shown = text_of(edith.get(page(draft)))
    assert f'name="share-{country.pk}" value="60" placeholder="60"' in shown
    assert f'name="share-{jazz.pk}" value="" placeholder="40"' in shown
    edith.post(page(draft), filled(revision=2, **{**typed, f"share-{country.pk}": ""}))
    assert not draft.picked_genres.filter(percent__isnull=False).exists()


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ("60", "50", "These shares add up to 110 percent; 100 is the most."),
        ("100", "", "nothing is left for Jazz."),
        ("a lot", "", "The share of Country must be a whole number from 1 to 100, or empty."),
        ("0", "", "The share of Country must be a whole number from 1 to 100, or empty."),
        ("33.3", "", "The share of Country must be a whole number from 1 to 100, or empty."),
    ],
)
def test_what_no_share_can_be_is_said_at_the_field_before_and_after_saving(
    edith, draft, jazz, country_site, first: str, second: str, said: str
) -> None:
    country = country_site.spoke.genre
    typed = {"genres": [jazz.pk, country.pk]}
    typed |= {f"share-{country.pk}": first, f"share-{jazz.pk}": second}
    told = text_of(edith.post(OUTLOOK, filled(**typed)))
    assert said in told
    assert "Complete: it can be submitted." not in told
    refused = text_of(edith.post(page(draft), filled(revision=1, **typed)))
    field = refused.split('data-field="genres"')[1].split('data-field="tags"')[0]
    assert said in field
    assert f'value="{first}"' in field
    assert [pick.percent for pick in draft.picked_genres.all()] == [None]


def test_the_form_says_what_its_shares_come_to_and_whom_they_reach(
    edith, jazz, jazz_site, country_site
) -> None:
    country = country_site.spoke.genre
    jazz_site.spoke.__class__.objects.filter(pk=jazz_site.spoke_id).update(genre_floor=0.5)
    typed = {"genres": [jazz.pk, country.pk], f"share-{country.pk}": "60"}
    told = text_of(edith.post(OUTLOOK, filled(**typed)))
    assert "Country 60%, Jazz 40% (set by the editor)." in told
    assert "It reaches Country (floor 25%)." in told
    assert "Too little for Jazz (it has 40%, the floor is 50%)." in told


def test_shares_are_kept_of_an_unsaved_form(edith, draft, jazz, country_site) -> None:
    country = country_site.spoke.genre
    typed = {"genres": [jazz.pk, country.pk], f"share-{country.pk}": "6x"}
    edith.post(f"{AUTOSAVE}?post={draft.pk}", filled(revision=1, **typed))
    shown = text_of(edith.get(page(draft), {"kept": "1"}))
    assert f'name="share-{country.pk}" value="6x"' in shown


def test_both_see_whose_share_is_whose_when_two_change_it(
    edith, editor, draft, jazz, country_site
) -> None:
    country = country_site.spoke.genre
    write_post(actor=editor, post=draft, fields={"genres": [(jazz, 30), (country, 70)]})
    typed = {"genres": [jazz.pk, country.pk], f"share-{country.pk}": "60"}
    answer = text_of(edith.post(page(draft), filled(title="Blue Hour", revision=1, **typed)))
    assert "<del>Country 70%</del>" in answer
    assert "<ins>Country 60%</ins>" in answer
    shown = text_of(edith.get(revisions(draft), {"from": "1", "to": "2"}))
    assert "<ins>Country 70%</ins>" in shown


def test_the_reasons_of_a_saved_post_begin_with_its_shares(
    edith, editor, draft, jazz, jazz_site, country_site
) -> None:
    country = country_site.spoke.genre
    write_post(actor=editor, post=draft, fields={"genres": [(jazz, 40), (country, 60)]})
    shown = text_of(edith.get(reverse("admin:editorial_post_route", args=[draft.pk])))
    assert "Country 60%, Jazz 40% (set by the editor)." in shown
    assert "genre: Country (set by the editor: 60%)" in shown
    told = edith.get(reverse("admin:editorial_post_route_json", args=[draft.pk])).json()
    assert told["genres"][0] == {"genre": "Country", "share": 0.6, "source": "share"}

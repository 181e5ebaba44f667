from __future__ import annotations

from datetime import date

import pytest

from content.catalogue.models import Track
from content.editorial.models import Post
from content.editorial.shares import derive_genres
from spokes.audiences.facts import facts_of, facts_of_many
from spokes.audiences.unsaved import facts_of_unsaved


def test_the_facts_of_a_post_are_its_own_and_the_genres_above(
    make_post, make_genre, make_artist, make_tag
):
    music = make_genre("Music")
    rap = make_genre("Hip Hop", music)
    drill = make_genre("Drill", rap)
    tag, artist = make_tag("UK"), make_artist("Dave")
    post = make_post(
        genres=[drill],
        artists=[artist],
        tags=[tag],
        markets=["GB"],
        kind="tour",
        lang="pt-BR",
        explicit=True,
    )
    facts = facts_of(post)
    assert facts.post_id == post.pk
    assert facts.genres == {drill.pk, rap.pk, music.pk}
    assert facts.direct_genres == {drill.pk}
    assert (facts.tags, facts.artists, facts.markets) == ({tag.pk}, {artist.pk}, {"GB"})
    assert (facts.kind, facts.lang, facts.explicit) == ("tour", "pt-BR", True)


def test_a_post_without_anything_has_empty_facts(make_post):
    facts = facts_of(make_post())
    assert not any((facts.genres, facts.tags, facts.artists, facts.markets))


def test_leaving_out_a_genre_leaves_out_what_only_it_brought(make_post, make_genre):
    music = make_genre("Music")
    electronic, latin = make_genre("Electronic", music), make_genre("Latin", music)
    techno = make_genre("Techno", electronic)
    facts = facts_of(make_post(genres=[techno, latin]))
    seen = facts.without(frozenset({electronic.pk}))
    assert seen.direct_genres == {latin.pk}
    assert seen.genres == {latin.pk, music.pk}


def test_leaving_out_a_strange_genre_changes_nothing(make_post, make_genre):
    facts = facts_of(make_post(genres=[make_genre("Techno")]))
    assert facts.without(frozenset({make_genre("Jazz").pk})) is facts


def test_the_facts_of_many_posts_are_kept_apart(make_post, make_genre, make_tag):
    techno, tag = make_genre("Techno"), make_tag("UK")
    first, second = make_post(genres=[techno]), make_post(tags=[tag])
    facts = facts_of_many([first, second])
    assert (facts[first.pk].genres, facts[first.pk].tags) == ({techno.pk}, set())
    assert (facts[second.pk].genres, facts[second.pk].tags) == (set(), {tag.pk})


def test_the_facts_of_many_posts_cost_four_queries(
    make_post, make_genre, make_tag, django_assert_num_queries
):
    techno, tag = make_genre("Techno"), make_tag("UK")
    posts = [make_post(genres=[techno], tags=[tag], markets=["DE"]) for _ in range(12)]
    with django_assert_num_queries(4):
        assert len(facts_of_many(posts)) == 12


def test_a_post_that_was_read_with_its_content_has_the_same_facts_in_one_query(
    make_post, make_genre, make_tag, django_assert_num_queries
):
    post = make_post(genres=[make_genre("Grime")], tags=[make_tag("uk")])
    asked = facts_of(post)
    loaded = Post.objects.with_content().get(pk=post.pk)
    with django_assert_num_queries(1):
        at_hand = facts_of(loaded)
    assert at_hand == asked
    assert at_hand.names == asked.names


def test_the_share_of_a_genre_is_that_of_all_below_it(make_post, make_genre):
    music = make_genre("Music")
    rap, country = make_genre("Hip Hop", music), make_genre("Country", music)
    drill, trap = make_genre("Drill", rap), make_genre("Trap", rap)
    post = make_post(genres=[drill, trap, country])
    for genre, share in [(drill, 0.5), (trap, 0.2), (country, 0.3)]:
        post.post_genres.filter(genre=genre).update(share=share)
    facts = facts_of(post)
    assert facts.shares == {drill.pk: 0.5, trap.pk: 0.2, country.pk: 0.3}
    assert facts.share_of(frozenset({rap.pk})) == pytest.approx(0.7)
    assert facts.share_of(frozenset({rap.pk, drill.pk, country.pk})) == pytest.approx(1)
    assert facts.share_of(frozenset({make_genre("Jazz").pk})) == 0
    assert facts.without(frozenset({rap.pk})).shares == {country.pk: 0.3}


def test_a_post_knows_its_year_its_priority_and_how_its_tags_fold(make_post, make_artist, make_tag):
    artist = make_artist("Dave")
    post = make_post(priority=5, tags=[make_tag("UK Garage")])
    post.tracks.set(
        Track.objects.create(artist=artist, title=day, key=day, released=day)
        for day in ("2019", "2021-03", "")
    )
    facts = facts_of(post)
    assert (facts.year, facts.priority, facts.tag_keys) == (2021, 5, {"ukgarage"})
    post.happens_on = date(2026, 7, 1)
    post.save()
    assert facts_of(post).year == 2026
    assert facts_of(make_post()).year is None


def test_a_post_that_is_still_typed_has_the_facts_that_it_will_have(
    make_post, make_genre, make_artist, make_tag
):
    rap, jazz = make_genre("Hip Hop"), make_genre("Jazz")
    artist, tag = make_artist("Dave", rap, jazz), make_tag("UK")
    track = Track.objects.create(artist=artist, title="T", key="t", released="2021-03")
    post = make_post(artists=[artist], tags=[tag], priority=4)
    post.tracks.add(track)
    derive_genres([post.pk])
    typed = facts_of_unsaved(
        post, artists=[artist], genres={}, tags=[tag], markets=[], tracks=[track.pk]
    )
    saved = facts_of(post)
    assert typed == saved
    assert typed.shares == pytest.approx(saved.shares)

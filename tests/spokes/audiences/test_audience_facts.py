from __future__ import annotations

from content.editorial.models import Post
from spokes.audiences.facts import facts_of, facts_of_many


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

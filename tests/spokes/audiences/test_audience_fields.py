"""What each field means, in memory and in the database."""

from __future__ import annotations

import pytest

from content.editorial.actions import merge_tags, rename_tag
from content.editorial.models import Post
from spokes.audiences.facts import facts_of
from spokes.audiences.language import parse, predicate, query


@pytest.fixture
def takes():
    """Ask both back ends whether the expression takes the post; they must agree."""

    def ask(expression, post):
        tree = parse(expression)
        in_memory = predicate(tree)(facts_of(post))
        assert Post.objects.filter(query(tree), pk=post.pk).exists() is in_memory
        return in_memory

    return ask


@pytest.mark.parametrize(
    ("expression", "fields", "taken"),
    [
        ("lang:pt", {"lang": "pt"}, True),
        ("lang:pt", {"lang": "pt-BR"}, True),
        ("lang:pt", {"lang": "ptx"}, False),
        ("lang:pt-BR", {"lang": "pt"}, False),
        ("lang:pt-br", {"lang": "pt-BR"}, True),
        ("market:DE", {}, True),
        ("market:DE", {"markets": ["DE", "US"]}, True),
        ("market:DE", {"markets": ["US"]}, False),
        ("NOT NOT market:DE", {"markets": ["US"]}, False),
        ("kind:tour", {"kind": "tour"}, True),
        ("kind:tour", {"kind": "video"}, False),
        ("explicit:yes", {"explicit": True}, True),
        ("explicit:yes", {"explicit": False}, False),
        ("explicit:no", {"explicit": False}, True),
        ("kind:tour AND NOT explicit:yes", {"kind": "tour", "explicit": True}, False),
        ("kind:tour AND NOT explicit:yes", {"kind": "tour"}, True),
        ("kind:tour OR explicit:yes", {"explicit": True}, True),
        ("lang:en AND NOT NOT NOT NOT NOT kind:tour", {"kind": "video"}, True),
        ("lang:en AND NOT NOT NOT NOT NOT kind:tour", {"kind": "tour"}, False),
        ("NOT NOT NOT NOT NOT NOT kind:tour", {"kind": "tour"}, True),
        ("NOT NOT NOT NOT NOT NOT kind:tour", {"kind": "video"}, False),
    ],
)
def test_a_plain_field_says_what_it_means(takes, make_post, expression, fields, taken):
    assert takes(expression, make_post(**fields)) is taken


def test_a_genre_takes_what_is_below_it_and_not_what_is_above(takes, make_post, make_genre):
    music = make_genre("Music")
    rap = make_genre("Hip Hop", music)
    post = make_post(genres=[make_genre("Drill", rap)])
    assert takes("genre:hip-hop", post)
    assert takes("genre:music", post)
    assert not takes("genre:hip-hop", make_post(genres=[music]))


@pytest.mark.parametrize("expression", ["tag:uk-garage", 'tag:"UK Garage"'])
def test_an_expression_follows_a_tag_that_was_renamed_or_merged(
    takes, make_post, make_tag, editor, expression
):
    garage, club = make_tag("UK Garage"), make_tag("Club")
    post = make_post(tags=[garage])
    rename_tag(tag=garage, name="Two-step", actor=editor)
    assert takes(expression, post)
    merge_tags(tag=garage, into=club, actor=editor)
    assert takes(expression, post)
    assert not takes(expression, make_post())


def test_a_new_tag_takes_its_name_back_from_one_that_was_merged(takes, make_post, make_tag, editor):
    merge_tags(tag=make_tag("UK Garage"), into=make_tag("Club"), actor=editor)
    again = make_tag("UK Garage")
    assert takes("tag:uk-garage", make_post(tags=[again]))
    assert not takes("tag:uk-garage", make_post(tags=[make_tag("Club")]))


def test_a_tag_and_an_artist_take_their_posts_alone(takes, make_post, make_tag, make_artist):
    post = make_post(tags=[make_tag("UK")], artists=[make_artist("Dave")])
    other = make_post(tags=[make_tag("Festival")], artists=[make_artist("Burial")])
    for expression in ("tag:uk", "artist:dave"):
        assert takes(expression, post)
        assert not takes(expression, other)

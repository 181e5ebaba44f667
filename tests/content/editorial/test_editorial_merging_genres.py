from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from content.audit.models import AuditEntry
from content.catalogue.actions import add_alias, add_genre, set_artist_genres, set_parents
from content.catalogue.closure import rebuild_closure
from content.catalogue.exceptions import GenreInUse
from content.catalogue.former import find_moved
from content.catalogue.models import Genre
from content.catalogue.resolver import resolve_genre
from content.editorial.actions import write_post
from content.editorial.genres import merge_genres

GOOD = {"title": "About somebody", "teaser": "In short.", "cta_url": "https://listen.example.org/1"}


def test_a_merged_genre_is_found_by_its_name_its_aliases_and_its_address(editor) -> None:
    old, new = add_genre(name="Hip-hop music"), add_genre(name="Rap")
    add_alias(genre=old, name="emceeing")
    slug = old.slug
    merge_genres(genre=old, into=new, actor=editor)
    assert not Genre.objects.filter(pk=old.pk).exists()
    assert resolve_genre("hip-hop music") == new == resolve_genre("emceeing")
    assert find_moved(kind="genre", slug=slug) == new.slug
    assert AuditEntry.objects.filter(code="genre.merged").get().before["name"] == "Hip-hop music"


def test_what_stood_below_stands_below_the_other_and_no_circle_closes(editor) -> None:
    root = add_genre(name="Root")
    old = add_genre(name="Old", parents=[root])
    new = add_genre(name="New", parents=[old])
    child = add_genre(name="Child", parents=[old])
    between = add_genre(name="Between", parents=[old])
    set_parents(genre=new, parents=[old, between])
    merge_genres(genre=old, into=new, actor=editor)
    assert list(child.parents.all()) == [new]
    assert list(between.parents.all()) == [root]
    assert set(new.parents.all()) == {root, between}
    assert rebuild_closure() == 0


def test_artists_and_posts_of_both_have_the_sum(editor, make_artist) -> None:
    old, new, jazz = (add_genre(name=name) for name in ("Old", "New", "Jazz"))
    artist = make_artist("Someone")
    set_artist_genres(artist=artist, genres=[(old, 0.5), (new, 0.25), (jazz, 0.25)])
    follows = write_post(actor=editor, fields={**GOOD, "artists": [artist]})
    both = write_post(actor=editor, fields={**GOOD, "genres": [old, new, jazz]})
    one = write_post(actor=editor, fields={**GOOD, "genres": [old]})
    merge_genres(genre=old, into=new, actor=editor)
    assert dict(artist.artist_genres.values_list("genre__name", "weight")) == {
        "New": 0.75,
        "Jazz": 0.25,
    }
    assert _shares(follows) == {"New": 0.75, "Jazz": 0.25}
    assert _shares(both) == {"New": 0.5, "Jazz": 0.5}
    assert _shares(one) == {"New": 1.0}


def test_two_picks_that_become_one_add_their_shares(editor) -> None:
    old, new, jazz = (add_genre(name=name) for name in ("Old", "New", "Jazz"))
    both = write_post(actor=editor, fields={**GOOD, "genres": [(old, 30), (new, 20), (jazz, 50)]})
    one = write_post(actor=editor, fields={**GOOD, "genres": [(old, 70), jazz]})
    left = write_post(actor=editor, fields={**GOOD, "genres": [old, (new, 25), (jazz, 50)]})
    merge_genres(genre=old, into=new, actor=editor)
    assert _shares(both) == {"New": 0.5, "Jazz": 0.5} == _shares(left)
    assert _shares(one) == {"New": 0.7, "Jazz": 0.3}
    assert set(both.picked_genres.values_list("genre__name", "percent")) == {
        ("New", 50),
        ("Jazz", 50),
    }


def test_merging_takes_as_many_queries_for_thirty_posts_with_both_as_for_three(
    editor,
) -> None:
    counted = []
    for number in (3, 30):
        old, new = add_genre(name=f"Old {number}"), add_genre(name=f"New {number}")
        for _ in range(number):
            write_post(actor=editor, fields={**GOOD, "genres": [(old, 30), (new, 60)]})
        with CaptureQueriesContext(connection) as queries:
            merge_genres(genre=old, into=new, actor=editor)
        counted.append(len(queries))
        assert set(new.posts_picked.values_list("picked_genres__percent")) == {(90,)}
    assert counted[0] == counted[1]


def test_a_genre_is_not_merged_into_itself(editor) -> None:
    genre = add_genre(name="Rap")
    with pytest.raises(GenreInUse, match="can't be merged into itself"):
        merge_genres(genre=genre, into=genre, actor=editor)


def test_the_genre_of_a_spoke_stays_and_the_spoke_is_named(editor, make_spoke) -> None:
    other = add_genre(name="Other")
    spoke = make_spoke(add_genre(name="Jazz"), name="Jazz nights")
    with pytest.raises(GenreInUse, match="Jazz nights"):
        merge_genres(genre=spoke.genre, into=other, actor=editor)
    assert Genre.objects.filter(pk=spoke.genre_id).exists()


def _shares(post) -> dict[str, float]:
    return {
        name: pytest.approx(share)
        for name, share in post.post_genres.values_list("genre__name", "share")
    }

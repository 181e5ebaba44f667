from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from content.audit.models import AuditEntry
from content.catalogue.actions import add_track, set_artist_genres
from content.editorial.actions import approve_post, restore_revision, submit_post, write_post
from content.editorial.exceptions import PostInvalid
from content.editorial.models import Post
from content.editorial.shares import rederive_genres

GOOD = {"title": "About somebody", "teaser": "In short.", "cta_url": "https://listen.example.org/1"}


def shares_of(post: Post) -> dict[str, float]:
    rows = post.post_genres.values_list("genre__name", "share")
    return {name: pytest.approx(share) for name, share in rows}


def test_posts_follow_by_themselves_when_an_action_changes_what_artists_play(
    editor, make_genre, make_artist
) -> None:
    jazz, soul = make_genre("Jazz"), make_genre("Soul")
    artist, other = make_artist("Someone", jazz), make_artist("Another", jazz)
    track = add_track(artist=artist, title="Song")
    about = write_post(actor=editor, fields={**GOOD, "artists": [artist]})
    of_track = write_post(actor=editor, fields={**GOOD, "tracks": [track]})
    apart = write_post(actor=editor, fields={**GOOD, "artists": [other]})
    set_artist_genres(artist=artist, genres=[(jazz, 0.25), (soul, 0.75)])
    assert shares_of(about) == {"Jazz": 0.25, "Soul": 0.75} == shares_of(of_track)
    assert shares_of(apart) == {"Jazz": 1.0}
    set_artist_genres(artist=artist, genres=[])
    assert shares_of(about) == {}


def test_a_posts_tracks_say_what_it_is_about_beside_its_artists(
    editor, make_genre, make_artist
) -> None:
    jazz, soul, funk = make_genre("Jazz"), make_genre("Soul"), make_genre("Funk")
    named, heard = make_artist("Named", jazz, soul), make_artist("Heard", soul, funk)
    tracks = [add_track(artist=heard, title=title) for title in ("One", "Two")]
    post = write_post(actor=editor, fields={**GOOD, "artists": [named], "tracks": tracks})
    assert shares_of(post) == {"Jazz": 0.25, "Soul": 0.5, "Funk": 0.25}
    sources = dict(post.post_genres.values_list("genre__name", "source"))
    assert sources == {"Jazz": "artist", "Soul": "artist", "Funk": "track"}


def test_each_artist_counts_one_whatever_its_weights_add_up_to(
    editor, make_genre, make_artist
) -> None:
    jazz, soul = make_genre("Jazz"), make_genre("Soul")
    loud, quiet = make_artist("Loud"), make_artist("Quiet")
    set_artist_genres(artist=loud, genres=[(jazz, 1.0)])
    set_artist_genres(artist=quiet, genres=[(soul, 0.1)])
    post = write_post(actor=editor, fields={**GOOD, "artists": [loud, quiet]})
    assert shares_of(post) == {"Jazz": 0.5, "Soul": 0.5}


@pytest.fixture
def genres(make_genre) -> list:
    return [make_genre(name) for name in ("Country", "Hip Hop", "Folk")]


def test_an_editor_says_how_much_of_a_post_a_genre_is(editor, genres) -> None:
    country, hip_hop, folk = genres
    picks = [(country, 60), hip_hop, (folk, None)]
    post = write_post(actor=editor, fields={**GOOD, "genres": picks})
    assert shares_of(post) == {"Country": 0.6, "Hip Hop": 0.2, "Folk": 0.2}
    sources = dict(post.post_genres.values_list("genre__name", "source"))
    assert sources == {"Country": "share", "Hip Hop": "editor", "Folk": "editor"}


def test_shares_above_the_whole_are_refused_beside_the_genres(editor, genres) -> None:
    with pytest.raises(PostInvalid) as caught:
        write_post(actor=editor, fields={**GOOD, "genres": [(one, 40) for one in genres]})
    assert caught.value.errors == {
        "genres": ["These shares add up to 120 percent; 100 is the most."]
    }


def test_another_share_is_a_change_of_the_post(editor, approver, genres) -> None:
    country, hip_hop, _ = genres
    post = write_post(actor=editor, fields={**GOOD, "genres": [(country, 60), hip_hop]})
    write_post(actor=editor, post=post, fields={"genres": [hip_hop, (country, 60)]})
    assert post.revision == 1
    submit_post(post=post, actor=editor)
    approve_post(post=post, actor=approver)
    write_post(actor=editor, post=post, fields={"genres": [(country, 55), hip_hop]})
    assert (post.revision, post.state) == (2, "draft")
    assert shares_of(post) == {"Country": 0.55, "Hip Hop": 0.45}
    entry = AuditEntry.objects.get(code="post.changed")
    assert entry.before["genres"] == ["Country 60%", "Hip Hop"]
    assert entry.after["genres"] == ["Country 55%", "Hip Hop"]


def test_a_revision_brings_its_shares_back_and_older_ones_none(editor, genres) -> None:
    country, hip_hop, folk = genres
    post = write_post(actor=editor, fields={**GOOD, "genres": [country, hip_hop]})
    assert post.revisions.get(number=1).content["genres"] == [
        ["Country", country.pk],
        ["Hip Hop", hip_hop.pk],
    ]
    write_post(actor=editor, post=post, fields={"genres": [(country, 70), (hip_hop, 30)]})
    write_post(actor=editor, post=post, fields={"genres": [folk]})
    restore_revision(post=post, number=2, actor=editor)
    assert shares_of(post) == {"Country": 0.7, "Hip Hop": 0.3}
    restore_revision(post=post, number=1, actor=editor)
    assert shares_of(post) == {"Country": 0.5, "Hip Hop": 0.5}


def test_a_revision_comes_back_without_the_genre_that_is_gone(editor, genres) -> None:
    country, hip_hop, _ = genres
    post = write_post(actor=editor, fields={**GOOD, "genres": [(country, 60), (hip_hop, 40)]})
    write_post(actor=editor, post=post, fields={"genres": []})
    hip_hop.delete()
    assert restore_revision(post=post, number=1, actor=editor) == ["Hip Hop"]
    assert shares_of(post) == {"Country": 1.0}


def test_what_is_left_of_a_post_is_the_whole_when_a_genre_is_deleted(editor, genres) -> None:
    country, hip_hop, folk = genres
    picks = [(country, 60), (hip_hop, 20), (folk, 20)]
    post = write_post(actor=editor, fields={**GOOD, "genres": picks})
    hip_hop.delete()
    rederive_genres(Post.objects.all())
    assert shares_of(post) == {"Country": 0.75, "Folk": 0.25}


def test_the_database_takes_no_share_that_is_none(editor, genres) -> None:
    post = write_post(actor=editor, fields={**GOOD, "genres": genres})
    for percent in (0, 101):
        with pytest.raises(IntegrityError), transaction.atomic():
            post.picked_genres.update(percent=percent)


def test_the_artists_do_not_count_beside_a_share(editor, genres, make_artist) -> None:
    country, hip_hop, folk = genres
    artist = make_artist("Someone", folk)
    fields = {**GOOD, "artists": [artist], "genres": [(country, 60), (hip_hop, 40)]}
    post = write_post(actor=editor, fields=fields)
    set_artist_genres(artist=artist, genres=[hip_hop])
    assert shares_of(post) == {"Country": 0.6, "Hip Hop": 0.4}

from __future__ import annotations

import pytest

from content.catalogue.actions import add_track, set_artist_genres
from content.editorial.actions import write_post
from content.editorial.models import Post

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

"""The house stands: its world can be made, its walls hold."""

from __future__ import annotations

from content.catalogue.models import Genre


def test_a_genre_is_found_below_all_its_ancestors(make_genre) -> None:
    music = make_genre("Music")
    rap = make_genre("Hip Hop", music)
    trap = make_genre("Trap", rap, music)
    assert set(Genre.objects.at_or_below(music)) == {music, rap, trap}
    assert set(Genre.objects.at_or_above(trap)) == {music, rap, trap}

"""What people opened as a profile: what it rests on, and what is too little to say."""

from __future__ import annotations

import pytest

from content.audit.models import AuditEntry
from spokes.audiences.profiles.actions import import_profile, learn_profile, set_profile
from spokes.audiences.profiles.exceptions import NothingOpened, TooLittleOpened
from spokes.audiences.profiles.models import AudienceProfile
from spokes.audiences.profiles.opened import Found, read_opened


def weights(rows, name):
    return {
        key: (round(weight, 3), origin)
        for key, weight, origin in rows.values_list(f"{name}__name", "weight", "origin")
    }


@pytest.fixture
def music(db, make_genre, make_artist, make_post, make_tag):
    """Two posts about Nas, two on trap and one on polka."""
    rap = make_genre("Rap")
    trap, polka = make_genre("Trap", rap), make_genre("Polka")
    nas, lyrics = make_artist("Nas", rap), make_tag("lyrics")
    for title in ("One", "Two"):
        make_post(title, artists=[nas], genres=[rap], tags=[lyrics])
    for title in ("Three", "Four"):
        make_post(title, genres=[trap])
    make_post("Five", genres=[polka])
    return rap


@pytest.fixture
def spoke(music, make_spoke):
    return make_spoke(music)


def file_of(**opened):
    return "post,count\n" + "".join(f"{slug},{number}\n" for slug, number in opened.items())


def test_openings_teach_what_people_open(spoke, manager):
    text = file_of(one=20, two=10, three=5, four=5)
    done = learn_profile(owner=spoke, text=text, actor=manager)
    assert weights(done.profile.genres, "genre") == {
        "Rap": (1.0, "learnt"),
        "Trap": (0.25, "learnt"),
    }
    assert weights(done.profile.tags, "tag") == {"lyrics": (1.0, "learnt")}
    assert done.profile.learnt_at is not None
    assert done.counted.summary == "40 openings, 4 posts, 1 artist"
    entry = AuditEntry.objects.about(spoke).get(code="profile.learnt")
    assert (entry.before["genres"], entry.after["genres"]) == ({}, {"Rap": 1.0, "Trap": 0.25})


def test_a_weight_says_what_it_rests_on_and_too_little_has_none(spoke, make_post, music):
    opened = read_opened(file_of(one=20, two=10, three=5, four=4, five=300))
    by_name = {"Rap": (39, 4), "Trap": (9, 2), "Polka": (300, 1)}
    rests = sorted((rest.openings, rest.posts) for rest in opened.genre_rests.values())
    assert rests == sorted(by_name.values())
    # nine openings are few, and three hundred of one post may be for its picture
    assert list(opened.genres) == [music.pk]
    assert opened.genres[music.pk] == pytest.approx(39 / 339)


def test_one_who_opens_a_post_often_counts_once_under_all_its_names(music):
    rows = [f"{name},p{number},50" for name in ("one", "/rap/one/", "two") for number in range(6)]
    opened = read_opened("\n".join(["link,listener,count", *rows]))
    assert (opened.people, opened.posts, opened.listeners) == (12, 2, 6)


def test_what_others_opened_is_left_out_and_told(music):
    found = Found({}, frozenset({"two"}))
    with pytest.raises(NothingOpened, match="on the channels of others"):
        read_opened(file_of(two=90), lambda references: found)


def test_what_no_post_is_called_is_told_the_most_opened_first(music):
    opened = read_opened(file_of(one=20, two=10, old=1, gone=7, **{"http://[": 3}))
    assert opened.unknown == [("gone", 7), ("http://[", 3), ("old", 1)]


@pytest.mark.parametrize(
    ("text", "trouble", "told"),
    [
        (file_of(gone=90), NothingOpened, "None of these posts is known"),
        (file_of(one=0), NothingOpened, "nothing below the names"),
        (file_of(one=500), TooLittleOpened, "500 openings, 1 post"),
        (file_of(one=5, two=4), TooLittleOpened, "from 10 openings of 2 posts on"),
    ],
)
def test_what_says_nothing_changes_nothing(spoke, manager, text, trouble, told):
    kept = set_profile(owner=spoke, genres={}, actor=manager)
    with pytest.raises(trouble, match=told):
        learn_profile(owner=spoke, text=text, actor=manager)
    kept.refresh_from_db()
    assert kept.learnt_at is None
    assert not AuditEntry.objects.filter(code="profile.learnt").exists()


def test_what_is_typed_stands_and_what_was_imported_goes(spoke, music, manager):
    set_profile(owner=spoke, genres={music: 0.6}, actor=manager)
    import_profile(owner=spoke, text="person,artist\nann,Nas\n", actor=manager)
    learn_profile(owner=spoke, text=file_of(three=10, four=10), actor=manager)
    profile = AudienceProfile.objects.get()
    assert weights(profile.genres, "genre") == {"Rap": (0.6, "typed"), "Trap": (1.0, "learnt")}
    assert (profile.artists.count(), profile.people, profile.imported_at) == (0, 20, None)


def test_more_openings_than_a_number_holds_are_as_many_as_it_holds(spoke, manager):
    text = file_of(one=2_000_000_000, two=2_000_000_000)
    assert learn_profile(owner=spoke, text=text, actor=manager).profile.people == 2_000_000_000

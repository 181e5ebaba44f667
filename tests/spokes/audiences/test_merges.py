"""A merge keeps what every room knew of the genre, tag or artist that goes away."""

from __future__ import annotations

import pytest

from content.catalogue.actions import add_alias, set_parents
from content.catalogue.artists import merge_artists
from content.catalogue.exceptions import GenreInUse
from content.catalogue.models import Genre, UnresolvedGenre
from content.editorial.actions import merge_tags
from content.editorial.genres import merge_genres
from spokes.audiences.actions import ban_post, pin_post, save_audience
from spokes.audiences.models import RoutingOverride
from spokes.audiences.profiles.actions import import_profile, set_profile
from spokes.audiences.profiles.models import ArchiveShare, AudienceProfile, ProfileGenre
from spokes.audiences.routing import route_post
from spokes.channels.actions import change_channel, change_spoke


def told(rows, name):
    found = rows.values_list(f"{name}__name", "weight", "origin")
    return {key: (round(weight, 3), origin) for key, weight, origin in found}


@pytest.fixture
def genres(make_genre):
    music = make_genre("Music")
    return {name: make_genre(name, music) for name in ("Old", "New", "Jazz")}


@pytest.fixture
def spoke(genres, make_spoke):
    return make_spoke(genres["Jazz"])


# --- genres -------------------------------------------------------------------------------------


def test_a_typed_weight_goes_to_the_genre_that_stays(spoke, genres, manager):
    set_profile(owner=spoke, genres={genres["Old"]: 0.4}, actor=manager)
    merge_genres(genre=genres["Old"], into=genres["New"], actor=manager)
    assert told(AudienceProfile.objects.get().genres, "genre") == {"New": (0.4, "typed")}


def test_typed_weights_of_both_add_up_to_one_at_most(spoke, genres, manager):
    weights = {genres["Old"]: 0.4, genres["New"]: 0.3, genres["Jazz"]: 0.9}
    set_profile(owner=spoke, genres=weights, actor=manager)
    merge_genres(genre=genres["Old"], into=genres["New"], actor=manager)
    assert told(AudienceProfile.objects.get().genres, "genre")["New"] == (0.7, "typed")


def test_a_genre_above_has_the_share_of_the_one_below_already(
    spoke, genres, make_genre, make_artist, manager
):
    make_artist("Somebody", make_genre("Older", genres["Old"])), make_artist("Other", genres["New"])
    text = "person,artist\nann,Somebody\nben,Somebody\ncarl,Other\n"
    import_profile(owner=spoke, text=text, actor=manager)
    below = Genre.objects.get(name="Older")
    merge_genres(genre=below, into=genres["Old"], actor=manager)
    assert told(AudienceProfile.objects.get().genres, "genre")["Old"] == (0.667, "imported")
    merge_genres(genre=genres["Old"], into=genres["New"], actor=manager)
    assert told(AudienceProfile.objects.get().genres, "genre") == {
        "Music": (1.0, "imported"),
        "New": (1.0, "imported"),
    }


def test_a_genre_is_merged_into_the_one_below_it_without_counting_twice(
    spoke, genres, make_genre, manager
):
    below = make_genre("Newer", genres["New"])
    set_profile(owner=spoke, genres={genres["New"]: 0.5, below: 0.4}, actor=manager)
    merge_genres(genre=genres["New"], into=below, actor=manager)
    assert told(AudienceProfile.objects.get().genres, "genre") == {"Newer": (0.5, "typed")}


@pytest.mark.parametrize(("typed", "counted"), [("Old", "New"), ("New", "Old")])
def test_what_a_manager_typed_stands_before_what_was_counted(
    spoke, genres, manager, typed, counted
):
    profile = set_profile(owner=spoke, genres={genres[typed]: 0.4}, actor=manager)
    ProfileGenre.objects.create(
        profile=profile, genre=genres[counted], weight=0.9, origin="imported"
    )
    merge_genres(genre=genres["Old"], into=genres["New"], actor=manager)
    assert told(profile.genres, "genre") == {"New": (0.4, "typed")}


def test_what_is_usual_in_the_house_is_of_both(spoke, genres, make_post, manager):
    make_post("One", genres=[genres["Old"]]), make_post("Two", genres=[genres["New"]])
    set_profile(owner=spoke, genres={}, actor=manager)
    merge_genres(genre=genres["Old"], into=genres["New"], actor=manager)
    assert ArchiveShare.objects.get(genre=genres["New"]).share == 1.0


def test_pins_bans_and_floors_stand_through_a_merge(
    genres, make_spoke, make_channel, make_post, manager
):
    spoke = make_spoke(genres["New"])
    channel, other = make_channel(spoke), make_channel(spoke)
    change_channel(channel=channel, fields={"fit_floor": 0.3}, actor=manager)
    change_spoke(spoke=spoke, fields={"genre_floor": 0.6}, actor=manager)
    set_profile(owner=spoke, genres={genres["Old"]: 0.9}, actor=manager)
    kept = make_post("Half old", genres=[genres["Old"], genres["New"]])
    stray = make_post("Jazz", genres=[genres["Jazz"]])
    pin_post(post=stray, channel=channel, reason="For once.", actor=manager)
    ban_post(post=kept, channel=other, reason="Not here.", actor=manager)

    def codes(post):
        return [route.code for route in route_post(post, [channel, other])]

    assert codes(kept) == ["too_little", "banned"]
    merge_genres(genre=genres["Old"], into=genres["New"], actor=manager)
    # all of it is of the spoke's genre now, and to their taste
    assert codes(kept) == ["wanted", "banned"]
    assert codes(stray) == ["pinned", "not_wanted"]
    assert RoutingOverride.objects.count() == 2


def test_the_genre_of_a_spoke_is_kept_and_nothing_of_the_merge_is_done(
    spoke, genres, make_genre, make_post, manager
):
    below = make_genre("Bebop", genres["Jazz"])
    post = make_post("Jazz", genres=[genres["Jazz"]])
    set_profile(owner=spoke, genres={genres["Jazz"]: 0.4}, actor=manager)
    with pytest.raises(GenreInUse, match=r"“Jazz” is the genre of spoke .*: give that another"):
        merge_genres(genre=genres["Jazz"], into=genres["New"], actor=manager)
    assert list(below.parents.all()) == [genres["Jazz"]]
    assert list(post.genres.all()) == [genres["Jazz"]]
    assert told(AudienceProfile.objects.get().genres, "genre") == {"Jazz": (0.4, "typed")}


def test_a_suggestion_in_the_queue_leads_to_the_genre_that_stays(genres, manager, now):
    UnresolvedGenre.objects.create(
        name="oldish", key="oldish", suggestion=genres["Old"], first_seen_at=now
    )
    merge_genres(genre=genres["Old"], into=genres["New"], actor=manager)
    assert UnresolvedGenre.objects.get().suggestion == genres["New"]


def test_a_profile_imported_later_by_the_old_name_counts_for_the_new(
    spoke, genres, make_artist, manager
):
    make_artist("Somebody", genres["Old"])
    add_alias(genre=genres["Old"], name="Olde")
    merge_genres(genre=genres["Old"], into=genres["New"], actor=manager)
    import_profile(owner=spoke, text="person,artist\nann,Somebody\n", actor=manager)
    assert "New" in told(AudienceProfile.objects.get().genres, "genre")


def test_chains_of_merges_lose_nothing(spoke, genres, make_genre, make_post, manager):
    low = make_genre("Low", genres["Old"])
    audience = save_audience(name="A", expression="genre:low")
    make_post("Of low", genres=[low])
    set_profile(owner=spoke, genres={low: 0.3}, actor=manager)
    set_parents(genre=low, parents=[genres["Old"], genres["New"]])
    merge_genres(genre=low, into=genres["Old"], actor=manager)
    merge_genres(genre=genres["Old"], into=genres["New"], actor=manager)
    assert told(AudienceProfile.objects.get().genres, "genre") == {"New": (0.3, "typed")}
    audience.refresh_from_db()
    change_spoke(spoke=spoke, fields={"audience": audience}, actor=manager)
    assert genres["New"].parents.get().name == "Music"


# --- tags ---------------------------------------------------------------------------------------


def test_the_weight_of_a_tag_goes_to_the_tag_that_stays(spoke, make_tag, manager):
    gigs, live = make_tag("gigs"), make_tag("live")
    profile = set_profile(owner=spoke, genres={}, tags={gigs: 0.4}, actor=manager)
    merge_tags(tag=gigs, into=live, actor=manager)
    assert told(profile.tags, "tag") == {"live": (0.4, "typed")}


def test_the_weights_of_two_tags_become_one_that_is_a_share(spoke, make_tag, make_post, manager):
    gigs, live = make_tag("gigs"), make_tag("live")
    make_post("One", tags=[gigs, live]), make_post("Two", tags=[gigs])
    profile = set_profile(owner=spoke, genres={}, tags={gigs: 0.8, live: 0.5}, actor=manager)
    merge_tags(tag=gigs, into=live, actor=manager)
    assert told(profile.tags, "tag") == {"live": (0.9, "typed")}
    assert ArchiveShare.objects.get(tag=live).share == 1.0


# --- artists ------------------------------------------------------------------------------------


def test_the_weight_of_an_artist_goes_to_the_artist_that_stays(spoke, make_artist, manager):
    old, new = make_artist("Ayah"), make_artist("Aya")
    profile = set_profile(owner=spoke, genres={}, artists={old: 0.4}, actor=manager)
    merge_artists(artist=old, into=new, actor=manager)
    assert told(profile.artists, "artist") == {"Aya": (0.4, "typed")}


def test_who_listens_to_either_listens_to_the_artist_that_stays(spoke, make_artist, manager):
    old, new = make_artist("Ayah"), make_artist("Aya")
    text = "person,artist\nann,Ayah\nben,Ayah\nben,Aya\ncarl,Other\ndora,Aya\n"
    profile = import_profile(owner=spoke, text=text, actor=manager).profile
    merge_artists(artist=old, into=new, actor=manager)
    assert told(profile.artists, "artist") == {"Aya": (0.75, "imported")}
    # by both names in one file each person counts once
    again = import_profile(owner=spoke, text=text, actor=manager)
    assert told(profile.artists, "artist") == {"Aya": (0.75, "imported")}
    assert [name for name, _ in again.counted.unknown] == ["Other"]


def test_counts_by_both_names_are_added_up_to_all_people_at_most(spoke, make_artist, manager):
    old, new = make_artist("Ayah"), make_artist("Aya")
    merge_artists(artist=old, into=new, actor=manager)
    text = "artist,listeners\nAyah,30\nAya,60\n"
    profile = import_profile(owner=spoke, text=text, people=100, actor=manager).profile
    assert told(profile.artists, "artist") == {"Aya": (0.9, "imported")}
    import_profile(owner=spoke, text=text, people=70, actor=manager)
    assert told(profile.artists, "artist") == {"Aya": (1.0, "imported")}


def test_posts_of_a_merged_artist_go_where_its_people_are(
    spoke, genres, make_channel, make_artist, make_post, manager
):
    channel = make_channel(spoke)
    old, new = make_artist("Ayah", genres["Jazz"]), make_artist("Aya", genres["Jazz"])
    set_profile(owner=spoke, genres={}, artists={old: 0.9}, actor=manager)
    post = make_post("Of the new", genres=[genres["Jazz"]], artists=[new])
    before = route_post(post, [channel])[0].fit.score
    merge_artists(artist=old, into=new, actor=manager)
    assert route_post(post, [channel])[0].fit.score > before

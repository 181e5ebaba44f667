from __future__ import annotations

import pytest

from content.audit.models import AuditEntry
from content.catalogue.actions import add_artist, set_artist_genres
from spokes.audiences import version
from spokes.audiences.models import ArchiveShare, AudienceProfile, ProfileArtist
from spokes.audiences.profiles.actions import (
    import_profile,
    import_profiles,
    read_ahead,
    remove_profile,
    set_profile,
)
from spokes.audiences.profiles.exceptions import (
    NothingCounted,
    ProfileFileRefused,
    ProfileRefused,
)


@pytest.fixture
def rap(make_genre):
    return make_genre("Rap")


@pytest.fixture
def trap(make_genre, rap):
    return make_genre("Trap", rap)


@pytest.fixture
def spoke(make_spoke, rap):
    return make_spoke(rap)


def weights(profile, kind="genres", name="genre__name"):
    return {
        row[0]: (round(row[1], 3), row[2])
        for row in getattr(profile, kind).values_list(name, "weight", "origin")
    }


def listening(*rows):
    return "\n".join(["person,artist", *(f"{person},{artist}" for person, artist in rows)])


def test_typed_weights_replace_those_typed_before(spoke, rap, trap, manager):
    set_profile(owner=spoke, genres={rap: 0.8, trap: 0.5}, actor=manager)
    profile = set_profile(owner=spoke, genres={trap: 0.9}, actor=manager)
    assert weights(profile) == {"Trap": (0.9, "typed")}
    entry = AuditEntry.objects.about(spoke).first()
    assert (entry.code, entry.actor_id) == ("profile.set", manager.pk)
    assert entry.before["genres"] == {"Rap": 0.8, "Trap": 0.5}
    assert entry.after["genres"] == {"Trap": 0.9}


@pytest.mark.parametrize("weight", [-0.1, 1.01, float("nan")])
def test_a_weight_outside_0_to_1_changes_nothing(spoke, rap, manager, weight):
    with pytest.raises(ProfileRefused, match="Rap"):
        set_profile(owner=spoke, genres={rap: weight}, actor=manager)
    assert not AudienceProfile.objects.exists()


def test_an_import_counts_genres_tags_and_artists(
    spoke, rap, trap, make_artist, make_post, make_tag, manager
):
    nas = make_artist("Nas", rap)
    make_artist("Future", trap)
    make_post("About Nas", artists=[nas], tags=[make_tag("lyrics")])
    text = listening(("ann", "Nas"), ("ann", "Future"), ("ben", "nas"), ("carl", "Nobody"))
    done = import_profile(owner=spoke, text=text, actor=manager)
    assert weights(done.profile) == {"Rap": (1.0, "imported"), "Trap": (0.333, "imported")}
    assert weights(done.profile, "tags", "tag__name") == {"lyrics": (1.0, "imported")}
    assert weights(done.profile, "artists", "artist__name") == {
        "Nas": (0.667, "imported"),
        "Future": (0.333, "imported"),
    }
    assert done.profile.people == 3
    assert done.profile.imported_at is not None
    assert done.counted.unknown == [("Nobody", 1)]
    assert done.counted.summary == "3 people, 2 artists, 1 name not known"


def test_the_weights_of_an_artists_genres_count(spoke, rap, make_genre, make_artist, manager):
    country = make_genre("Country")
    lil = make_artist("Lil Nas X", rap)
    set_artist_genres(artist=lil, genres=[(rap, 0.75), (country, 0.25)], actor=None)
    done = import_profile(owner=spoke, text=listening(("ann", "Lil Nas X")), actor=manager)
    assert weights(done.profile) == {"Rap": (0.75, "imported"), "Country": (0.25, "imported")}


def test_two_artists_of_one_name_are_told_and_not_counted(spoke, rap, manager):
    for name in ("Nirvana", "NIRVANA", "Nas"):
        add_artist(name=name, genres=[rap])
    text = listening(("ann", "Nirvana"), ("ann", "Nas"))
    done = import_profile(owner=spoke, text=text, actor=manager)
    assert done.counted.ambiguous == [("Nirvana", 1)]
    assert ProfileArtist.objects.count() == 1


def test_what_is_typed_stands_beside_what_is_counted(spoke, rap, trap, make_artist, manager):
    make_artist("Future", trap)
    set_profile(owner=spoke, genres={rap: 0.2}, actor=manager)
    done = import_profile(owner=spoke, text=listening(("ann", "Future")), actor=manager)
    assert weights(done.profile) == {"Rap": (0.2, "typed"), "Trap": (1.0, "imported")}
    profile = set_profile(owner=spoke, genres={trap: 0.1}, actor=manager)
    assert weights(profile) == {"Trap": (0.1, "typed")}


def test_a_new_import_replaces_what_was_counted_before(spoke, rap, trap, make_artist, manager):
    make_artist("Nas", rap), make_artist("Future", trap)
    import_profile(owner=spoke, text=listening(("ann", "Future")), actor=manager)
    done = import_profile(owner=spoke, text=listening(("ann", "Nas")), actor=manager)
    assert weights(done.profile) == {"Rap": (1.0, "imported")}


def test_a_faulty_file_changes_nothing(spoke, rap, make_artist, manager):
    make_artist("Nas", rap)
    kept = import_profile(owner=spoke, text=listening(("ann", "Nas")), actor=manager).profile
    with pytest.raises(ProfileFileRefused):
        import_profile(owner=spoke, text="artist,count\nNas,1\nNas,x\n", actor=manager)
    assert weights(kept) == {"Rap": (1.0, "imported")}
    assert AuditEntry.objects.filter(code="profile.imported").count() == 1


def test_a_file_of_strangers_changes_nothing(spoke, manager):
    with pytest.raises(NothingCounted):
        import_profile(owner=spoke, text=listening(("ann", "Nobody")), actor=manager)
    assert not AudienceProfile.objects.exists()


def test_many_are_imported_together_or_not_at_all(spoke, rap, make_artist, make_channel, manager):
    make_artist("Nas", rap)
    good, bad = listening(("ann", "Nas")), listening(("ann", "Nobody"))
    channel = make_channel(spoke)
    with pytest.raises(NothingCounted):
        import_profiles(texts={spoke: good, channel: bad}, actor=manager)
    assert not AudienceProfile.objects.exists()
    import_profiles(texts={spoke: good, channel: good}, actor=manager)
    assert AudienceProfile.objects.count() == 2


def test_reading_ahead_keeps_nothing(rap, make_artist):
    make_artist("Nas", rap)
    counted = read_ahead(listening(("ann", "Nas"), ("ben", "Nobody")))
    assert (len(counted.artists), counted.unknown) == (1, [("Nobody", 1)])
    assert not AudienceProfile.objects.exists()


def test_a_channel_has_a_profile_of_its_own(spoke, rap, make_channel, manager):
    channel = make_channel(spoke)
    profile = set_profile(owner=channel, genres={rap: 1}, actor=manager)
    assert (profile.owner, profile.spoke) == (channel, None)
    assert AuditEntry.objects.about(channel).filter(code="profile.set").exists()


def test_a_profile_can_be_forgotten(spoke, rap, manager):
    set_profile(owner=spoke, genres={rap: 1}, actor=manager)
    assert remove_profile(owner=spoke, actor=manager) is True
    assert remove_profile(owner=spoke, actor=manager) is False
    assert not AudienceProfile.objects.exists()
    assert AuditEntry.objects.about(spoke).first().code == "profile.removed"


def test_every_change_of_a_profile_raises_the_version(spoke, rap, manager):
    numbers = [version.current()]
    set_profile(owner=spoke, genres={rap: 1}, actor=manager)
    numbers.append(version.current())
    remove_profile(owner=spoke, actor=manager)
    numbers.append(version.current())
    assert len(set(numbers)) == 3


def test_what_is_usual_in_the_house_is_counted_with_the_profile(
    spoke, rap, trap, make_artist, make_post, make_tag, manager
):
    make_post("On trap", genres=[trap], tags=[make_tag("club")])
    make_post("On nothing")
    set_profile(owner=spoke, genres={rap: 1}, actor=manager)
    rows = ArchiveShare.objects.values_list("genre__name", "tag__name", "share")
    assert set(rows) == {("Rap", None, 0.5), ("Trap", None, 0.5), (None, "club", 0.5)}

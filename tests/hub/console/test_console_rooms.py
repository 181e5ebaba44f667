"""The other rooms in the console: what is filled in goes through their actions."""

from __future__ import annotations

import io
from datetime import time, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from content.audit.models import AuditEntry
from content.catalogue.models import Artist, Genre, UnresolvedGenre
from content.editorial.models import AudienceTag
from content.media.models import Asset
from hub.delivery.models import Gate, Hold
from hub.schedule.models import Slot
from spokes.audiences.models import Audience
from spokes.channels.models import Channel, Spoke

A_DAY_ON = timezone.now() + timedelta(days=1)
NO_ALIASES = {"aliases-TOTAL_FORMS": "0", "aliases-INITIAL_FORMS": "0"}


def codes() -> list[str]:
    return list(AuditEntry.objects.order_by("id").values_list("code", flat=True))


def errors(answer) -> dict[str, list[str]]:
    return answer.context["adminform"].form.errors


# --- catalogue --------------------------------------------------------------------------------


def test_a_genre_is_added_below_its_parents_with_its_aliases(mona: Client, make_genre) -> None:
    parent = make_genre("Electronic")
    aliases = {
        "aliases-TOTAL_FORMS": "1",
        "aliases-INITIAL_FORMS": "0",
        "aliases-0-name": "d&b",
    }
    fields = {"name": "Drum and Bass", "below": [parent.pk], **aliases}
    mona.post(reverse("admin:catalogue_genre_add"), fields)
    genre = Genre.objects.get(name="Drum and Bass")
    assert list(genre.parents.all()) == [parent]
    assert genre.aliases.get().name == "d&b"
    assert codes() == ["genre.added"]


def test_a_genre_that_would_go_round_is_refused_beside_its_parents(mona, make_genre) -> None:
    music = make_genre("Music")
    jazz = make_genre("Jazz", music)
    fields = {"name": "Music", "below": [jazz.pk], **NO_ALIASES}
    answer = mona.post(reverse("admin:catalogue_genre_change", args=[music.pk]), fields)
    assert "goes round" in errors(answer)["below"][0]
    assert not music.parents.exists()


def test_a_genre_is_renamed_moved_and_described_at_once(mona, make_genre) -> None:
    jazz, rock = make_genre("Jazz"), make_genre("Rock")
    fields = {"name": "Jass", "below": [rock.pk], "description": "Old.", **NO_ALIASES}
    mona.post(reverse("admin:catalogue_genre_change", args=[jazz.pk]), fields)
    jazz.refresh_from_db()
    assert (jazz.name, jazz.description) == ("Jass", "Old.")
    assert codes() == ["genre.renamed", "genre.parents_set", "genre.changed"]


def test_a_taken_name_is_refused_beside_the_name(mona, make_genre) -> None:
    make_genre("Jazz")
    answer = mona.post(reverse("admin:catalogue_genre_add"), {"name": "JAZZ", **NO_ALIASES})
    assert "already means the genre" in errors(answer)["name"][0]


def test_an_artist_is_added_with_genres(mona, make_genre) -> None:
    jazz = make_genre("Jazz")
    fields = {"name": "Alma Reed", "plays": [jazz.pk], "country": "GB", **NO_ALIASES}
    mona.post(reverse("admin:catalogue_artist_add"), fields)
    artist = Artist.objects.get()
    assert (artist.key, list(artist.genres.all())) == ("almareed", [jazz])


def test_an_artist_is_changed_and_it_is_noted(mona, make_artist, make_genre) -> None:
    artist, jazz = make_artist("Alma Reed"), make_genre("Jazz")
    address = reverse("admin:catalogue_artist_change", args=[artist.pk])
    mona.post(address, {"plays": [jazz.pk], "country": "DE", **NO_ALIASES})
    artist.refresh_from_db()
    assert (artist.country, list(artist.genres.all())) == ("DE", [jazz])
    assert codes() == ["artist.genres_set", "artist.changed"]


def test_an_artist_is_found_by_name_for_a_post(edith, make_artist) -> None:
    make_artist("Alma Reed")
    asked = {"app_label": "editorial", "model_name": "post", "field_name": "artists"}
    found = edith.get(reverse("admin:autocomplete"), {"term": "alma", **asked}).json()
    assert [row["text"] for row in found["results"]] == ["Alma Reed"]


def test_an_unknown_name_is_settled_as_a_genre(edith, make_genre, now) -> None:
    jazz = make_genre("Jazz")
    unknown = UnresolvedGenre.objects.create(name="jass", key="jass", first_seen_at=now)
    address = reverse("admin:catalogue_unresolvedgenre_step", args=[unknown.pk, "settle"])
    edith.post(address, {"genre": jazz.pk})
    unknown.refresh_from_db()
    assert unknown.settled_at is not None
    assert jazz.aliases.get().name == "jass"


def test_settled_names_leave_the_queue(mona, now) -> None:
    UnresolvedGenre.objects.create(name="jass", key="jass", first_seen_at=now, settled_at=now)
    UnresolvedGenre.objects.create(name="rokk", key="rokk", first_seen_at=now)
    address = reverse("admin:catalogue_unresolvedgenre_changelist")
    assert [row.name for row in mona.get(address).context["cl"].result_list] == ["rokk"]


# --- pictures ---------------------------------------------------------------------------------


def upload(**changes: object) -> dict[str, object]:
    stored = io.BytesIO()
    Image.new("RGB", (64, 36), "#335577").save(stored, "PNG")
    return {
        "upload": SimpleUploadedFile("stage.png", stored.getvalue(), "image/png"),
        "title": "A stage",
        "alt_text": "A stage in blue light.",
        "focal_x": "0.5",
        "focal_y": "0.5",
        **changes,
    }


def test_a_picture_is_uploaded(edith) -> None:
    assert edith.post(reverse("admin:media_asset_add"), upload()).status_code == 302
    asset = Asset.objects.get()
    assert (asset.title, asset.width, asset.uploaded_by.username) == ("A stage", 64, "edith")


def test_a_picture_without_words_is_refused_beside_the_words(edith) -> None:
    answer = edith.post(reverse("admin:media_asset_add"), upload(alt_text=""))
    assert "for those who can't see it" in errors(answer)["alt_text"][0]
    assert not Asset.objects.exists()


def test_what_is_no_picture_is_refused_beside_the_file(edith) -> None:
    broken = SimpleUploadedFile("stage.png", b"not a picture", "image/png")
    answer = edith.post(reverse("admin:media_asset_add"), upload(upload=broken))
    assert errors(answer)["upload"]
    assert not Asset.objects.exists()


# --- spokes, channels, audiences --------------------------------------------------------------


def test_a_spoke_opens_with_its_site_and_its_times(mona, make_genre) -> None:
    jazz = make_genre("Jazz")
    fields = {"genre": jazz.pk, "colour": "#2e86ab", "position": "0"}
    times = {"zone": "Europe/Berlin", "weekdays": "12:00", "weekend": ""}
    mona.post(reverse("admin:channels_spoke_add"), fields | times)
    channel = Channel.objects.get()
    assert (channel.network, channel.spoke, channel.zone) == (
        "site",
        Spoke.objects.get(name="Jazz"),
        "Europe/Berlin",
    )
    assert codes() == ["spoke.added", "channel.added", *["slot.added"] * 5]


def test_a_time_that_is_none_opens_no_spoke(mona, make_genre) -> None:
    fields = {"genre": make_genre("Jazz").pk, "colour": "#2e86ab", "position": "0"}
    times = {"zone": "UTC", "weekdays": "noon", "weekend": ""}
    answer = mona.post(reverse("admin:channels_spoke_add"), fields | times)
    assert "noon" in errors(answer)["weekdays"][0]
    assert not Spoke.objects.exists()


def test_a_channel_is_opened(mona, make_genre, make_spoke) -> None:
    channel = {
        "name": "Jazz site",
        "network": "site",
        "spoke": make_spoke(make_genre("Jazz")).pk,
        "zone": "Europe/Berlin",
        "late_policy": "standard",
    }
    mona.post(reverse("admin:channels_channel_add"), channel)
    assert Channel.objects.get().zone == "Europe/Berlin"
    assert codes() == ["channel.added"]


def test_a_channel_that_lacks_something_says_what_beside_the_field(mona, db) -> None:
    fields = {"name": "Hook", "network": "webhook", "zone": "UTC", "late_policy": "standard"}
    answer = mona.post(reverse("admin:channels_channel_add"), fields)
    assert "url" in errors(answer)["settings"][0]
    assert not Channel.objects.exists()


def test_credentials_are_never_shown(mona, make_channel) -> None:
    secret = {"secret": "whsec_c2VjcmV0LW9mLXRoZS1ob3VzZQ=="}
    channel = make_channel(
        network="webhook", settings={"url": "https://example.org/hook"}, credentials=secret
    )
    shown = mona.get(reverse("admin:channels_channel_change", args=[channel.pk])).content.decode()
    assert "Has credentials." in shown
    assert secret["secret"] not in shown


def test_a_lost_connection_stands_above_all_that_can_be_set(mona, make_channel, now) -> None:
    channel = make_channel(network="webhook", auth_lost_at=now, auth_lost_reason="Key revoked")
    shown = mona.get(reverse("admin:channels_channel_change", args=[channel.pk])).content.decode()
    said = shown.index("Connection lost since")
    assert shown.index('name="spoke"') < said < shown.index('name="zone"')


def test_a_new_channel_says_nothing_of_a_connection(mona) -> None:
    shown = mona.get(reverse("admin:channels_channel_add")).content.decode()
    assert "Nothing is known to be wrong" not in shown


def test_a_channel_is_paused_resumed_and_checked(mona, make_channel) -> None:
    channel = make_channel()

    def press(step: str, **answers: str) -> str:
        address = reverse("admin:channels_channel_step", args=[channel.pk, step])
        answer = mona.post(address, answers, follow=True)
        channel.refresh_from_db()
        return str(answer.content.decode())

    press("pause", reason="New owner.")
    assert channel.paused_reason == "New owner."
    press("resume")
    assert channel.paused_at is None
    assert "It works" in press("check")


def test_a_spoke_is_held_back(mona, make_genre, make_spoke) -> None:
    spoke = make_spoke(make_genre("Jazz"))
    address = reverse("admin:channels_spoke_step", args=[spoke.pk, "hold"])
    mona.post(address, {"reason": "It moves house."})
    assert Hold.objects.get().spoke == spoke


def test_an_audience_says_how_many_posts_it_reaches(mona, make_genre, make_post) -> None:
    from django.utils import timezone

    jazz, rock = make_genre("Jazz"), make_genre("Rock")
    make_post(genres=[jazz], updated_at=timezone.now())
    make_post(genres=[rock], updated_at=timezone.now())
    fields = {"name": "Jazz lovers", "expression": "genre:jazz"}
    mona.post(reverse("admin:audiences_audience_add"), fields)
    audience = Audience.objects.get()
    address = reverse("admin:audiences_audience_change", args=[audience.pk])
    assert "<b>1</b> of 2 posts" in mona.get(address).content.decode()


def test_a_faulty_expression_is_explained_beside_it(mona, make_genre) -> None:
    make_genre("Jazz")
    fields = {"name": "Jazz lovers", "expression": "gener:jazz"}
    answer = mona.post(reverse("admin:audiences_audience_add"), fields)
    assert "genre" in str(errors(answer)["expression"])
    assert not Audience.objects.exists()


# --- the rest ---------------------------------------------------------------------------------


def test_a_slot_is_added_and_noted(mona, make_channel) -> None:
    fields = {
        "channel": make_channel().pk,
        "weekday": "2",
        "wall_time": "18:00",
        "zone": "Europe/Berlin",
        "active": "on",
    }
    mona.post(reverse("admin:schedule_slot_add"), fields)
    slot = Slot.objects.get()
    assert (slot.weekday, slot.wall_time, slot.zone) == (2, time(18), "Europe/Berlin")
    assert codes() == ["slot.added"]


def test_a_slot_is_switched_off_and_noted(mona, make_channel) -> None:
    channel = make_channel()
    slot = Slot.objects.create(channel=channel, weekday=2, wall_time=time(18), zone="UTC")
    fields = {"channel": channel.pk, "weekday": "2", "wall_time": "18:00", "zone": "UTC"}
    mona.post(reverse("admin:schedule_slot_change", args=[slot.pk]), fields)
    slot.refresh_from_db()
    assert not slot.active
    assert AuditEntry.objects.about(slot).get().before == {"active": True}


def test_an_audience_tag_is_one_row_however_it_is_spelt(mona, make_tag) -> None:
    make_tag("Hip Hop")
    fields = {"name": "hip-hop", "meaning": "Again."}
    answer = mona.post(reverse("admin:editorial_audiencetag_add"), fields)
    assert answer.status_code == 200
    assert AudienceTag.objects.count() == 1


@pytest.mark.parametrize(
    ("query", "expected"), [("code=post.written", 1), ("actor=clock", 1), ("code=none.such", 0)]
)
def test_the_audit_log_is_filtered(mona, make_post, editor, query: str, expected: int) -> None:
    from content.audit.actions import record

    post = make_post()
    record(code="post.written", subject=post, actor=editor)
    record(code="post.expired", subject=post, actor=None)
    address = f"{reverse('admin:audit_auditentry_changelist')}?{query}"
    assert mona.get(address).context["cl"].result_count == expected


def test_a_tag_is_renamed_explained_and_merged(mona, make_tag, make_post) -> None:
    uk, britain = make_tag("UK"), make_tag("Britain")
    post = make_post(tags=[uk])
    address = reverse("admin:editorial_audiencetag_change", args=[uk.pk])
    mona.post(address, {"name": "United Kingdom", "meaning": "For people there."})
    uk.refresh_from_db()
    assert (uk.name, uk.meaning) == ("United Kingdom", "For people there.")
    merge = reverse("admin:editorial_audiencetag_step", args=[uk.pk, "merge"])
    mona.post(merge, {"into": britain.pk})
    assert list(post.tags.all()) == [britain]


def test_a_hold_names_one_thing(mona, make_genre, make_spoke) -> None:
    spoke = make_spoke(make_genre("Jazz"))
    address = reverse("admin:delivery_hold_add")
    answer = mona.post(address, {"scope": "spoke", "reason": "Wait."})
    assert "Choose the spoke" in errors(answer)["scope"][0]
    mona.post(address, {"scope": "spoke", "spoke": spoke.pk, "reason": "Wait."})
    held = Hold.objects.get()
    mona.post(reverse("admin:delivery_hold_step", args=[held.pk, "release"]))
    assert not Hold.objects.exists()


def test_nothing_is_stopped_by_not_choosing(mona) -> None:
    answer = mona.post(reverse("admin:delivery_hold_add"), {"scope": "", "reason": "Wait."})
    assert errors(answer)["scope"]
    assert not Hold.objects.exists()


def test_what_was_picked_before_another_kind_was_chosen_is_forgotten(
    mona, make_genre, make_spoke, make_post
) -> None:
    spoke, post = make_spoke(make_genre("Jazz")), make_post()
    fields = {"scope": "post", "spoke": spoke.pk, "post": post.pk, "reason": "Wait."}
    mona.post(reverse("admin:delivery_hold_add"), fields)
    held = Hold.objects.get()
    assert (held.post, held.spoke) == (post, None)


def test_a_connection_that_does_not_work_is_said_as_an_error(mona, make_channel) -> None:
    channel = make_channel(network="webhook", settings={"url": "http://127.0.0.1:9/hook"})
    address = reverse("admin:channels_channel_step", args=[channel.pk, "check"])
    answer = mona.post(address, follow=True)
    assert [str(one.level_tag) for one in answer.context["messages"]] == ["error"]
    assert "It does not work" in answer.content.decode()


@pytest.mark.parametrize(
    ("gate", "words", "label"),
    [
        ({}, "Nothing is known to be wrong with what is sent there.", "open"),
        ({"failures_in_row": 3}, "The last 3 calls there failed.", "open"),
        ({"quick": False}, "Its network answers slowly or not at all.", "open"),
        ({"opened_until": A_DAY_ON}, "is given a rest; the next try", "network fails"),
        ({"opened_until": timezone.now()}, "is tried again within a minute", "network fails"),
    ],
)
def test_a_channel_says_how_its_network_is(mona, make_channel, gate, words, label) -> None:
    channel = make_channel()
    Gate.objects.create(name=f"channel:{channel.pk}", on_pace_at=timezone.now(), **gate)
    address = reverse("admin:channels_channel_change", args=[channel.pk])
    assert words in mona.get(address).content.decode()
    assert label in mona.get(reverse("admin:channels_channel_changelist")).content.decode()

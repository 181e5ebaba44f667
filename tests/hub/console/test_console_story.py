"""The life of a post, as people live it in the console."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from content.audit.models import AuditEntry
from content.editorial.models import Post, PostState
from hub.delivery.models import BY_HAND, Delivery, Kind
from hub.delivery.states import State
from hub.schedule.models import Slot
from spokes.audiences.models import RoutingOverride
from tests.hub.console.post_page import filled, page

ADD = "/admin/editorial/post/add/"


def press(client: Client, post: Post, step: str, **answers: object):
    address = reverse("admin:editorial_post_step", args=[post.pk, step])
    return client.post(address, answers, follow=True)


def schedule(client: Client, post: Post, *channels, **answers: object):
    address = reverse("admin:editorial_post_schedule", args=[post.pk])
    chosen = {"channels": [channel.pk for channel in channels], "when": "now", **answers}
    return client.post(address, chosen, follow=True)


@pytest.fixture
def jazz(make_genre):
    return make_genre("Jazz")


@pytest.fixture
def jazz_site(jazz, make_spoke, make_channel):
    return make_channel(make_spoke(jazz), name="Jazz site", slug="jazz-site", zone="Europe/Berlin")


@pytest.fixture
def hub_site(make_channel):
    return make_channel(name="Hub site", slug="hub-site")


def test_an_editor_writes_a_post(edith: Client, jazz, make_artist, make_tag) -> None:
    artist, tag = make_artist("Alma Reed", jazz), make_tag("festival")
    fields = filled(genres=[jazz.pk], artists=[artist.pk], tags=[tag.pk], markets="gb, IE")
    assert edith.post(ADD, fields).status_code == 302
    post = Post.objects.get()
    assert post.author.username == "edith"
    assert post.body_html == "<p>It begins <strong>slowly</strong>.</p>\n"
    assert [market.code for market in post.markets.all()] == ["GB", "IE"]
    assert list(post.tags.all()) == [tag]
    assert list(post.artists.all()) == [artist]
    assert AuditEntry.objects.about(post).get().code == "post.written"


def test_a_change_counts_a_revision_and_is_kept_in_the_history(edith, make_post, jazz) -> None:
    post = make_post(state="draft", genres=[jazz])
    edith.post(page(post), filled(title="Another name", genres=[jazz.pk], revision=post.revision))
    post.refresh_from_db()
    assert (post.title, post.revision) == ("Another name", 2)
    shown = edith.get(page(post)).content.decode()
    assert "Another name" in shown.split('id="history"')[1]


def test_a_variant_is_written_with_its_post(edith: Client, jazz_site, db) -> None:
    fields = filled(
        **{
            "variants-TOTAL_FORMS": "1",
            "variants-0-target": "channel:jazz-site",
            "variants-0-title": "For the jazz people",
        }
    )
    edith.post(ADD, fields)
    variant = Post.objects.get().variants.get()
    assert (variant.target, variant.title) == ("channel:jazz-site", "For the jazz people")


def test_what_is_wrong_is_said_beside_its_field(edith: Client) -> None:
    fields = filled(markets="Britain", embargo_until_0="2026-12-02", embargo_until_1="10:00")
    answer = edith.post(ADD, {**fields, "expires_at_0": "2026-12-01", "expires_at_1": "10:00"})
    errors = answer.context["adminform"].form.errors
    assert "no country code" in errors["markets"][0]
    assert "expire before its embargo ends" in errors["expires_at"][0]
    assert not Post.objects.exists()


def test_two_editors_do_not_overwrite_each_other(edith: Client, make_post, jazz) -> None:
    post = make_post(state="draft", genres=[jazz])
    edith.post(page(post), filled(title="First", genres=[jazz.pk], revision=1))
    answer = edith.post(page(post), filled(title="Second", genres=[jazz.pk], revision=1))
    assert "changed by someone else meanwhile" in answer.content.decode()
    post.refresh_from_db()
    assert post.title == "First"


def test_a_post_goes_from_draft_to_approved_by_two_people(edith, anton, make_post) -> None:
    post = make_post(state="draft")
    press(edith, post, "submit")
    answer = press(anton, post, "approve")
    post.refresh_from_db()
    assert "Approved. It can be scheduled now." in answer.content.decode()
    assert post.state == PostState.APPROVED
    assert post.approved_by.username == "anton"


def test_nobody_approves_their_own_post(mona: Client, manager, make_post) -> None:
    post = make_post(state="in_review", author=manager)
    answer = press(mona, post, "approve")
    assert "someone else has to approve it" in answer.content.decode()
    post.refresh_from_db()
    assert post.state == PostState.IN_REVIEW


def test_the_author_is_offered_no_approval_unless_the_house_is_of_one(
    mona: Client, manager, make_post, settings
) -> None:
    post = make_post(state="in_review", author=manager)
    button = reverse("admin:editorial_post_step", args=[post.pk, "approve"])
    assert button not in mona.get(page(post)).content.decode()
    settings.FOUR_EYES = False
    assert button in mona.get(page(post)).content.decode()


def test_an_editor_without_the_role_is_not_offered_to_approve(edith, make_post) -> None:
    post = make_post(state="in_review")
    assert "/step/approve/" not in edith.get(page(post)).content.decode()
    assert press(edith, post, "approve").status_code == 403


def test_an_approval_is_for_what_the_approver_saw(anton, make_post) -> None:
    post = make_post(state="in_review", revision=3)
    answer = press(anton, post, "approve", seen="2")
    assert "changed by someone else meanwhile" in answer.content.decode()
    post.refresh_from_db()
    assert post.state == PostState.IN_REVIEW


def test_a_post_is_sent_back_with_a_note(anton, make_post) -> None:
    post = make_post(state="in_review")
    assert "required" in press(anton, post, "return", note="").content.decode()
    press(anton, post, "return", note="Name the producer.")
    post.refresh_from_db()
    assert post.state == PostState.DRAFT
    assert "Name the producer." in anton.get(page(post)).content.decode()


def test_the_page_tells_where_a_post_goes_and_why(edith, make_post, jazz, jazz_site) -> None:
    goes, stays = make_post(genres=[jazz]), make_post()
    told = [
        edith.get(reverse("admin:editorial_post_route", args=[post.pk])).content.decode()
        for post in (goes, stays)
    ]
    assert "genre: Jazz" in told[0]
    assert "no genre of it is Jazz or below" in told[1]


def test_a_pin_needs_a_reason_and_can_be_cleared(edith, make_post, jazz_site) -> None:
    post = make_post()
    address = reverse("admin:editorial_post_routing", args=[post.pk])
    edith.post(address, {"channel": jazz_site.pk, "verdict": "pin", "reason": " "})
    assert not RoutingOverride.objects.exists()
    edith.post(address, {"channel": jazz_site.pk, "verdict": "pin", "reason": "She plays jazz."})
    assert RoutingOverride.objects.get().verdict == "pin"
    edith.post(address, {"channel": jazz_site.pk, "verdict": "clear"})
    assert not RoutingOverride.objects.exists()


def test_a_post_goes_out_now(edith, make_post, jazz, jazz_site, hub_site) -> None:
    post = make_post(genres=[jazz])
    before = timezone.now()
    answer = schedule(edith, post, jazz_site, hub_site)
    assert "Scheduled on 2 channels." in answer.content.decode()
    assert Delivery.objects.of(post).planned().count() == 2
    assert all(before <= row.due_at <= timezone.now() for row in Delivery.objects.all())


def test_a_time_is_a_wall_time_in_the_chosen_zone(edith, make_post, jazz, jazz_site) -> None:
    post = make_post(genres=[jazz])
    schedule(
        edith, post, jazz_site, when="at", date="2027-07-01", time="09:30", zone="Europe/Berlin"
    )
    assert Delivery.objects.get().due_at == datetime(2027, 7, 1, 7, 30, tzinfo=UTC)


def test_the_plan_is_shown_in_the_zone_and_in_utc_before_anything_happens(
    edith, make_post, jazz, jazz_site
) -> None:
    post = make_post(genres=[jazz])
    address = reverse("admin:editorial_post_schedule", args=[post.pk])
    asked = {"channels": jazz_site.pk, "when": "at", "date": "2027-07-01", "time": "09:30"}
    shown = edith.get(address, {**asked, "zone": "Europe/Berlin"}).content.decode()
    assert "Thu 1 Jul 2027, 09:30 Europe/Berlin" in shown
    assert "Thu 1 Jul 2027, 07:30 UTC" in shown
    assert not Delivery.objects.exists()


def test_a_post_takes_the_next_free_slot(edith, make_post, jazz, jazz_site) -> None:
    tomorrow = timezone.now() + timedelta(days=1)
    Slot.objects.create(
        channel=jazz_site, weekday=tomorrow.weekday(), wall_time=time(18), zone="UTC"
    )
    post = make_post(genres=[jazz])
    schedule(edith, post, jazz_site, when="slot")
    delivery = Delivery.objects.get()
    assert (delivery.due_at.date(), delivery.due_at.hour) == (tomorrow.date(), 18)


def test_a_channel_without_slots_says_so_in_the_plan(edith, make_post, jazz, jazz_site) -> None:
    post = make_post(genres=[jazz])
    address = reverse("admin:editorial_post_schedule", args=[post.pk])
    shown = edith.get(address, {"channels": jazz_site.pk, "when": "slot"}).content.decode()
    assert "no free slot" in shown


def test_a_time_that_is_over_is_refused_in_words(edith, make_post, jazz, jazz_site) -> None:
    post = make_post(genres=[jazz])
    answer = schedule(
        edith, post, jazz_site, when="at", date="2020-01-01", time="09:30", zone="UTC"
    )
    assert "is over" in answer.content.decode()
    asked = {"channels": jazz_site.pk, "when": "at", "date": "2020-01-01", "time": "09:30"}
    address = reverse("admin:editorial_post_schedule", args=[post.pk])
    shown = edith.get(address, {**asked, "zone": "UTC"}).content.decode()
    assert "is over" in shown
    assert "Schedule it" not in shown
    assert not Delivery.objects.exists()


def test_a_date_and_time_can_not_be_left_out(edith, make_post, jazz, jazz_site) -> None:
    post = make_post(genres=[jazz])
    answer = schedule(edith, post, jazz_site, when="at")
    assert "Needed for a date and time." in answer.content.decode()
    assert not Delivery.objects.exists()


def test_a_scheduled_post_is_locked_and_says_what_to_do(edith, make_post, jazz, jazz_site) -> None:
    post = make_post(genres=[jazz])
    schedule(edith, post, jazz_site, when="at", date="2027-07-01", time="09:30", zone="UTC")
    shown = edith.get(page(post)).content.decode()
    assert "This post is locked" in shown
    assert 'name="title"' not in shown
    assert edith.post(page(post), filled(title="Too late")).status_code == 403
    press(edith, post, "unschedule")
    assert 'name="title"' in edith.get(page(post)).content.decode()
    assert Delivery.objects.get().state == State.CANCELLED


def test_a_delivery_is_moved_and_cancelled_from_its_page(edith, make_post, jazz, jazz_site) -> None:
    post = make_post(genres=[jazz])
    schedule(edith, post, jazz_site, when="at", date="2027-07-01", time="09:30", zone="UTC")
    delivery = Delivery.objects.get()
    address = reverse("admin:delivery_delivery_step", args=[delivery.pk, "move"])
    assert 'value="11:30' in edith.get(address).content.decode()
    edith.post(address, {"date": "2027-07-02", "time": "12:00", "zone": "Europe/Berlin"})
    delivery.refresh_from_db()
    assert delivery.due_at == datetime(2027, 7, 2, 10, 0, tzinfo=UTC)
    edith.post(reverse("admin:delivery_delivery_step", args=[delivery.pk, "cancel"]), {})
    delivery.refresh_from_db()
    assert delivery.state == State.CANCELLED


def live(post: Post, channel) -> Delivery:
    """Make a delivery as it stands when it has gone out."""
    return Delivery.objects.create(
        post=post,
        channel=channel,
        post_revision=post.revision,
        **BY_HAND,
        key=f"key-{channel.pk}",
        marker=f"marker-{channel.pk}",
        state=State.LIVE,
        due_at=timezone.now(),
        next_try_at=timezone.now(),
        created_at=timezone.now(),
        settled_at=timezone.now(),
        remote_id="1",
        remote_url="https://backbeat.example.org/jazz/hello/",
    )


def test_a_live_post_is_withdrawn_with_a_reason(edith, make_post, jazz, jazz_site) -> None:
    post = make_post(genres=[jazz])
    delivery = live(post, jazz_site)
    assert "https://backbeat.example.org/jazz/hello/" in edith.get(page(post)).content.decode()
    press(edith, post, "withdraw", reason="The date was wrong.")
    assert Delivery.objects.get(kind=Kind.WITHDRAW).target == delivery


def test_a_live_post_is_updated(edith, make_post, jazz, jazz_site) -> None:
    post = make_post(genres=[jazz])
    live(post, jazz_site)
    press(edith, post, "update-live")
    assert Delivery.objects.get(kind=Kind.EDIT).post_revision == post.revision


def test_an_archived_post_comes_back_as_a_draft(edith, make_post) -> None:
    post = make_post(state="draft")
    press(edith, post, "archive")
    post.refresh_from_db()
    assert post.state == PostState.ARCHIVED
    press(edith, post, "revive")
    post.refresh_from_db()
    assert post.state == PostState.DRAFT


def test_a_post_is_held_back_and_goes_on(edith, make_post) -> None:
    post = make_post()
    press(edith, post, "hold", reason="The label asked.")
    assert "/step/go-on/" in edith.get(page(post)).content.decode()
    press(edith, post, "go-on")
    assert not post.holds.exists()


def test_the_preview_is_rendered_and_cleaned(edith) -> None:
    answer = edith.post(
        reverse("admin:editorial_post_preview"), {"text": "**Hi** <script>alert(1)</script>"}
    )
    assert answer.content.decode().startswith("<p><strong>Hi</strong>")
    assert "<script>" not in answer.content.decode()

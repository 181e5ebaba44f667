"""What the console says and offers, in the places where people got stuck."""

from __future__ import annotations

from datetime import time, timedelta

import pytest
from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from content.audit.actions import record
from content.audit.models import AuditEntry
from content.editorial.models import Post, PostState
from hub.console.templatetags.console import changes
from hub.delivery.actions import plan_delivery
from hub.delivery.models import Delivery
from hub.delivery.states import State
from hub.schedule.actions import schedule_post
from hub.schedule.models import Slot
from spokes.channels.actions import pause_channel
from tests.hub.console.post_page import page
from tests.hub.steps import put


def press(client: Client, post: Post, step: str, **answers: object):
    address = reverse("admin:editorial_post_step", args=[post.pk, step])
    return client.post(address, answers, follow=True)


def text(client: Client, address: str) -> str:
    return client.get(address).content.decode()


@pytest.fixture
def jazz(make_genre):
    return make_genre("Jazz")


@pytest.fixture
def jazz_site(jazz, make_spoke, make_channel):
    return make_channel(make_spoke(jazz), name="Jazz site", slug="jazz-site", zone="Europe/Berlin")


@pytest.fixture
def planned(make_post, jazz, jazz_site, editor) -> Delivery:
    post = make_post(genres=[jazz])
    at = timezone.now() + timedelta(days=1)
    return schedule_post(post=post, actor=editor, at=at, channels=[jazz_site]).deliveries[0]


def stuck(delivery: Delivery, state: State) -> Delivery:
    put(delivery, state)
    delivery.refresh_from_db()
    return delivery


# --- writing and review -----------------------------------------------------------------------


def test_a_post_that_lacks_something_is_not_submitted(edith, make_post) -> None:
    post = make_post(state="draft", cta_url="")
    answer = press(edith, post, "submit")
    said = [str(message) for message in get_messages(answer.wsgi_request)]
    shown = answer.content.decode()
    assert "A post needs its deep link into the music client." in shown + "".join(said)
    assert "Submitted" not in shown
    post.refresh_from_db()
    assert post.state == PostState.DRAFT


def test_what_a_saved_post_lacks_is_said_at_once(edith) -> None:
    fields = {"title": "Blue Hour", "kind": "feature", "cta_label": "Listen now", "lang": "en"}
    lines = {"variants-TOTAL_FORMS": "0", "variants-INITIAL_FORMS": "0"}
    answer = edith.post("/admin/editorial/post/add/", {**fields, **lines}, follow=True)
    assert Post.objects.get().title == "Blue Hour"
    assert "Before it can be submitted: A post needs a teaser" in answer.content.decode()


def test_an_author_takes_a_post_back_from_review(edith, make_post) -> None:
    post = make_post(state="in_review")
    assert "/step/take-back/" in text(edith, page(post))
    press(edith, post, "take-back")
    post.refresh_from_db()
    assert post.state == PostState.DRAFT
    assert "Taken back." in text(edith, page(post))


def test_nobody_takes_back_the_post_of_somebody_else(edith, make_post, approver) -> None:
    post = make_post(state="in_review", author=approver)
    assert "/step/take-back/" not in text(edith, page(post))
    assert press(edith, post, "take-back").status_code == 403
    post.refresh_from_db()
    assert post.state == PostState.IN_REVIEW


def test_people_are_called_by_their_names(edith, make_post, editor) -> None:
    User.objects.filter(pk=editor.pk).update(first_name="Edith", last_name="Novak")
    post = make_post(state="in_review")
    record(code="post.submitted", subject=post, actor=editor)
    shown = text(edith, page(post))
    assert "but not Edith Novak." in shown
    assert "<td>Edith Novak</td>" in shown.split('id="history"')[1]
    assert "Edith Novak" in text(edith, reverse("admin:editorial_post_changelist"))


def test_the_history_names_fields_and_states_as_the_page_does(make_post, editor) -> None:
    post = make_post()
    entry = record(
        code="post.changed",
        subject=post,
        actor=editor,
        before={"cta_label": "Listen", "state": "in_review"},
        after={"cta_label": "Watch", "state": "draft", "gone_since": "x"},
    )
    said = [(one.field, one.before, one.after) for one in changes(entry)]
    assert said == [
        ("Call to action", "Listen", "Watch"),
        ("State", "In review", "Draft"),
        ("Gone since", "", "x"),
    ]


def test_a_plan_in_the_history_is_told_in_times_that_people_read(make_post) -> None:
    entry = AuditEntry(
        subject_type="editorial.post", after={"channels": {"jazz": "2027-07-01T07:30+00:00"}}
    )
    assert changes(entry)[0].after == "jazz Thu 1 Jul 2027, 07:30 UTC"


# --- where it goes ----------------------------------------------------------------------------


def test_a_post_in_trouble_is_not_called_live(edith, planned) -> None:
    stuck(planned, State.MISSED)
    shown = text(edith, reverse("admin:editorial_post_schedule", args=[planned.post_id]))
    assert "Missed. Open the delivery to try it again or drop it." in shown
    assert reverse("admin:delivery_delivery_change", args=[planned.pk]) in shown
    assert "live there" not in shown


def test_a_planned_post_says_when_it_goes_out(edith, planned) -> None:
    shown = text(edith, reverse("admin:editorial_post_schedule", args=[planned.post_id]))
    assert "It is planned for " in shown
    assert "Europe/Berlin" in shown


def test_nothing_is_offered_to_press_where_nothing_can_be_chosen(edith, planned) -> None:
    shown = text(edith, reverse("admin:editorial_post_schedule", args=[planned.post_id]))
    assert "Nothing is left to schedule" in shown
    assert "Show what happens" not in shown


def test_a_paused_channel_is_called_paused_before_and_after_scheduling(
    edith, jazz, jazz_site, make_post, planned
) -> None:
    pause_channel(channel=jazz_site, reason="They move house.", actor=None)
    another = make_post(genres=[jazz])
    offered = text(edith, reverse("admin:editorial_post_schedule", args=[another.pk]))
    assert "paused: what is planned waits" in offered
    assert "channel paused" in text(edith, page(planned.post))


# --- deliveries -------------------------------------------------------------------------------


def test_a_missed_delivery_has_no_next_try(edith, planned) -> None:
    address = reverse("admin:delivery_delivery_change", args=[planned.pk])
    assert "a person decides" not in text(edith, address)
    stuck(planned, State.MISSED)
    assert "None: a person decides what happens now." in text(edith, address)


def test_the_history_of_a_delivery_begins_with_its_plan(edith, planned) -> None:
    address = reverse("admin:delivery_delivery_change", args=[planned.pk])
    assert "Post scheduled" in text(edith, address).split('id="history"')[1]


def test_the_plan_of_another_channel_is_not_its_history(
    edith, planned, make_channel, editor
) -> None:
    now, hub = timezone.now(), make_channel(name="Hub site")
    other = plan_delivery(
        post=planned.post, channel=hub, due_at=now, actor=editor, by_hand=True, now=now
    )
    address = reverse("admin:delivery_delivery_change", args=[other.pk])
    assert "Post scheduled" not in text(edith, address).split('id="history"')[1]


# --- lists and channels -----------------------------------------------------------------------


def test_an_empty_list_says_what_it_is_for(edith) -> None:
    address = reverse("admin:delivery_hold_changelist")
    assert "No holds. Everything goes out as planned." in text(edith, address)


def test_a_search_without_a_match_does_not_call_the_list_empty(edith, make_post) -> None:
    make_post("Blue Hour")
    shown = text(edith, reverse("admin:editorial_post_changelist") + "?q=nowhere")
    assert "Nothing here matches what you asked for." in shown
    assert "No posts yet" not in shown


def test_the_times_of_slots_count_to_24(mona, jazz_site) -> None:
    Slot.objects.create(channel=jazz_site, weekday=0, wall_time=time(18, 5), zone="UTC")
    assert "18:05" in text(mona, reverse("admin:schedule_slot_changelist"))


def test_a_channel_of_the_site_is_not_asked_for_what_it_has_no_use_for(mona, jazz_site) -> None:
    jazz_site.settings = {"kept": True}
    jazz_site.save(update_fields=["settings"])
    address = reverse("admin:channels_channel_change", args=[jazz_site.pk])
    shown = text(mona, address)
    assert 'name="settings"' not in shown
    assert 'name="credentials"' not in shown
    fields = {"name": "Jazz, the site", "spoke": jazz_site.spoke_id, "zone": "UTC"}
    mona.post(address, {**fields, "late_policy": jazz_site.late_policy, "max_inflight": "4"})
    jazz_site.refresh_from_db()
    assert (jazz_site.name, jazz_site.settings) == ("Jazz, the site", {"kept": True})


@pytest.mark.parametrize("model", ["genre", "artist"])
def test_a_list_of_choices_holds_nothing_but_choices(mona, model) -> None:
    shown = text(mona, reverse(f"admin:catalogue_{model}_add"))
    (several,) = (part for part in shown.split("<select")[1:] if " multiple" in part.split(">")[0])
    # the button for all at once would stand among them, and screen readers stumble over it
    assert 'data-allow-clear="false"' in several.split(">")[0]


def test_a_webhook_is_asked_for_its_address(mona, make_channel) -> None:
    hook = make_channel(network="webhook")
    address = reverse("admin:channels_channel_change", args=[hook.pk])
    assert 'name="settings"' in text(mona, address)


def test_the_focal_point_is_explained(edith) -> None:
    shown = text(edith, reverse("admin:media_asset_add"))
    assert "0 is the left edge, 1 the right one." in shown

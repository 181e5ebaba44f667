"""A person's word over one post on one channel, and what is said of it."""

from __future__ import annotations

import html
from datetime import timedelta

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from content.editorial.models import Post
from hub.delivery.actions import plan_delivery
from spokes.audiences.actions import ban_post
from spokes.audiences.models import RoutingOverride

PART = {"X-Requested-With": "fetch"}


def page(client: Client, name: str, *args: object) -> str:
    answer = client.get(reverse(name, args=args))
    assert answer.status_code == 200
    return answer.content.decode()


def word(client: Client, post: Post, **asked: object) -> str:
    """Say a word by hand on the page of a post's reasons; give that page as it comes back."""
    here = reverse("admin:editorial_post_route", args=[post.pk])
    address = reverse("admin:editorial_post_routing", args=[post.pk])
    answer = client.post(address, {**asked, "next": here}, follow=True)
    # its top, where what came of it is told
    assert answer.redirect_chain[-1][0] == here
    return html.unescape(answer.content.decode())


def test_a_pin_says_what_is_still_to_be_done_and_is_taken_back(mona, world) -> None:
    key = world.rhymes_site.pk
    shown = word(mona, world.beat, pin=key, **{f"reason-{key}": "They asked for it."})
    assert f"Pinned to {world.rhymes_site}" in shown
    assert "Nothing is planned for it there yet." in shown
    assert reverse("admin:editorial_post_schedule", args=[world.beat.pk]) in shown
    assert 'name="verdict" value="clear"' in shown
    shown = word(mona, world.beat, channel=key, verdict="clear")
    assert "follows its audience again" in shown
    assert not RoutingOverride.objects.exists()


def test_a_word_said_in_place_comes_back_as_a_part(mona, world) -> None:
    address = reverse("admin:editorial_post_routing", args=[world.beat.pk])
    answer = mona.post(address, {"pin": world.rhymes_site.pk}, headers=PART)
    assert answer.json()["done"] is False
    assert "Say in up to 300 characters why" in answer.json()["told"]
    assert not RoutingOverride.objects.exists()
    asked = {"pin": world.rhymes_site.pk, f"reason-{world.rhymes_site.pk}": "They asked for it."}
    answer = mona.post(address, asked, headers=PART)
    assert answer.json()["done"] is True
    told = answer.json()["told"]
    assert told.startswith(f"Pinned to {world.rhymes_site}.")
    assert 'name="verdict" value="clear"' in told
    assert "Pinned to" not in page(mona, "admin:editorial_post_route", world.beat.pk)


def test_a_post_that_only_a_ban_keeps_back_is_not_called_unwanted(mona, world, manager) -> None:
    assert "No channel wants it yet." in page(mona, "admin:editorial_post_route", world.lost.pk)
    ban_post(post=world.rap, channel=world.rhymes_site, reason="Too loud.", actor=manager)
    shown = page(mona, "admin:editorial_post_route", world.rap.pk)
    assert "No channel wants it" not in shown
    assert "banned by hand from the 1 channel that would take it" in shown
    asked = mona.get(
        reverse("admin:channels_channel_reasons", args=[world.rhymes_site.pk]), {"q": "only rap"}
    ).content.decode()
    assert "It is banned from this channel by hand." in asked
    assert "This channel does not want it." not in asked


def test_a_ban_where_nobody_would_take_it_is_not_blamed(mona, world, manager) -> None:
    ban_post(post=world.lost, channel=world.rhymes_site, reason="Too loud.", actor=manager)
    assert "No channel wants it yet." in page(mona, "admin:editorial_post_route", world.lost.pk)


def test_a_post_that_a_floor_keeps_out_is_not_called_unwanted(mona, world) -> None:
    for spoke in (world.rhymes, world.drums):
        spoke.genre_floor = 0.8
        spoke.save(update_fields=["genre_floor"])
    shown = page(mona, "admin:editorial_post_route", world.both.pk)
    assert "No channel wants it" not in shown
    assert "a floor keeps it out" in shown
    asked = mona.get(
        reverse("admin:channels_channel_reasons", args=[world.rhymes_site.pk]), {"q": "and beats"}
    ).content.decode()
    assert "the genre’s floor stops it" in asked


def test_a_ban_says_that_what_is_planned_will_not_go_out(mona, world, manager) -> None:
    plan_delivery(
        post=world.rap,
        channel=world.rhymes_site,
        due_at=timezone.now() + timedelta(days=1),
        actor=manager,
        by_hand=True,
        now=timezone.now(),
    )
    key = world.rhymes_site.pk
    shown = word(mona, world.rap, ban=key, **{f"reason-{key}": "Not this week."})
    assert "What is planned for it there will not go out." in shown
    shown = word(mona, world.rap, clear=key)
    assert "will not go out" not in shown
    # the button takes back the taking back, with the reason that there was
    assert 'name="reason" value="Not this week."' in shown


def test_a_word_without_a_reason_is_refused_and_nothing_changes(mona, world) -> None:
    shown = word(mona, world.beat, pin=world.rhymes_site.pk)
    assert "Say in up to 300 characters why" in shown
    assert not RoutingOverride.objects.exists()


def test_why_is_one_click_away_from_the_lists_and_from_a_delivery(mona, world) -> None:
    why = reverse("admin:editorial_post_route", args=[world.rap.pk])
    shown = page(mona, "admin:editorial_post_changelist")
    assert f'<a class="console-why" href="{why}"' in shown
    assert "nowhere yet" in shown
    planned = plan_delivery(
        post=world.rap,
        channel=world.rhymes_site,
        due_at=timezone.now() + timedelta(days=1),
        actor=world.rap.author,
        by_hand=True,
        now=timezone.now(),
    )
    assert (
        f'<a class="console-why" href="{why}" title="Why there, and why nowhere else">Hip Hop</a>'
        in page(mona, "admin:editorial_post_changelist")
    )
    shown = page(mona, "admin:editorial_post_route", world.both.pk)
    assert shown.count("Not scheduled here yet.") == 2
    # that it is wanted there is not yet that it is there
    shown = page(mona, "admin:editorial_post_route", world.rap.pk)
    assert "Not scheduled here yet." not in shown
    assert reverse("admin:delivery_delivery_change", args=[planned.pk]) in shown
    shown = page(mona, "admin:delivery_delivery_change", planned.pk)
    assert f'href="{why}#channel-{world.rhymes_site.pk}"' in shown

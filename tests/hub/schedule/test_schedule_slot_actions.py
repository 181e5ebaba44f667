"""Weekly times are added, changed and removed, and the audit tells who did it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from content.audit.models import AuditEntry
from hub.schedule.actions import schedule_post
from hub.schedule.exceptions import SlotInvalid, SlotTaken
from hub.schedule.models import Slot
from hub.schedule.slot_actions import add_slot, change_slot, remove_slot
from spokes.channels.models import Channel

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
NOON = time(12, 0)


@pytest.fixture
def channel(make_genre: Make, make_spoke: Make, make_channel: Make) -> Channel:
    made: Channel = make_channel(make_spoke(make_genre("Jazz")), zone="Europe/Berlin")
    return made


@pytest.fixture
def slot(channel: Channel, manager: User) -> Slot:
    return add_slot(channel=channel, weekday=4, wall_time=NOON, actor=manager)


def codes() -> list[str]:
    return [entry.code for entry in AuditEntry.objects.order_by("id")]


def test_a_slot_is_in_the_zone_of_its_channel_unless_it_names_one(
    channel: Channel, slot: Slot, manager: User
) -> None:
    other = add_slot(channel=channel, weekday=4, wall_time=NOON, zone="Asia/Tokyo", actor=manager)
    assert (slot.zone, other.zone) == ("Europe/Berlin", "Asia/Tokyo")
    entry = AuditEntry.objects.earliest("id")
    assert (entry.code, entry.actor) == ("slot.added", manager)
    assert entry.after["time"] == "Friday 12:00 Europe/Berlin"


def test_the_same_slot_is_not_added_twice(channel: Channel, slot: Slot, manager: User) -> None:
    with pytest.raises(SlotInvalid) as refused:
        add_slot(channel=channel, weekday=4, wall_time=NOON, actor=manager)
    assert refused.value.errors == {"wall_time": ["This channel has that slot already."]}
    assert codes() == ["slot.added"]


def test_every_error_comes_at_once(channel: Channel, manager: User) -> None:
    with pytest.raises(SlotInvalid) as refused:
        add_slot(channel=channel, weekday=7, wall_time=NOON, zone="Mars/Base", actor=manager)
    assert refused.value.errors.keys() == {"weekday", "zone"}


def test_a_change_is_told_with_before_and_after(slot: Slot, manager: User) -> None:
    change_slot(slot=slot, fields={"wall_time": time(18, 30), "weekday": 4}, actor=manager)
    assert Slot.objects.get().wall_time == time(18, 30)
    entry = AuditEntry.objects.latest("id")
    assert (entry.code, entry.before) == ("slot.changed", {"wall_time": "12:00:00"})
    assert entry.after == {"wall_time": "18:30:00"}


def test_a_change_that_changes_nothing_is_not_told(slot: Slot, manager: User) -> None:
    change_slot(slot=slot, fields={"wall_time": NOON}, actor=manager)
    assert codes() == ["slot.added"]


def test_a_change_onto_another_slot_is_refused(channel: Channel, slot: Slot, manager: User) -> None:
    add_slot(channel=channel, weekday=5, wall_time=NOON, actor=manager)
    with pytest.raises(SlotInvalid, match="has that slot already"):
        change_slot(slot=slot, fields={"weekday": 5}, actor=manager)


def test_a_slot_that_nobody_used_can_go(slot: Slot, manager: User) -> None:
    remove_slot(slot=slot, actor=manager)
    assert not Slot.objects.exists()
    assert codes() == ["slot.added", "slot.removed"]


def test_a_slot_that_posts_were_planned_in_stays(
    channel: Channel, slot: Slot, make_post: Make, manager: User
) -> None:
    assert channel.spoke is not None
    post = make_post(genres=[channel.spoke.genre], expires_at=timezone.now() + timedelta(days=30))
    planned = schedule_post(post=post, actor=manager, next_slot=True)
    assert len(planned.deliveries) == 1
    with pytest.raises(SlotTaken):
        remove_slot(slot=slot, actor=manager)
    assert Slot.objects.get() == slot

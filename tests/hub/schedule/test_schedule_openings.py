"""A spoke opens with all that it needs to publish, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time
from typing import Any

import pytest
from django.contrib.auth.models import User

from content.audit.models import AuditEntry
from hub.schedule.models import Slot
from hub.schedule.openings import open_hub, open_spoke
from spokes.channels.exceptions import ChannelInvalid, SpokeInvalid
from spokes.channels.models import Channel, Spoke

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
SLOTS = [(0, time(12)), (0, time(18)), (5, time(11)), (0, time(12))]


def test_a_spoke_opens_with_its_site_and_its_times(make_genre: Make, manager: User) -> None:
    spoke = open_spoke(
        genre=make_genre("Jazz"),
        colour="#0b7285",
        tagline="Blue notes.",
        zone="Europe/Berlin",
        slots=SLOTS,
        actor=manager,
    )
    channel = Channel.objects.get()
    assert (channel.name, channel.network, channel.spoke) == ("Jazz site", "site", spoke)
    assert [str(slot) for slot in Slot.objects.all()] == [
        "Monday 12:00 Europe/Berlin",
        "Monday 18:00 Europe/Berlin",
        "Saturday 11:00 Europe/Berlin",
    ]
    told = list(AuditEntry.objects.order_by("id").values_list("code", "actor"))
    assert told == [
        ("spoke.added", manager.pk),
        ("channel.added", manager.pk),
        *[("slot.added", manager.pk)] * 3,
    ]


def test_a_spoke_with_something_wrong_leaves_nothing(make_genre: Make, manager: User) -> None:
    with pytest.raises(ChannelInvalid, match="no IANA time zone"):
        open_spoke(genre=make_genre("Jazz"), colour="#0b7285", zone="Mars/Base", actor=manager)
    assert not Spoke.objects.exists()
    assert not AuditEntry.objects.exists()


def test_a_genre_has_one_spoke(make_genre: Make, manager: User) -> None:
    jazz = make_genre("Jazz")
    open_spoke(genre=jazz, colour="#0b7285", zone="UTC", actor=manager)
    with pytest.raises(SpokeInvalid):
        open_spoke(genre=jazz, name="More jazz", colour="#0b7285", zone="UTC", actor=manager)
    assert Channel.objects.count() == 1


def test_the_hub_opens_once(manager: User) -> None:
    first = open_hub(zone="Europe/Berlin", slots=SLOTS, actor=manager)
    again = open_hub(zone="Asia/Tokyo", slots=[(6, time(9))], actor=manager)
    assert first == again
    assert (again.spoke, again.zone, Slot.objects.count()) == (None, "Europe/Berlin", 3)

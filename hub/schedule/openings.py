"""Opening a spoke with all that it needs to publish: its home, its site, its weekly times."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import time

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.translation import gettext as _

from content.catalogue.models import Genre
from hub.schedule.slot_actions import add_slot
from spokes.audiences.models import Audience
from spokes.channels.actions import add_channel, add_spoke
from spokes.channels.models import Channel, Spoke

SITE = "site"
Actor = AbstractBaseUser | None
# weekday (Monday is 0) and wall time, in the channel's zone
WeeklyTime = tuple[int, time]


def open_spoke(
    *,
    genre: Genre,
    name: str | None = None,
    colour: str,
    tagline: str = "",
    audience: Audience | None = None,
    rolls_up: bool = True,
    genre_floor: float = 0,
    position: int = 0,
    zone: str,
    slots: Iterable[WeeklyTime] = (),
    actor: Actor,
) -> Spoke:
    """Open a genre's spoke with a site channel in ``zone`` and its weekly slots, or none of it.

    Raises SpokeInvalid, ChannelInvalid and SlotInvalid.
    """
    with transaction.atomic():
        spoke = add_spoke(
            genre=genre,
            name=name,
            colour=colour,
            tagline=tagline,
            audience=audience,
            rolls_up=rolls_up,
            genre_floor=genre_floor,
            position=position,
            actor=actor,
        )
        channel = add_channel(
            name=_("%(spoke)s site") % {"spoke": spoke.name},
            network=SITE,
            spoke=spoke,
            zone=zone,
            actor=actor,
        )
        _add_slots(channel, slots, actor)
    return spoke


def open_hub(*, zone: str, slots: Iterable[WeeklyTime] = (), actor: Actor) -> Channel:
    """Give the hub its site channel and weekly slots; one that is there stays as it is.

    Raises ChannelInvalid and SlotInvalid.
    """
    with transaction.atomic():
        there = Channel.objects.of_hub().filter(network=SITE).first()
        if there:
            return there
        channel = add_channel(name=_("Hub site"), network=SITE, zone=zone, actor=actor)
        _add_slots(channel, slots, actor)
    return channel


def _add_slots(channel: Channel, slots: Iterable[WeeklyTime], actor: Actor) -> None:
    for weekday, wall_time in sorted(set(slots)):
        add_slot(channel=channel, weekday=weekday, wall_time=wall_time, actor=actor)

"""The weekly times of a channel: added, changed and removed, each with its entry in the audit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from content.audit.actions import record
from hub.schedule.exceptions import SlotInvalid, SlotTaken
from hub.schedule.models import Slot
from spokes.channels.models import Channel

Actor = AbstractBaseUser | None


def add_slot(
    *,
    channel: Channel,
    weekday: int,
    wall_time: time,
    zone: str = "",
    active: bool = True,
    actor: Actor,
) -> Slot:
    """Let the channel publish at this time of the week (Monday is 0), in its own zone by default.

    Raises SlotInvalid.
    """
    slot = Slot(
        channel=channel,
        weekday=weekday,
        wall_time=wall_time,
        zone=zone or channel.zone,
        active=active,
    )
    _check(slot)
    try:
        with transaction.atomic():
            slot.save(force_insert=True)
            after = {"channel": channel.name, "time": str(slot), "active": active}
            record(code="slot.added", subject=slot, actor=actor, after=after)
    except IntegrityError as error:
        raise _already_there() from error
    return slot


def change_slot(*, slot: Slot, fields: Mapping[str, Any], actor: Actor) -> Slot:
    """Change some of weekday, wall_time, zone, active and channel; what is planned stays.

    Raises SlotInvalid, and SlotTaken for another channel once posts were planned in it.
    """
    before = {name: getattr(slot, name) for name in fields}
    for name, value in fields.items():
        setattr(slot, name, value)
    changed = [name for name, value in before.items() if value != fields[name]]
    if not changed:
        return slot
    if "channel" in changed and slot.bookings.exists():
        raise SlotTaken(_("Posts were planned in this slot; add a new one for the other channel."))
    _check(slot)
    try:
        with transaction.atomic():
            slot.save(update_fields=changed)
            record(
                code="slot.changed",
                subject=slot,
                actor=actor,
                before={name: _told(before[name]) for name in changed},
                after={name: _told(fields[name]) for name in changed},
            )
    except IntegrityError as error:
        raise _already_there() from error
    return slot


def remove_slot(*, slot: Slot, actor: Actor) -> None:
    """Delete a slot that nobody ever planned in. Raises SlotTaken for any other."""
    with transaction.atomic():
        # whoever plans holds the channel: no booking comes in between
        Channel.objects.select_for_update(of=("self",), no_key=True).get(pk=slot.channel_id)
        if slot.bookings.exists():
            raise SlotTaken
        before = {"channel": slot.channel.name, "time": str(slot)}
        record(code="slot.removed", subject=slot, actor=actor, before=before)
        slot.delete()


def _check(slot: Slot) -> None:
    try:
        slot.full_clean()
    except ValidationError as error:
        errors = dict(error.message_dict)
        if whole := errors.pop(NON_FIELD_ERRORS, None):
            errors["wall_time"] = [*errors.get("wall_time", []), *whole]
        raise SlotInvalid(errors) from error


def _already_there() -> SlotInvalid:
    return SlotInvalid({"wall_time": [_("This channel has that slot already.")]})


def _told(value: Any) -> Any:
    return value if isinstance(value, bool | int) else str(value)

"""What a person can do with a wave of late deliveries on one channel."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from hub.console.people import STEER
from hub.console.steps import Step
from hub.delivery.holds import Holds
from hub.delivery.waves import drop_wave, has_wave, release_wave
from spokes.channels.models import Channel


def _release(channel: Channel, actor: User, answers: dict[str, Any]) -> str:
    count = release_wave(channel=channel, actor=actor)
    if channel.paused_at or channel.auth_lost_at or Holds.load().stop(channel):
        words = ngettext(
            "%(count)d late delivery on %(channel)s goes out when the channel is open again, as "
            "far as its policy allows then.",
            "%(count)d late deliveries on %(channel)s go out together when the channel is open "
            "again, as far as its policy allows then.",
            count,
        )
        return words % {"count": count, "channel": channel}
    words = ngettext(
        "%(count)d late delivery on %(channel)s goes out now, as far as its policy allows.",
        "%(count)d late deliveries on %(channel)s go out now, as far as its policy allows.",
        count,
    )
    return words % {"count": count, "channel": channel}


def _drop(channel: Channel, actor: User, answers: dict[str, Any]) -> str:
    count = drop_wave(channel=channel, actor=actor)
    words = ngettext(
        "%(count)d late delivery on %(channel)s is missed. It can still be sent by hand.",
        "%(count)d late deliveries on %(channel)s are missed. They can still be sent by hand.",
        count,
    )
    return words % {"count": count, "channel": channel}


LATE_STEPS = (
    Step(
        name="release-late",
        label=_("Release all late ones now"),
        permission=STEER,
        perform=_release,
        applies=has_wave,
        form=forms.Form,
        intro=_("All that is late on this channel goes out at once, not one by one."),
    ),
    Step(
        name="drop-late",
        label=_("Drop the late ones"),
        permission=STEER,
        perform=_drop,
        applies=has_wave,
        form=forms.Form,
        intro=_(
            "Nothing that is late on this channel goes out by itself any more. Each is listed as "
            "missed, where you can still send it, give it the next free slot or drop it for good."
        ),
        tone="danger",
    ),
)

"""Channels that can't send as they are, and what people stopped and then forgot."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Count, Min, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from content.catalogue.models import Artist
from content.editorial.models import PostState
from hub.delivery.doctor.findings import Finding, time_words
from hub.delivery.models import Delivery, Hold
from hub.delivery.querysets import DeliveryQuerySet
from spokes.channels.connectors.registry import CONNECTORS
from spokes.channels.models import Channel

# whoever stops something for longer than this has mostly forgotten it
FORGOTTEN = timedelta(days=7)


def unfit(now: datetime) -> Iterator[Finding]:
    """Channels that take nothing, or fail at everything, for what their own row says."""
    zones = zoneinfo.available_timezones()
    for channel in Channel.objects.order_by("pk"):
        if channel.network not in CONNECTORS:
            yield Finding(
                "channel.no_network",
                channel,
                _("Its network “%(network)s” is not installed here: nothing of it goes out.")
                % {"network": channel.network},
                _("Install the code of that network again, or cancel what is planned there."),
            )
        if not channel.max_inflight:
            yield Finding(
                "channel.no_places",
                channel,
                _("No delivery of it may be on its way at once: nothing of it goes out."),
                _("Allow at least one on its page; to stop it, pause it."),
            )
        if channel.zone not in zones:
            yield Finding(
                "channel.zone",
                channel,
                _("“%(zone)s” is no time zone that this machine knows.") % {"zone": channel.zone},
                _("Choose a zone on its page, or install the tzdata package."),
            )
        if channel.is_sealed:
            yield Finding(
                "channel.sealed",
                channel,
                _("Its credentials were stored under a key that is not in CREDENTIAL_KEYS."),
                _("Put the old key back behind the new one, or connect the channel again."),
            )


def pauses_forgotten(now: datetime) -> Iterator[Finding]:
    """A channel that was paused days ago, with something waiting for it."""
    paused = Channel.objects.filter(paused_at__lt=now - FORGOTTEN).in_bulk()
    if not paused:
        return
    due = Delivery.objects.due(now).filter(channel__in=paused).order_by()
    for channel_id, number, since in due.values_list("channel").annotate(
        Count("pk"), Min("due_at")
    ):
        channel = paused[channel_id]
        yield Finding(
            "pause.forgotten",
            channel,
            _("It is paused since %(when)s. %(kept)s")
            % {"when": time_words(channel.paused_at), "kept": _kept(number, since)},
            _("Resume it, or cancel what it keeps."),
        )


def _kept(number: int, since: datetime) -> str:
    return ngettext(
        "%(number)s delivery waits for that, since %(since)s.",
        "%(number)s deliveries wait for that, the oldest since %(since)s.",
        number,
    ) % {"number": number, "since": time_words(since)}


def holds_forgotten(now: datetime) -> Iterator[Finding]:
    for held in _holds().filter(since__lt=now - FORGOTTEN).order_by("pk"):
        counted = _kept_by(held, now).aggregate(number=Count("pk"), since=Min("due_at"))
        if not counted["number"]:
            continue
        yield Finding(
            "hold.forgotten",
            held,
            _("%(hold)s is in force since %(when)s. %(kept)s")
            % {"hold": held, "when": time_words(held.since), "kept": _kept(**counted)},
            _("Release it, or cancel what it keeps."),
        )


def _holds() -> QuerySet[Hold]:
    return Hold.objects.select_related("spoke", "artist", "post")


def _kept_by(held: Hold, now: datetime) -> DeliveryQuerySet:
    due = Delivery.objects.due(now)
    if held.spoke_id:
        return due.filter(channel__spoke=held.spoke_id)
    if held.artist_id:
        return due.filter(post__artists=held.artist_id)
    return due.filter(post=held.post_id) if held.post_id else due


def holds_on_nothing(now: datetime) -> Iterator[Finding]:
    """Holds that stop nothing, and would surprise whoever brings the post back."""
    for held in _holds().filter(post__state=PostState.ARCHIVED):
        yield Finding(
            "hold.archived",
            held,
            _("It holds back a post that is archived."),
            _("Release it by hand, unless the post comes back."),
        )
    no_channel = _holds().filter(spoke__isnull=False, spoke__channels__isnull=True)
    silent = Artist.objects.filter(holds__isnull=False, posts__isnull=True)
    for held in (*no_channel, *_holds().filter(artist__in=silent)):
        yield Finding(
            "hold.empty",
            held,
            _("%(hold)s stops nothing: it has no channel, or no post.") % {"hold": held},
            _("Release it by hand, unless more is to come there."),
        )

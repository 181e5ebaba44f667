"""Where a post is best looked at: the first place of a person's that it goes to."""

from __future__ import annotations

from django.contrib.auth.models import User

from content.editorial.models import Post
from hub.delivery.models import Delivery, Kind
from hub.delivery.states import State
from hub.people.scope import spokes_of
from hub.preview.planning import site_channels
from spokes.audiences.routing import route_many
from spokes.channels.models import Channel
from spokes.site.places import Place, Places


def home_of(post: Post, places: Places, user: User) -> Place | None:
    """Find where the post is planned or live, else where routing would put it, else any place.

    A spoke comes before the hub, for a spoke says more. None for somebody without a place.
    """
    keys = spokes_of(user)
    channels = [c for c in site_channels(None) if keys is None or c.spoke_id in keys]
    published = Delivery.objects.of(post).filter(
        kind=Kind.PUBLISH, channel__in=channels, withdrawn_at__isnull=True
    )
    planned = set(published.exclude(state=State.CANCELLED).values_list("channel", flat=True))
    there = [channel for channel in channels if channel.pk in planned] or _routed(post, channels)
    spokes = [channel.spoke_id for channel in sorted(there, key=_spokes_first)]
    if spokes:
        return places.of(spokes[0])
    own = [place for place in places.everywhere if keys is None or place.pk in keys]
    return own[0] if own else None


def _routed(post: Post, channels: list[Channel]) -> list[Channel]:
    return [route.channel for route in route_many([post], channels)[post.pk] if route.goes]


def _spokes_first(channel: Channel) -> tuple[bool, int, int]:
    position = channel.spoke.position if channel.spoke else 0
    return channel.spoke_id is None, position, channel.pk

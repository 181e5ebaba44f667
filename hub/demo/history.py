"""What has been published before today: deliveries in their final state, and their publications.

The engine sends nothing for times gone by, and rightly so; a past has to be laid down as it
would have come out. Routing, payloads and publications are the real ones.
"""

from __future__ import annotations

import secrets
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.contrib.auth.models import User

from content.editorial.models import Post
from hub.delivery.models import Attempt, Delivery, Kind, Outcome, RouteReason
from hub.delivery.ready import payload_hash
from hub.delivery.states import State
from spokes.audiences.routing import Route, route_many
from spokes.channels.connectors.base import Envelope, Letter, LocalConnector, Sent
from spokes.channels.connectors.registry import connector_for
from spokes.channels.models import Channel
from spokes.site.models import Publication

WORKER = "the demo’s past"
# how long the engine took
PACE = timedelta(seconds=2)


def publish_in_the_past(
    times: Mapping[int, datetime], *, channels: Sequence[Channel], actor: User
) -> list[Delivery]:
    """Publish each post (by id) on the channels that routing gives it, as if at its time."""
    posts = Post.objects.with_content().in_bulk(list(times))
    wanted: dict[int, list[tuple[Post, Route]]] = defaultdict(list)
    for post_id, routes in route_many(posts.values(), channels).items():
        for route in routes:
            if route.goes:
                wanted[route.channel.pk].append((posts[post_id], route))
    made = [
        delivery
        for channel in channels
        for delivery in _publish_on(channel, wanted[channel.pk], times, actor)
    ]
    Attempt.objects.bulk_create(_attempt(delivery) for delivery in made)
    return made


def withdraw_in_the_past(delivery: Delivery, *, at: datetime, actor: User, reason: str) -> Delivery:
    """Take a publication down, as if at ``at``."""
    change = _delivery(delivery.post, delivery.channel, at, actor, kind=Kind.WITHDRAW)
    change.target, change.reason = delivery, reason
    change.state, change.settled_at = State.LIVE, at + PACE
    change.remote_id, change.first_sent_at = delivery.remote_id, at
    change.save()
    Publication.objects.filter(key=delivery.key).update(withdrawn_at=at + PACE)
    Delivery.objects.filter(pk=delivery.pk).update(withdrawn_at=at + PACE)
    Attempt.objects.bulk_create([_attempt(change)])
    return change


def _publish_on(
    channel: Channel,
    routed: Sequence[tuple[Post, Route]],
    times: Mapping[int, datetime],
    actor: User,
) -> list[Delivery]:
    connector = connector_for(channel)
    if not routed or not isinstance(connector, LocalConnector):
        return []
    deliveries = [_delivery(post, channel, times[post.pk], actor) for post, _ in routed]
    answers = [RouteReason(answer=route.as_dict()) for _, route in routed]
    reasons = RouteReason.objects.bulk_create(answers)
    for delivery, (_, route), reason in zip(deliveries, routed, reasons, strict=True):
        delivery.route, delivery.route_code = reason, route.code
        delivery.route_reason = route.reason[:400]
    letters = []
    for delivery in deliveries:
        envelope = Envelope(key=delivery.key, marker=delivery.marker, due_at=delivery.due_at)
        payload = connector.prepare(delivery.post, envelope)
        delivery.payload, delivery.payload_hash = payload, payload_hash(payload)
        letters.append(Letter(key=delivery.key, payload=payload))
    for delivery, outcome in zip(deliveries, connector.commit_many(letters), strict=True):
        _settle(delivery, outcome)
    _set_back(deliveries)
    return Delivery.objects.bulk_create(deliveries)


def _delivery(
    post: Post, channel: Channel, at: datetime, actor: User, *, kind: Kind = Kind.PUBLISH
) -> Delivery:
    return Delivery(
        post=post,
        channel=channel,
        kind=kind,
        post_revision=post.revision,
        key=uuid.uuid4().hex,
        marker=secrets.token_hex(8),
        due_at=at,
        next_try_at=at,
        lease_token=1,
        tries=1,
        created_by=actor,
        created_at=at - timedelta(hours=20),
    )


def _settle(delivery: Delivery, outcome: object) -> None:
    if not isinstance(outcome, Sent):
        raise RuntimeError(f"The site did not take {delivery}: {outcome}")
    delivery.state = State.LIVE
    delivery.remote_id, delivery.remote_url = outcome.remote_id, outcome.url
    delivery.first_sent_at, delivery.settled_at = delivery.due_at, delivery.due_at + PACE


def _set_back(deliveries: Sequence[Delivery]) -> None:
    at = {delivery.key: delivery.due_at + PACE for delivery in deliveries}
    publications = list(Publication.objects.filter(key__in=at))
    for publication in publications:
        publication.published_at = publication.changed_at = at[publication.key]
    Publication.objects.bulk_update(publications, ["published_at", "changed_at"])


def _attempt(delivery: Delivery) -> Attempt:
    return Attempt(
        delivery=delivery,
        number=1,
        lease_token=1,
        worker=WORKER,
        started_at=delivery.due_at,
        ended_at=delivery.settled_at,
        outcome=Outcome.SENT,
        detail=delivery.remote_url,
        remote_id=delivery.remote_id,
    )

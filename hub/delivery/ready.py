"""From a claim to a payload: load, check once more, let the connector prepare."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import logging
import math
import re
from collections.abc import Callable, Sequence
from datetime import datetime

from django.db.models import prefetch_related_objects
from django.utils.translation import gettext

from content.editorial.models import Post
from hub.delivery import policy
from hub.delivery.exceptions import DATABASE_AWAY
from hub.delivery.last_checks import Around, Stop, reason_to_stop
from hub.delivery.models import Delivery, Kind
from hub.delivery.settle import settle_stop
from hub.delivery.states import State
from spokes.audiences.facts import facts_of_many
from spokes.audiences.routing import Route, RoutingTable, overrides_of
from spokes.channels.connectors.base import Connector, Envelope, Letter, Payload
from spokes.channels.exceptions import ContentRefused

logger = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True)
class Ready:
    """A claimed delivery that may go out, with what will be sent."""

    delivery: Delivery
    payload: Payload
    payload_hash: str

    @property
    def letter(self) -> Letter:
        target = self.delivery.target
        return Letter(
            key=self.delivery.key,
            payload=self.payload,
            remote_id=target.remote_id if target else "",
        )


def make_ready(
    claimed: Sequence[Delivery],
    *,
    connector: Connector,
    now: datetime,
    begin: Callable[[Delivery], bool] = lambda delivery: True,
) -> list[Ready]:
    """Check and prepare each; those that must not go out are settled with the reason.

    ``begin`` is told of each before its turn; at the first that it says no to, the rest is left.
    """
    if any(delivery.target_id for delivery in claimed):
        prefetch_related_objects(claimed, "target")
    posts = Post.objects.with_content().in_bulk([delivery.post_id for delivery in claimed])
    routes = _routes(claimed, posts, connector)
    around = Around.of(claimed)
    ready: list[Ready] = []
    for delivery in claimed:
        if not begin(delivery):
            break
        delivery.post = posts[delivery.post_id]
        route = routes.get(delivery.post_id)
        prepared = _check_and_prepare(delivery, connector, route, around, now)
        if isinstance(prepared, Stop):
            settle_stop(delivery=delivery, stop=prepared, now=now)
        else:
            ready.append(prepared)
    return ready


def payload_hash(payload: Payload) -> str:
    """SHA-256 of the payload as canonical JSON."""
    return _hash(_canonical(payload))


def _canonical(payload: Payload) -> str:
    return json.dumps(payload, sort_keys=True, separators=(",", ":"))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _routes(
    claimed: Sequence[Delivery], posts: dict[int, Post], connector: Connector
) -> dict[int, Route]:
    """Say of each post that does not go to the channel any more why, by post id."""
    asked = [posts[delivery.post_id] for delivery in claimed if delivery.kind == Kind.PUBLISH]
    if not asked:
        return {}
    channel = connector.channel
    table, overrides = RoutingTable.load([channel]), overrides_of(asked)
    return {
        post_id: table.route(facts, channel, overrides.get(post_id, {}))
        for post_id, facts in facts_of_many(asked).items()
        # far quicker than the words, which only a no needs
        if not table.goes(facts, channel, overrides.get(post_id, {}))
    }


def _check_and_prepare(
    delivery: Delivery, connector: Connector, route: Route | None, around: Around, now: datetime
) -> Ready | Stop:
    try:
        stop = reason_to_stop(
            delivery=delivery,
            post=delivery.post,
            channel=connector.channel,
            capabilities=connector.capabilities,
            route=route,
            around=around,
            now=now,
        )
        return stop or _prepare(delivery, connector)
    except ContentRefused as refusal:
        return Stop(State.REFUSED, str(refusal))
    except DATABASE_AWAY:
        raise
    except Exception as error:  # one bad post must not stop the others
        logger.exception("delivery %s could not be prepared", delivery.pk)
        return crash_stop(
            delivery, gettext("It could not be prepared: {error!r}").format(error=error), now=now
        )


def _prepare(delivery: Delivery, connector: Connector) -> Ready:
    if delivery.payload is not None:
        # frozen by an earlier try: what may be there already must stay the same
        return Ready(delivery, delivery.payload, delivery.payload_hash)
    if delivery.kind == Kind.WITHDRAW:
        return Ready(delivery, {}, payload_hash({}))
    envelope = Envelope(
        key=delivery.key,
        # an edited post keeps the marker under which its publish can be found
        marker=(delivery.target or delivery).marker,
        due_at=delivery.due_at,
    )
    payload = connector.prepare(delivery.post, envelope)
    text = _canonical(payload)
    # to look at every part of it takes long, and nearly always there is nothing
    if SUSPECT.search(text) and (unfit := _unfit(payload)):
        raise ContentRefused(unfit)
    return Ready(delivery, payload, _hash(text))


# in canonical JSON: NUL, maybe half of a character, or a number without an end
SUSPECT = re.compile(r"\\u0000|\\ud[89a-f]|NaN|Infinity")


def _unfit(value: object, where: str = "") -> str:
    """Say what in a payload no database keeps as it is; empty when there is nothing of it."""
    if isinstance(value, str):
        return _unfit_text(value, where)
    if isinstance(value, float) and not math.isfinite(value):
        return gettext("“{where}” is a number without an end ({value}).").format(
            where=where, value=value
        )
    if isinstance(value, dict):
        parts = [(name, name) for name in value] + [(name, value[name]) for name in value]
    elif isinstance(value, list | tuple):
        parts = [(where, part) for part in value]
    else:
        parts = []
    return next(filter(None, (_unfit(part, str(name)) for name, part in parts)), "")


def _unfit_text(text: str, where: str) -> str:
    words = ""
    if "\0" in text:
        words = gettext("“{where}” has an invisible character in it (NUL). Please remove it.")
    elif not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            words = gettext("“{where}” has half of a character in it. Please type that part again.")
    return words and words.format(where=where.replace("\0", "") or gettext("It"))


def crash_stop(
    delivery: Delivery, reason: str, *, now: datetime, limit: int = policy.MAX_CRASHES
) -> Stop:
    """Put a delivery back that failed before anything was sent; give it up the last time."""
    crashes = delivery.crashes + 1
    if crashes >= limit:
        return Stop(State.DEAD, reason, crashes=crashes)
    return Stop(delivery.resting_state, reason, now + policy.LEASE, crashes)

"""Posts as the site's connector would publish them, as rows that its pages read."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from content.editorial.models import Post
from hub.delivery.models import Delivery
from spokes.channels.connectors.base import Envelope, Payload
from spokes.channels.connectors.registry import connector_for
from spokes.channels.connectors.site.shelf import SHARED_FIELDS
from spokes.channels.links import is_web_link
from spokes.channels.models import Channel
from spokes.site.models import Publication
from spokes.site.pages import CARD_FIELDS

# what a card and a post's page read of a publication
ROW_FIELDS = (*CARD_FIELDS, "body_html", "expires_at")

# ROW_FIELDS of a publication; the key of one that is not there yet is negative
Row = Mapping[str, Any]
# stands in for a deep link that a draft does not have yet, and is taken out again
NO_LINK = "https://no-link.invalid/"


def row_of_delivery(delivery: Delivery, post: Post, at: datetime) -> Row:
    """Give what the delivery will publish; raises ContentRefused when the site won't take it."""
    if delivery.payload is not None:
        payload = delivery.payload
    else:
        marker = (delivery.target or delivery).marker
        envelope = Envelope(key=delivery.key, marker=marker, due_at=delivery.due_at)
        payload = connector_for(delivery.channel).prepare(post, envelope)
    return _row(payload, pk=-delivery.pk, key=delivery.key, spoke=delivery.channel.spoke_id, at=at)


def row_of_post(post: Post, channel: Channel, at: datetime) -> Row:
    """Give what a post without a delivery would look like on the channel, whatever it lacks."""
    key = f"post-{post.pk}"
    shown = copy.copy(post)
    shown.title = post.title.strip() or "–"
    if not is_web_link(post.cta_url):
        shown.cta_url = NO_LINK
    payload = connector_for(channel).prepare(shown, Envelope(key=key, marker="preview", due_at=at))
    # no marker: there is no delivery to count a click for
    payload = {**payload, "cta_url": post.cta_url if shown.cta_url == post.cta_url else ""}
    # far from the keys of deliveries
    return _row(payload, pk=-(10**12) - post.pk, key=key, spoke=channel.spoke_id, at=at)


def replace_row(old: Row, new: Row) -> Row:
    """Show new content in the place of the old: the address and the time stay."""
    kept = ("pk", "key", "spoke_id", "slug", "published_at")
    return {**new, **{name: old[name] for name in kept}}


def _row(payload: Payload, *, pk: int, key: str, spoke: int | None, at: datetime) -> Row:
    happens_on = payload.get("happens_on")
    expires_at = payload["expires_at"]
    publication = Publication(
        pk=pk,
        key=key,
        spoke_id=spoke,
        post_ref=payload["post"],
        slug=payload["slug"],
        happens_on=date.fromisoformat(happens_on) if happens_on else None,
        expires_at=datetime.fromisoformat(expires_at) if expires_at else None,
        published_at=at,
        changed_at=at,
        **{field: payload[field] for field in SHARED_FIELDS},
    )
    return {name: getattr(publication, name) for name in ROW_FIELDS}

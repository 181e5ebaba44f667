"""The site as a network: its posts are rows of our own database."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext

from content.editorial.models import Post, Wording
from content.media.models import Asset
from content.media.renditions import urls_of
from spokes.channels.connectors.base import (
    Capabilities,
    Dedupe,
    Envelope,
    Finding,
    Health,
    Letter,
    LocalConnector,
    NotThere,
    Outcome,
    Payload,
    Problem,
    Refused,
    Sent,
    Trace,
)
from spokes.channels.connectors.pieces import article_problems, body_of, refuse, topics
from spokes.channels.connectors.site import shelf
from spokes.channels.links import tag_link
from spokes.site.models import Publication
from spokes.site.querysets import PublicationQuerySet


class SiteConnector(LocalConnector):
    """Publishes on the pages of the channel's spoke, or of the hub when it has none."""

    capabilities = Capabilities(
        network="site",
        label="Backbeat site",
        dedupe=Dedupe.KEY,
        local=True,
        can_find=True,
        can_edit=True,
        can_withdraw=True,
    )

    def check(self) -> Health:
        place = self.channel.spoke.get_absolute_url() if self.channel.spoke else "/"
        return Health(
            works=True,
            message=gettext("Publishes at {address}.").format(address=settings.SITE_URL + place),
        )

    def problems(self, post: Post) -> list[Problem]:
        found = article_problems(post, self._wording(post))
        if not post.slug:
            found.append(Problem("slug", gettext("The post has no address (slug).")))
        return found

    def prepare(self, post: Post, envelope: Envelope) -> Payload:
        """Freeze all that a publication shows; no query for a post of ``with_content()``."""
        refuse(self.problems(post))
        return {
            **dataclasses.asdict(self._wording(post)),
            **topics(post),
            "post": post.pk,
            "slug": post.slug,
            "kind": post.kind,
            "body_html": body_of(post),
            "lang": post.lang,
            "explicit": post.explicit,
            "cta_url": tag_link(post.cta_url, envelope.marker),
            "hero": _hero(post.hero) if post.hero else {},
            "happens_on": post.happens_on.isoformat() if post.happens_on else None,
            "expires_at": post.expires_at.isoformat() if post.expires_at else None,
        }

    def _wording(self, post: Post) -> Wording:
        return post.for_target(self.channel.network, self.channel.slug)

    def commit(self, letter: Letter) -> Outcome:
        return self.commit_many([letter])[0]

    def commit_many(self, letters: Sequence[Letter]) -> list[Outcome]:
        return shelf.publish(letters=letters, spoke=self.channel.spoke, now=timezone.now())

    def find(self, trace: Trace) -> Finding:
        publication = Publication.objects.select_related("spoke").filter(key=trace.key).first()
        return (
            shelf.sent(publication)
            if publication
            else NotThere(gettext("No publication has its key."))
        )

    def edit(self, letter: Letter) -> Outcome:
        publication = _publications(letter).select_related("spoke").first()
        if publication is None:
            return Refused(gettext("It is not on the site any more."))
        return shelf.replace(publication=publication, payload=letter.payload, now=timezone.now())

    def withdraw(self, letter: Letter) -> Outcome:
        _publications(letter).update(withdrawn_at=timezone.now())
        return Sent(remote_id=letter.remote_id)


def _publications(letter: Letter) -> PublicationQuerySet:
    """What the letter is about, as long as it stands; none for an id that is not ours."""
    if not letter.remote_id.isdecimal():
        return Publication.objects.none()
    return Publication.objects.standing().filter(pk=int(letter.remote_id))


def _hero(asset: Asset) -> dict[str, Any]:
    return {
        "asset": asset.pk,
        "url": asset.file.url,
        "width": asset.width,
        "height": asset.height,
        "alt": "" if asset.decorative else asset.alt_text,
        "credit": asset.credit,
        "focal_x": asset.focal_x,
        "focal_y": asset.focal_y,
        "renditions": urls_of(asset),
    }

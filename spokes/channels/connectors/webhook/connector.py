"""Any HTTP receiver, by Standard Webhooks (standardwebhooks.com): signed events, in JSON."""

from __future__ import annotations

import base64
import binascii
import dataclasses
import json
from datetime import timedelta
from typing import Any
from urllib.parse import urljoin, urlsplit

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from standardwebhooks import Webhook
from standardwebhooks.webhooks import EmptyWebhookSecretError

from content.editorial.models import Post
from content.media.models import Asset
from spokes.channels import http
from spokes.channels.connectors.base import (
    AuthLost,
    Capabilities,
    Connector,
    Dedupe,
    Envelope,
    Health,
    Letter,
    Outcome,
    Payload,
    Problem,
    Refused,
    RetryAfter,
    Unknown,
)
from spokes.channels.connectors.pieces import article_problems, body_of, refuse, topics
from spokes.channels.connectors.webhook.answers import outcome_of
from spokes.channels.exceptions import AddressRefused, HttpError
from spokes.channels.links import is_web_link, tag_link
from spokes.channels.models import Channel


class WebhookConnector(Connector):
    """Sends ``post.published``, ``post.edited`` and ``post.withdrawn`` to ``settings["url"]``.

    A receiver is taken to forget what it has seen, unless ``settings["dedupes"]`` promises
    that it drops an event whose ``webhook-id`` it had within the last day.
    """

    capabilities = Capabilities(
        network="webhook",
        label="Webhook",
        dedupe=Dedupe.NONE,
        can_edit=True,
        can_withdraw=True,
        key_is_id=True,
        # one request, which ends by then however it is fed
        call_seconds=http.CALL_SECONDS,
        required_settings=("url",),
        required_credentials=("secret",),
    )

    def __init__(self, channel: Channel) -> None:
        super().__init__(channel)
        if channel.settings.get("dedupes"):
            self.capabilities = dataclasses.replace(
                self.capabilities, dedupe=Dedupe.KEY, key_lifetime=timedelta(days=1)
            )

    def credential_faults(self) -> list[str]:
        """Refuse what the library would read as something else: it skips signs that it dislikes."""
        secret = str(self.channel.credentials.get("secret", "")).removeprefix("whsec_")
        try:
            known = base64.b64decode(secret + "=" * (-len(secret) % 4), validate=True)
        except (binascii.Error, ValueError):
            known = b""
        if not known:
            return [
                _(
                    "“secret” should be “whsec_” and then base64, as the receiver shows it; "
                    "this one is empty, breaks off, or has signs that base64 does not know."
                )
            ]
        return []

    def check(self) -> Health:
        """Connect to the receiver without sending it anything: an event would be a post."""
        signer = self._signer()
        if isinstance(signer, AuthLost):
            return Health(works=False, message=signer.reason)
        if not is_web_link(self._url):
            return Health(works=False, message=_no_address(self._url))
        try:
            http.reach(self._url)
        except HttpError as error:
            return Health(works=False, message=str(error))
        host = urlsplit(self._url).hostname
        return Health(
            works=True,
            message=_(
                "“%(host)s” can be reached. Whether it takes our events, the first post shows."
            )
            % {"host": host},
        )

    def problems(self, post: Post) -> list[Problem]:
        return article_problems(post, post.for_target(self.channel.network, self.channel.slug))

    def prepare(self, post: Post, envelope: Envelope) -> Payload:
        """Freeze the event's data; docs/how-to/connect-a-webhook.md describes it."""
        refuse(self.problems(post))
        wording = post.for_target(self.channel.network, self.channel.slug)
        data = {
            "post": post.pk,
            "slug": post.slug,
            "kind": post.kind,
            "title": wording.title,
            "teaser": wording.teaser,
            "body_html": body_of(post),
            "lang": post.lang,
            "explicit": post.explicit,
            "link": {
                "label": wording.cta_label,
                "url": tag_link(post.cta_url, envelope.marker),
            },
            "hero": _hero(post.hero) if post.hero else None,
            **topics(post),
            **self._place(),
            "expires_at": post.expires_at.isoformat() if post.expires_at else None,
        }
        return {"timestamp": envelope.due_at.isoformat(), "data": data}

    def commit(self, letter: Letter) -> Outcome:
        return self._send("post.published", letter, remote_id=letter.key)

    def edit(self, letter: Letter) -> Outcome:
        return self._send("post.edited", letter, remote_id=letter.remote_id)

    def withdraw(self, letter: Letter) -> Outcome:
        return self._send("post.withdrawn", letter, remote_id=letter.remote_id)

    @property
    def _url(self) -> str:
        return str(self.channel.settings.get("url", ""))

    def _place(self) -> dict[str, Any]:
        spoke = self.channel.spoke
        return {
            "channel": {"name": self.channel.name, "slug": self.channel.slug},
            "spoke": {"name": spoke.name, "slug": spoke.slug} if spoke else None,
        }

    def _signer(self) -> Webhook | AuthLost:
        if self.channel.is_sealed:
            return AuthLost(_("None of our keys opens the stored secret; please enter it again."))
        try:
            return Webhook(str(self.channel.credentials.get("secret", "")))
        except (ValueError, EmptyWebhookSecretError):
            return AuthLost(
                _("The secret should be “whsec_” and then base64; please enter it again.")
            )

    def _send(self, event: str, letter: Letter, *, remote_id: str) -> Outcome:
        signer = self._signer()
        if isinstance(signer, AuthLost):
            return signer
        if not is_web_link(self._url):
            return Refused(_no_address(self._url))
        now = timezone.now()
        body = json.dumps(
            {
                "type": event,
                "timestamp": letter.payload.get("timestamp", now.isoformat()),
                "data": {"id": remote_id, **letter.payload.get("data", self._place())},
            }
        )
        headers = {
            "content-type": "application/json",
            "webhook-id": letter.key,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": signer.sign(letter.key, now, body),
        }
        try:
            answer = http.request("POST", self._url, content=body.encode(), headers=headers)
        except AddressRefused as refusal:
            return Refused(str(refusal))
        except HttpError as error:
            return Unknown(str(error)) if error.sent else RetryAfter(str(error))
        return outcome_of(answer, remote_id=remote_id, now=now)


def _no_address(url: str) -> str:
    words = _("“%(url)s” is no web address to send events to; it should start with https://.")
    return words % {"url": url}


def _hero(asset: Asset) -> dict[str, Any]:
    return {
        "url": urljoin(f"{settings.SITE_URL}/", asset.file.url),
        "width": asset.width,
        "height": asset.height,
        "alt": "" if asset.decorative else asset.alt_text,
        "credit": asset.credit,
    }

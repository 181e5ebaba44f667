"""Making links for outsiders, taking them back, and noting who came."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext

from content.audit.actions import record
from content.editorial.models import Post, PostState
from content.text import clean_line
from hub.preview import tokens
from hub.preview.exceptions import ShareRefused
from hub.preview.models import ShareLink, ShareVisit
from spokes.channels.models import Spoke

DEFAULT_DAYS = 7
MOST_DAYS = 30
# the longest window of a place that one link shows
LONGEST_WINDOW = timedelta(days=31)
# the same visitor on the same page within this time is one visit
ONE_VISIT = timedelta(minutes=1)


@dataclasses.dataclass(frozen=True)
class Window:
    """The time within which a link shows what comes on a place."""

    starts_at: datetime
    ends_at: datetime


@dataclasses.dataclass(frozen=True)
class NewShareLink:
    """A link with its token, which is known now and never again."""

    link: ShareLink
    token: str


def create_share_link(
    *,
    actor: AbstractBaseUser,
    label: str,
    post: Post | None = None,
    spoke: Spoke | None = None,
    window: Window | None = None,
    days: int = DEFAULT_DAYS,
    now: datetime | None = None,
) -> NewShareLink:
    """Share a post as it would stand on the spoke (None: the hub), or what comes there.

    Name a ``post``, or a ``window`` for the place. The link ends after ``days``, at most
    MOST_DAYS. Raises ShareRefused.
    """
    now = now or timezone.now()
    label = clean_line(label)
    _check(label=label, post=post, window=window, days=days)
    token = tokens.make_token()
    with transaction.atomic():
        link = ShareLink.objects.create(
            kind=ShareLink.Kind.POST if post else ShareLink.Kind.PLACE,
            token_hash=tokens.hash_of(token),
            post=post,
            spoke=spoke,
            starts_at=window.starts_at if window else None,
            ends_at=window.ends_at if window else None,
            label=label[: ShareLink._meta.get_field("label").max_length],
            created_by_id=actor.pk,
            created_at=now,
            expires_at=now + timedelta(days=days),
        )
        record(code="share_link.created", subject=link, actor=actor, after=_facts(link), at=now)
        if post:
            record(
                code="post.shared",
                subject=post,
                actor=actor,
                after={"note": gettext("For %(label)s") % {"label": link.label}},
                at=now,
            )
    return NewShareLink(link, token)


def revoke_share_link(
    *, link: ShareLink, actor: AbstractBaseUser, now: datetime | None = None
) -> ShareLink:
    """Close a link at once. Raises ShareRefused for one that is closed already."""
    now = now or timezone.now()
    with transaction.atomic():
        if not ShareLink.objects.open(now).filter(pk=link.pk).update(revoked_at=now):
            raise ShareRefused(gettext("This link is closed already."))
        link.revoked_at = now
        record(code="share_link.revoked", subject=link, actor=actor, at=now)
    return link


def record_visit(
    *, link: ShareLink, page: str, agent: str, address: str, now: datetime
) -> ShareVisit:
    """Note that a link was opened; the same visitor again within a minute is counted on.

    ``agent`` and ``address`` come shortened (hub.preview.visitors).
    """
    seen = {"link": link, "page": page, "agent": agent[:60], "address": address}
    with transaction.atomic():
        again = ShareVisit.objects.filter(**seen, at__gt=now - ONE_VISIT).first()
        if again:
            ShareVisit.objects.filter(pk=again.pk).update(times=F("times") + 1)
            return again
        visit = ShareVisit.objects.create(**seen, at=now)
        record(
            code="share_link.visited",
            subject=link,
            actor=None,
            after={"page": page, "agent": visit.agent, "address": address},
            at=now,
        )
    return visit


def _check(*, label: str, post: Post | None, window: Window | None, days: int) -> None:
    if (post is None) == (window is None):
        raise ShareRefused(gettext("A link shows one post, or what comes on one place."))
    if not label:
        raise ShareRefused(gettext("Say for whom the link is; you will want to know later."))
    if not 1 <= days <= MOST_DAYS:
        raise ShareRefused(
            gettext("A link lives between 1 and %(most)d days.") % {"most": MOST_DAYS}
        )
    if post and post.state == PostState.ARCHIVED:
        raise ShareRefused(gettext("The post is archived; there is nothing to show."))
    if window and not timedelta(0) < window.ends_at - window.starts_at <= LONGEST_WINDOW:
        raise ShareRefused(gettext("The time that is shown ends after it starts, within 31 days."))


def _facts(link: ShareLink) -> dict[str, str]:
    facts = {
        "kind": link.kind,
        "subject": link.subject,
        "label": link.label,
        "expires_at": link.expires_at.isoformat(),
    }
    if link.starts_at and link.ends_at:
        facts["starts_at"] = link.starts_at.isoformat()
        facts["ends_at"] = link.ends_at.isoformat()
    return facts

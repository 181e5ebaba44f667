from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from content.audit.actions import record
from content.catalogue.names import unique_slug
from content.editorial.models import Post
from spokes.audiences.exceptions import AudienceNameRefused, ReasonRefused
from spokes.audiences.language import parse
from spokes.audiences.models import Audience, RoutingOverride
from spokes.channels.models import Channel

Verdict = RoutingOverride.Verdict


def pin_post(*, post: Post, channel: Channel, reason: str, actor: User) -> RoutingOverride:
    """Send the post to the channel whatever its audience says; replaces a ban."""
    return _override(post, channel, Verdict.PIN, reason, actor)


def ban_post(*, post: Post, channel: Channel, reason: str, actor: User) -> RoutingOverride:
    """Keep the post from the channel whatever its audience says; replaces a pin."""
    return _override(post, channel, Verdict.BAN, reason, actor)


@transaction.atomic
def clear_override(*, post: Post, channel: Channel, actor: User) -> bool:
    """Let the audience decide again; False when nobody had said a word."""
    override = RoutingOverride.objects.filter(post=post, channel=channel).first()
    if override is None:
        return False
    before = _words(override)
    override.delete()
    summary = gettext("{channel}: its audience decides again").format(channel=channel)
    record(code="routing.cleared", subject=post, actor=actor, summary=summary, before=before)
    return True


@transaction.atomic
def save_audience(
    *,
    name: str,
    expression: str,
    note: str = "",
    audience: Audience | None = None,
    actor: User | None = None,
) -> Audience:
    """Create the audience, or change the one given; raise ExpressionErrors for a faulty text."""
    name, expression = name.strip(), expression.strip()
    parse(expression)
    audience = audience or Audience()
    others = Audience.objects.exclude(pk=audience.pk)
    if not 0 < len(name) <= 120 or others.filter(name__iexact=name).exists():
        raise AudienceNameRefused
    stored = Audience.objects.filter(pk=audience.pk).first()
    before = _content(stored) if stored else {}
    audience.name, audience.expression, audience.note = name, expression, note.strip()
    if stored:
        audience.save(update_fields=["name", "expression", "note", "updated_at"])
    else:
        audience.slug = unique_slug(name, others)
        audience.save(force_insert=True)
    code = "audience.changed" if stored else "audience.added"
    record(code=code, subject=audience, actor=actor, before=before, after=_content(audience))
    return audience


@transaction.atomic
def _override(
    post: Post, channel: Channel, verdict: Verdict, reason: str, actor: User
) -> RoutingOverride:
    reason = reason.strip()
    if not 0 < len(reason) <= 300:
        raise ReasonRefused
    now = timezone.now()
    last = RoutingOverride.objects.filter(post=post, channel=channel).first()
    override, _ = RoutingOverride.objects.update_or_create(
        post=post,
        channel=channel,
        defaults={"verdict": verdict, "reason": reason, "by": actor, "at": now},
    )
    record(
        code=f"routing.{verdict.label.lower()}",
        subject=post,
        actor=actor,
        summary=gettext("{label} on {channel}: {reason}").format(
            label=verdict.label, channel=channel, reason=reason
        ),
        before=_words(last) if last else {},
        after=_words(override),
        at=now,
    )
    return override


def _words(override: RoutingOverride) -> dict[str, Any]:
    return {
        "channel": override.channel_id,
        "verdict": override.verdict,
        "reason": override.reason,
    }


def _content(audience: Audience) -> dict[str, Any]:
    return {"name": audience.name, "expression": audience.expression, "note": audience.note}

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.text import get_text_list
from django.utils.translation import gettext

from content.audit.actions import record
from content.catalogue.names import unique_slug
from content.editorial.models import Post
from spokes.audiences.exceptions import (
    AudienceInUse,
    AudienceNameRefused,
    AudienceNameTaken,
    ReasonRefused,
)
from spokes.audiences.language import ExpressionErrors, Reading, read_typed
from spokes.audiences.language.saved import as_stored, asked_for
from spokes.audiences.models import Audience, AudienceUse, RoutingOverride
from spokes.channels.models import Channel, Spoke

Verdict = RoutingOverride.Verdict
# users of an audience named in one refusal
SHOWN = 4


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
    """Create the audience, or change the one given.

    Raises ExpressionErrors for a faulty text, AudienceNameRefused, and AudienceInUse when another
    audience that asks for it could not be read any more.
    """
    name, expression = name.strip(), expression.strip()
    audience = audience or Audience()
    reading = _read(expression, audience)
    others = Audience.objects.exclude(pk=audience.pk)
    if not 0 < len(name) <= 120:
        raise AudienceNameRefused
    if others.filter(name__iexact=name).exists():
        raise AudienceNameTaken
    stored = Audience.objects.filter(pk=audience.pk).first()
    before = _content(stored) if stored else {}
    audience.name, audience.expression, audience.note = name, expression, note.strip()
    audience.names = as_stored(reading.names)
    if stored:
        audience.save(update_fields=["name", "expression", "names", "note", "updated_at"])
    else:
        audience.slug = unique_slug(name, others)
        audience.save(force_insert=True)
    _store_uses(audience, asked_for(reading.names))
    code = "audience.changed" if stored else "audience.added"
    record(code=code, subject=audience, actor=actor, before=before, after=_content(audience))
    return audience


@transaction.atomic
def delete_audience(*, audience: Audience, actor: User | None = None) -> None:
    """Delete an audience that nothing asks for; AudienceInUse names what does."""
    users = [
        *(f"“{row.audience}”" for row in audience.used_by.select_related("audience")),
        *(str(spoke) for spoke in Spoke.objects.filter(audience=audience)),
        *(str(channel) for channel in Channel.objects.filter(audience=audience)),
    ]
    if users:
        shown = [*users[:SHOWN], gettext("others")] if len(users) > SHOWN else users
        raise AudienceInUse(
            gettext("“{audience}” stays: {users} still ask for it.").format(
                audience=audience, users=get_text_list(shown, gettext("and"))
            )
            if len(users) > 1
            else gettext("“{audience}” stays: {user} still asks for it.").format(
                audience=audience, user=users[0]
            )
        )
    record(code="audience.deleted", subject=audience, actor=actor, before=_content(audience))
    audience.delete()


def _read(expression: str, audience: Audience) -> Reading:
    """Read what is to be saved, with the audiences that ask for this one."""
    reading, _ = read_typed(expression, audience.pk)
    if used := asked_for(reading.names):
        _be_alone_in_asking()
        rows = Audience.objects.filter(pk__in={audience.pk, *used} - {None}).order_by("pk")
        list(rows.select_for_update())
    reading, others = read_typed(expression, audience.pk, others=_users_of(audience))
    if reading.expression is None:
        raise ExpressionErrors(reading.errors)
    for pk, other in others.items():
        too_much = [error for error in other.errors if error.code in {"too_many_terms", "too_deep"}]
        if too_much:
            raise AudienceInUse(
                gettext("“{user}” asks for this audience. {trouble}").format(
                    user=Audience.objects.get(pk=pk), trouble=too_much[0].message
                )
            )
    return reading


def _be_alone_in_asking() -> None:
    """Wait for others who let audiences ask for audiences: together they could close a circle.

    It may go through audiences that neither of them touches, so all of them lock the same row.
    """
    first = Audience.objects.order_by("pk").select_for_update()[:1]
    # one that was deleted while this waited for it is no lock
    while not list(first.all()) and Audience.objects.exists():
        pass


def _users_of(audience: Audience) -> list[Audience]:
    """List the audiences that ask for this one, or for one that does."""
    pairs = AudienceUse.objects.values_list("used_id", "audience_id")
    users: dict[int, list[int]] = {}
    for used, user in pairs if audience.pk else ():
        users.setdefault(used, []).append(user)
    found: dict[int, None] = {}
    left = [audience.pk]
    while left:
        new = [pk for pk in users.get(left.pop(), ()) if pk not in found and pk != audience.pk]
        found |= dict.fromkeys(new)
        left += new
    return list(Audience.objects.filter(pk__in=found)) if found else []


def _store_uses(audience: Audience, used: set[int]) -> None:
    audience.uses.exclude(used__in=used).delete()
    held = set(audience.uses.values_list("used_id", flat=True))
    AudienceUse.objects.bulk_create(
        AudienceUse(audience=audience, used_id=pk) for pk in sorted(used - held)
    )


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

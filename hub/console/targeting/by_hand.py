"""A person's word over one post on one channel: pin, ban or neither, and what comes of it there."""

from __future__ import annotations

from typing import NamedTuple

from django.contrib.auth.models import User
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from content.editorial.models import Post, PostState
from hub.console.people import SCHEDULE, acting
from hub.console.steps import NEXT
from hub.delivery.models import Delivery, Kind
from hub.people.scope import visible
from spokes.audiences.actions import ban_post, clear_override, pin_post
from spokes.audiences.models import RoutingOverride
from spokes.audiences.routing import route_post
from spokes.channels.models import Channel

PUTS = {"pin": pin_post, "ban": ban_post}
CLEAR = "clear"
TOLD = {
    "pin": gettext_lazy("Pinned to %(channel)s."),
    "ban": gettext_lazy("Banned from %(channel)s."),
    CLEAR: gettext_lazy("%(channel)s follows its audience again."),
}


class Word(NamedTuple):
    """What a form asks for: ``pin``, ``ban`` or ``clear`` on a channel that the person sees."""

    channel: Channel
    verdict: str
    reason: str = ""


def word_of(request: HttpRequest) -> Word | None:
    """Read it from the form; the buttons beside a channel carry its key in their value."""
    asked = request.POST
    verdict, key = asked.get("verdict", ""), asked.get("channel", "")
    reason = asked.get("reason", "")
    for name in (*PUTS, CLEAR):
        if name in asked:
            verdict, key = name, asked[name]
            reason = asked.get(f"reason-{key}", "")
    channels = visible(acting(request), Channel.objects.all())
    channel = channels.filter(pk=key if key.isdecimal() and len(key) < 19 else 0).first()
    return Word(channel, verdict, reason) if channel and verdict in TOLD else None


def say(request: HttpRequest, post: Post, word: Word) -> str:
    """Carry it out; return what to tell, with what comes of it and a button that takes it back."""
    actor, channel = acting(request), word.channel
    rows = RoutingOverride.objects.filter(post=post, channel=channel)
    before = rows.values("verdict", "reason").first() or {"verdict": CLEAR}
    if word.verdict == CLEAR:
        clear_override(post=post, channel=channel, actor=actor)
    else:
        PUTS[word.verdict](post=post, channel=channel, reason=word.reason, actor=actor)
    told = TOLD[word.verdict] % {"channel": channel}
    context = {
        "told": format_html("{} {}", told, _outcome(post, channel, actor)),
        "url": reverse("admin:editorial_post_routing", args=[post.pk]),
        "answers": {"channel": channel.pk, **before},
        NEXT: request.POST.get(NEXT, ""),
    }
    return render_to_string("console/undo.html", context, request)


def _outcome(post: Post, channel: Channel, actor: User) -> str:
    """Say what it does to what is planned or live there, or what is still to be done."""
    goes = route_post(post, [channel])[0].goes
    rows = Delivery.objects.of(post).filter(channel=channel, kind=Kind.PUBLISH)
    if rows.planned().exists():
        return "" if goes else _("What is planned for it there will not go out.")
    if live := rows.live().first():
        page = reverse("admin:delivery_delivery_change", args=[live.pk])
        words = _("It is live there and stays: withdraw it to take it down.")
        return "" if goes else _linked(words, page, _("Its delivery"))
    if not goes:
        return ""
    if post.state != PostState.APPROVED:
        return _("It goes there once it is approved and scheduled.")
    words = _("Nothing is planned for it there yet.")
    if not actor.has_perm(SCHEDULE):
        return words
    page = reverse("admin:editorial_post_schedule", args=[post.pk])
    return _linked(words, page, _("Schedule it"))


def _linked(words: str, page: str, label: str) -> str:
    return format_html('{} <a class="audience-next" href="{}">{}</a>', words, page, label)

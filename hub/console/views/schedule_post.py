"""The page that schedules a post: choose, see what happens, confirm."""

from __future__ import annotations

import dataclasses
import zoneinfo
from datetime import datetime

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from unfold.widgets import UnfoldAdminTextInputWidget

from content.editorial.models import Post
from hub.console.forms import ScheduleForm
from hub.console.moments import moment
from hub.console.people import acting
from hub.console.refusals import REFUSALS, words
from hub.console.views.schedule_choice import FOUND, LONGEST, Choice, channels_of, choice_for
from hub.delivery.models import Delivery
from hub.delivery.states import INBOX_STATES, State
from hub.schedule.actions import check_time, schedule_post
from hub.schedule.slots import next_free_slot
from spokes.channels.models import Channel

# channels that the message names
LEFT_OUT = 10


@dataclasses.dataclass(frozen=True)
class Line:
    """What would happen on one channel; ``at`` is None for at once."""

    channel: Channel
    at: datetime | None = None
    zone: str = "UTC"
    problem: str = ""


@dataclasses.dataclass(frozen=True)
class Elsewhere:
    """A channel that is not offered; ``url`` leads to where something can be done about it."""

    channel: Channel
    reason: str
    url: str = ""


@dataclasses.dataclass(frozen=True)
class Offer:
    channel: Channel
    reason: str
    ticked: bool


def schedule_view(request: HttpRequest, post: Post, site: AdminSite) -> HttpResponse:
    """Show the choice and its plan (GET), or carry it out (POST) and lead back to the post."""
    sent = request.POST if request.method == "POST" else request.GET
    choice = choice_for(post, acting(request), sent)
    form = _form(choice, sent)
    plan: list[Line] = []
    problem = ""
    if form.is_bound and form.is_valid():
        try:
            if request.method == "POST":
                _schedule(form, post, choice, request)
                return HttpResponseRedirect(_page_of(post))
            plan = _plan(form, post)
        except REFUSALS as refusal:
            problem = words(refusal)
    context = {
        **site.each_context(request),
        "title": gettext("Schedule"),
        "subtitle": str(post),
        "form": form,
        "media": form.media,
        "problem": problem,
        "plan": plan,
        "more_planned": 0 if problem or not form.is_valid() else len(choice.untold()),
        "licences": [*_licence_warnings(post, plan), *_licences_elsewhere(post, form, choice)],
        "answers": _answers(sent),
        "choice": choice,
        "most_found": FOUND,
        "search": _search(choice.answers.words),
        "offers": [
            Offer(route.channel, route.reason, choice.ticked(route.channel.pk))
            for route in choice.going
        ],
        "there": [_already(delivery) for delivery in choice.there],
        "unwanted": [Elsewhere(route.channel, route.reason) for route in choice.unwanted],
        "all_unwanted": len(choice.unwanted) + choice.more_unwanted,
        "back": _page_of(post),
    }
    return TemplateResponse(request, "console/schedule.html", context)


def _form(choice: Choice, sent: QueryDict) -> ScheduleForm:
    """Read what was chosen; while somebody looks for channels it is kept, and not planned yet."""
    asks = choice.answers.given and not choice.answers.searches
    kept = {name: sent[name] for name in ("when", "date", "time", "zone") if name in sent}
    form = ScheduleForm(
        sent if asks else None,
        offered=[route.channel for route in choice.going],
        initial=kept if choice.answers.searches else None,
    )
    if choice.untold():
        form.fields["channels"].required = False
    return form


def _search(words: str) -> SafeString:
    """Draw the field that looks for a channel; it belongs to the choice, not to the plan."""
    hint = gettext("Channel or spoke")
    attrs = {
        "type": "search",
        "maxlength": LONGEST,
        "placeholder": hint,
        "aria-label": gettext("Look for a channel"),
    }
    return UnfoldAdminTextInputWidget(attrs).render("q", words)


def _licence_warnings(post: Post, plan: list[Line]) -> list[str]:
    """Say on which channels the picture may not be shown any more, or not yet, at their time."""
    if post.hero is None:
        return []
    found = []
    for line in plan:
        at = line.at or timezone.now()
        day = at.astimezone(zoneinfo.ZoneInfo(line.channel.zone)).date()
        if not line.problem and (problem := post.hero.licence_problem(day)):
            found.append(f"{line.channel}: {problem}")
    return found


def _licences_elsewhere(post: Post, form: ScheduleForm, choice: Choice) -> list[str]:
    """Say the same of channels that are chosen all together, where they get it at one moment."""
    untold = choice.untold()
    if post.hero is None or not untold or not form.is_valid() or form.next_slot:
        return []
    at = form.at() or timezone.now()
    rows = Channel.objects.filter(pk__in=untold).order_by()
    days = {
        at.astimezone(zoneinfo.ZoneInfo(zone)).date()
        for zone in rows.values_list("zone", flat=True).distinct()
    }
    problems = sorted(filter(None, map(post.hero.licence_problem, days)))
    words = gettext("Among the other channels: {problem}")
    return [words.format(problem=problem) for problem in problems]


def _page_of(post: Post) -> str:
    return reverse("admin:editorial_post_change", args=[post.pk])


def _already(delivery: Delivery) -> Elsewhere:
    """Say how it stands there, and what is left to do."""
    channel = delivery.channel
    state = State(delivery.state)
    if state in INBOX_STATES:
        reason = gettext("{state}. Open the delivery to try it again or drop it.").format(
            state=state.label
        )
    elif state == State.LIVE:
        reason = gettext("It is live there.")
    elif state == State.SCHEDULED:
        reason = gettext("It is planned for {due_at}.").format(
            due_at=moment(delivery.due_at, channel.zone)
        )
    else:
        reason = gettext("It is on its way there: {state}.").format(state=state.label)
    return Elsewhere(channel, reason, reverse("admin:delivery_delivery_change", args=[delivery.pk]))


def _answers(answers: QueryDict) -> list[tuple[str, str]]:
    """Keep the choice for the confirming button."""
    asked = ("channels", "offered", "rest", "when", "date", "time", "zone")
    return [(name, str(value)) for name in asked for value in answers.getlist(name)]


def _plan(form: ScheduleForm, post: Post) -> list[Line]:
    """Say what would happen; raises ScheduleError for a time that can't be."""
    if form.next_slot:
        return [_slot_line(channel, post) for channel in form.chosen()]
    now, at = timezone.now(), form.at()
    check_time(post=post, at=at or now, now=now)
    return [Line(channel, at, form.cleaned_data["zone"]) for channel in form.chosen()]


def _slot_line(channel: Channel, post: Post) -> Line:
    now = timezone.now()
    free = next_free_slot(channel, max(now, post.embargo_until or now))
    if free is None:
        return Line(channel, problem=gettext("This channel has no free slot. Give it slots first."))
    return Line(channel, free.at, channel.zone)


def _schedule(form: ScheduleForm, post: Post, choice: Choice, request: HttpRequest) -> None:
    done = schedule_post(
        post=post,
        actor=acting(request),
        at=form.at(),
        next_slot=form.next_slot,
        channels=[*form.chosen(), *channels_of(choice.untold())],
    )
    count = len(done.deliveries)
    left_out = "".join(
        " "
        + gettext("Not on {channel}: {reason}").format(channel=route.channel, reason=route.reason)
        for route in done.kept_out[:LEFT_OUT]
    )
    if (more := len(done.kept_out) - LEFT_OUT) > 0:
        told = ngettext("Nor on {n} more channel.", "Nor on {n} more channels.", more)
        left_out += " " + told.format(n=more)
    tell = messages.success if count else messages.error
    tell(
        request,
        ngettext("Scheduled on {n} channel.", "Scheduled on {n} channels.", count).format(n=count)
        + left_out,
    )

"""The wizard of an empty house. Each step stands alone: it can be left, taken up, and repeated."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from content.catalogue.models import Genre
from content.catalogue.starter import plant_starter_genres
from hub.console.people import acting, require
from hub.console.welcome.forms import (
    HUB_TIMES,
    SPOKE_TIMES,
    HouseForm,
    HubForm,
    InvitationForm,
    SpokeForm,
)
from hub.console.welcome.invitations import invite, waiting_invitations
from hub.console.welcome.progress import STEPS, Progress, load_progress
from hub.console.welcome.tree import colours_of, load_tree
from hub.people.actions import password_link
from hub.people.exceptions import NotYours
from hub.people.scope import spokes_of
from hub.schedule.exceptions import SlotInvalid
from hub.schedule.openings import SITE, open_hub, open_spoke
from spokes.channels.actions import name_hub, settle_in
from spokes.channels.exceptions import HubInvalid, Invalid
from spokes.channels.models import Channel, Hub

OPEN_SPOKES = "channels.add_spoke"
INVITE = "auth.add_user"
# the genres that somebody picked and has not opened yet; the session keeps them
PICKED = "welcome_genres"
# links that this person made, by the key of the invited
LINKS = "welcome_links"
FOUND = 60


def _for_the_house(request: HttpRequest, permission: str) -> User:
    """Give who is acting, if they may do it for the whole house and not for a few spokes."""
    actor = require(request, permission)
    if spokes_of(actor) is not None:
        raise PermissionDenied
    return actor


def begin(request: HttpRequest) -> HttpResponse:
    """Lead to the first step that is not done."""
    progress = load_progress(_for_the_house(request, OPEN_SPOKES))
    steps = [("hub", progress.named), ("genres", progress.spokes), ("people", progress.people)]
    step = next((name for name, done in steps if not done), "done")
    return _to(step)


def hub(request: HttpRequest) -> HttpResponse:
    actor = _for_the_house(request, OPEN_SPOKES)
    form = HubForm(request.POST or None, hub=Hub.objects.current())
    if request.method == "POST" and form.is_valid():
        try:
            name_hub(**form.cleaned_data, actor=actor)
        except HubInvalid as refusal:
            form.refuse(refusal.errors)
        else:
            return _to("genres")
    return _page(request, "hub", {"form": form})


def genres(request: HttpRequest) -> HttpResponse:
    """Pick genres. The search works without a script, too, and keeps what is ticked."""
    actor = _for_the_house(request, OPEN_SPOKES)
    problem, phrase = "", ""
    if request.method == "POST":
        if "plant" in request.POST:
            plant_starter_genres(actor=actor)
            return _to("genres")
        _keep_picked(request, request.POST.getlist("genre"))
        phrase = request.POST.get("phrase", "").strip()
        if "next" in request.POST:
            if request.session[PICKED]:
                return _to("spokes")
            problem = _("Tick at least one genre. You can open more spokes at any time.")
        elif "find" not in request.POST:
            phrase = ""
    picked = request.session.get(PICKED, [])
    found = _find(phrase)
    shown = {genre.pk for genre in found}
    context = {
        "tree": load_tree(picked),
        "phrase": phrase,
        "found": [(genre, genre.pk in picked) for genre in found],
        "elsewhere": Genre.objects.filter(pk__in=picked).exclude(pk__in=shown) if phrase else [],
        "picked_count": len(picked),
        "problem": problem,
    }
    return _page(request, "genres", context)


def _find(phrase: str) -> list[Genre]:
    if not phrase:
        return []
    return list(Genre.objects.search(phrase, limit=None).filter(spoke=None)[:FOUND])


def _keep_picked(request: HttpRequest, ticked: list[str]) -> None:
    wanted = [int(pk) for pk in ticked if pk.isdecimal()]
    free = Genre.objects.filter(pk__in=wanted[:1000], spoke=None)
    request.session[PICKED] = list(free.values_list("pk", flat=True))


def spokes(request: HttpRequest) -> HttpResponse:
    """Give each picked genre its spoke, its site and its weekly times: all of them, or none."""
    actor = _for_the_house(request, OPEN_SPOKES)
    picked = list(
        Genre.objects.filter(pk__in=request.session.get(PICKED, []), spoke=None).order_by("name")
    )
    if not picked:
        return _to("genres")
    site = Channel.objects.of_hub().filter(network=SITE).first()
    house, rows = _spoke_forms(request, picked, site)
    # each of them, so that all errors are shown at once
    valid = [form.is_valid() for form in (house, *rows.values())]
    if request.method == "POST" and all(valid):
        with transaction.atomic():
            open_hub(zone=house.cleaned_data["zone"], slots=house.slots, actor=actor)
            opened = [_opens(genre, form, house, actor) for genre, form in rows.items()]
            if not all(opened):
                transaction.set_rollback(True)
        if all(opened):
            request.session[PICKED] = []
            messages.success(
                request,
                ngettext("%(count)d spoke is open.", "%(count)d spokes are open.", len(opened))
                % {"count": len(opened)},
            )
            return _to("people")
    context = {"house_form": house, "rows": list(rows.items()), "site": site}
    context["has_errors"] = any(form.errors for form in (house, *rows.values()))
    return _page(request, "spokes", context)


def _spoke_forms(
    request: HttpRequest, picked: list[Genre], site: Channel | None
) -> tuple[HouseForm, dict[Genre, SpokeForm]]:
    data = request.POST or None
    first: dict[str, Any] = {"zone": site.zone if site else "UTC"}
    if site is None:
        first.update(weekdays=HUB_TIMES[0], weekend=HUB_TIMES[1])
    house = HouseForm(data, prefix="house", initial=first)
    colours = colours_of(picked)
    rows = {
        genre: SpokeForm(
            data,
            prefix=f"genre-{genre.pk}",
            initial={
                "name": genre.name[:80],
                "colour": colours[genre.pk],
                "weekdays": SPOKE_TIMES[0],
                "weekend": SPOKE_TIMES[1],
            },
        )
        for genre in picked
    }
    return house, rows


def _opens(genre: Genre, form: SpokeForm, house: HouseForm, actor: Any) -> bool:
    """Open one spoke, or put what is wrong with it beside its fields."""
    try:
        open_spoke(
            genre=genre,
            name=form.cleaned_data["name"],
            tagline=form.cleaned_data["tagline"],
            colour=form.cleaned_data["colour"],
            zone=house.cleaned_data["zone"],
            slots=form.slots,
            actor=actor,
        )
    except (Invalid, SlotInvalid) as refusal:
        form.refuse(refusal.errors, {"slug": "name"})
        return False
    return True


def people(request: HttpRequest) -> HttpResponse:
    """Invite one person after the other; a link is shown to whoever made it, to be sent."""
    actor = _for_the_house(request, INVITE)
    links: dict[str, str] = request.session.get(LINKS, {})
    if request.method == "POST" and "again" in request.POST:
        wanted = request.POST["again"]
        key = int(wanted) if wanted.isdecimal() else 0
        person = get_object_or_404(waiting_invitations(), pk=key)
        link = password_link(person=person, actor=actor)
        request.session[LINKS] = {**links, str(person.pk): link}
        return _to("people")
    form = InvitationForm(request.POST or None, actor=actor)
    if request.method == "POST" and form.is_valid():
        try:
            person, link = invite(**form.cleaned_data, actor=actor)
        except NotYours as refusal:
            form.add_error(None, str(refusal))
        else:
            request.session[LINKS] = {**links, str(person.pk): link}
            told = _("%(name)s is invited. Send the link below.")
            messages.success(request, told % {"name": person.get_full_name()})
            return _to("people")
    waiting = [(person, links.get(str(person.pk), "")) for person in waiting_invitations()]
    return _page(request, "people", {"form": form, "waiting": waiting})


def done(request: HttpRequest) -> HttpResponse:
    progress = load_progress(_for_the_house(request, OPEN_SPOKES))
    return _page(request, "done", {"progress": progress}, progress)


@require_POST
def put_away(request: HttpRequest) -> HttpResponse:
    """Hide the checklist for good."""
    settle_in(actor=_for_the_house(request, OPEN_SPOKES))
    return HttpResponseRedirect(reverse("admin:index"))


def _to(step: str) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse(f"welcome:{step}"))


def _page(
    request: HttpRequest, step: str, context: dict[str, Any], progress: Progress | None = None
) -> HttpResponse:
    names = {
        "hub": _("Name"),
        "genres": _("Genres"),
        "spokes": _("Spokes"),
        "people": _("People"),
        "done": _("Done"),
    }
    here = STEPS.index(step)
    known = progress or load_progress(acting(request))
    done = {"hub": known.named, "genres": known.spokes, "spokes": known.spokes}
    done["people"] = known.people
    steps = [
        {
            "name": names[name],
            "url": reverse(f"welcome:{name}"),
            "is_here": number == here,
            "done": done.get(name, False),
        }
        for number, name in enumerate(STEPS)
    ]
    shown = {"house": Hub.objects.current(), "steps": steps, "number": here + 1, **context}
    return TemplateResponse(request, f"console/welcome/{step}.html", shown)

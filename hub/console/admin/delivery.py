"""Deliveries, what stops them, and the first page: what is happening now."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.contrib.auth.models import User
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
    RangeDateTimeFilter,
)

from content.audit.models import AuditEntry
from hub.console.admin.base import ConsoleAdmin, ReadOnlyAdmin, moment_column
from hub.console.delivery_bulk import DELIVERY_BULK
from hub.console.delivery_steps import DELIVERY_STEPS, publication_of
from hub.console.delivery_waits import Waits
from hub.console.filters import NeedsFilter, SpokeFilter, WhenFilter
from hub.console.forms import HoldForm
from hub.console.moments import moment
from hub.console.newest import newest
from hub.console.people import RELEASE, acting, full_name
from hub.console.saving import SavesByAction
from hub.console.steps import Button, Step
from hub.console.templatetags.console import DELIVERY_COLOURS, lateness
from hub.console.typed import display
from hub.console.views.now import (
    figures_view,
    machine_view,
    now_view,
    pause_view,
    resume_view,
)
from hub.console.views.upcoming import upcoming_view
from hub.delivery.actions import hold, known_id, release_hold
from hub.delivery.models import Delivery, Hold
from hub.delivery.states import INBOX_STATES
from hub.people.exceptions import NotYours
from hub.people.scope import may_hold
from spokes.site.models import CardImage

# a delivery and the entry of its plan are written in one go
PLANNED_WITH = timedelta(minutes=1)
# on a delivery's page, at once
SHOWN_ATTEMPTS = 30
SHOWN_CHANGES = 20
NO_NEXT_TRY: dict[str, StrOrPromise] = {
    **dict.fromkeys(INBOX_STATES, _("None: a person decides what happens now.")),
}


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    steps = DELIVERY_STEPS
    taken_down = moment_column("withdrawn_at", _("Taken down"))
    planned = moment_column("created_at", _("Planned at"))
    leased_until = moment_column("lease_until", _("Lease until"))
    list_display = [
        "post_title",
        "channel",
        "kind_label",
        "state_label",
        "due",
        "link",
        "why",
    ]
    list_display_links = ["post_title"]
    list_filter = [
        ("state", ChoicesDropdownFilter),
        NeedsFilter,
        ("kind", ChoicesDropdownFilter),
        WhenFilter,
        ("due_at", RangeDateTimeFilter),
        ("channel", AutocompleteSelectFilter),
        SpokeFilter,
    ]
    list_select_related = ["post", "channel"]
    search_fields = ["post__title"]
    search_help_text = _("Search by the post's title.")
    when_empty = _("Nothing is planned yet. Approve a post and press Schedule on its page.")
    ordering = ["-due_at", "-id"]
    bulk_steps = DELIVERY_BULK
    change_form_outer_after_template = "console/delivery_panels.html"
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "post_link",
                    ("channel", "kind_label"),
                    "why",
                    ("due", "next_try"),
                    ("link", "taken_down"),
                    ("planned_by", "planned"),
                ]
            },
        ),
        (
            _("For whoever looks closer"),
            {
                "fields": [
                    ("key", "marker", "post_revision"),
                    ("tries", "crashes", "lookups", "absences"),
                    ("remote_id", "handle"),
                    ("lease_owner", "leased_until", "lease_token"),
                    "payload",
                ],
                "classes": ["collapse"],
            },
        ),
    ]

    @display(description=_("Post"))
    def post_title(self, delivery: Delivery) -> str:
        return delivery.post.title

    @display(description=_("Post"))
    def post_link(self, delivery: Delivery) -> SafeString:
        url = reverse("admin:editorial_post_change", args=[delivery.post_id])
        return format_html('<a class="console-link" href="{}">{}</a>', url, delivery.post)

    @display(description=_("What"), ordering="kind")
    def kind_label(self, delivery: Delivery) -> str:
        return delivery.get_kind_display()

    @display(description=_("State"), ordering="state", label=DELIVERY_COLOURS)
    def state_label(self, delivery: Delivery) -> tuple[str, str]:
        return delivery.state, delivery.get_state_display()

    @display(description=_("Meant for"), ordering="due_at")
    def due(self, delivery: Delivery) -> str:
        late = lateness(delivery)
        return f"{self._meant_for(delivery)} · {late}" if late else self._meant_for(delivery)

    def _meant_for(self, delivery: Delivery) -> str:
        zone = delivery.channel.zone
        if delivery.moved_from is None:
            return moment(delivery.due_at, zone)
        return gettext("{due} (first meant for {before}; it came up late)").format(
            due=moment(delivery.due_at, zone), before=moment(delivery.moved_from, zone)
        )

    @display(description=_("What happens next"))
    def next_try(self, delivery: Delivery) -> StrOrPromise:
        """Say when it is tried by itself; where it is not, what it waits for."""
        # a page asks for a field several times
        waits: Waits | None = getattr(delivery, "console_waits", None)
        if waits is None:
            waits = Waits(timezone.now())
            delivery.console_waits = waits  # type: ignore[attr-defined]  # kept for this page only
        words = waits.next_step(delivery)
        return words or NO_NEXT_TRY.get(delivery.state, "–")

    @display(description=_("Planned by"))
    def planned_by(self, delivery: Delivery) -> str:
        return full_name(delivery.created_by)

    @display(description=_("Link"))
    def link(self, delivery: Delivery) -> SafeString | str:
        if not delivery.remote_url:
            return "–"
        return format_html(
            '<a class="console-link" href="{}" target="_blank" rel="noopener">{}</a>',
            delivery.remote_url,
            gettext("Open"),
        )

    @display(description=_("Why it is in this state"))
    def why(self, delivery: Delivery) -> str:
        waits: Waits | None = getattr(delivery, "console_waits", None)
        words = waits.told(delivery) if waits else ""
        return " ".join(filter(None, (delivery.reason, words))) or "–"

    def buttons(self, request: HttpRequest, row: Any) -> list[Button]:
        if not acting(request).has_perm("editorial.view_post"):
            return super().buttons(request, row)
        route = reverse("admin:editorial_post_route", args=[row.post_id])
        leads_on = Button(
            _("Why on this channel?"), f"{route}#channel-{row.channel_id}", leads=True
        )
        return [*super().buttons(request, row), leads_on]

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """Let all rows of a page share what they wait for."""
        changelist = super().get_changelist_instance(request)
        rows = list(changelist.result_list)
        waits = Waits(timezone.now(), posts=[row.post_id for row in rows])
        for row in rows:
            row.console_waits = waits
        return changelist

    def get_urls(self) -> list[URLPattern]:
        guard = self.admin_site.admin_view
        return [
            path("now/", guard(now_view), name="now"),
            path("pause/", guard(pause_view), name="pause_everything"),
            path("resume/", guard(resume_view), name="resume_everything"),
            path("upcoming/", guard(self.upcoming_view), name="upcoming"),
            path("figures/", guard(self.figures_view), name="figures"),
            path("machine/", guard(machine_view), name="machine"),
            *super().get_urls(),
        ]

    def figures_view(self, request: HttpRequest) -> HttpResponse:
        return figures_view(request, self.admin_site)

    def upcoming_view(self, request: HttpRequest) -> HttpResponse:
        return upcoming_view(request, self.admin_site)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        delivery = self.get_object(request, object_id)
        shown: dict[str, Any] = {}
        if delivery is not None:
            shown = {
                "attempts": newest(
                    delivery.attempts.all(), request, parameter="attempts", most=SHOWN_ATTEMPTS
                ),
                "known_id": known_id(delivery),
                "marker": (delivery.target or delivery).marker,
                "cards": _cards_of(delivery),
                "changes_of_it": newest(
                    delivery.changes.defer("payload"),
                    request,
                    parameter="changes",
                    most=SHOWN_CHANGES,
                ),
            }
        return super().change_view(request, object_id, form_url, {**shown, **(extra_context or {})})

    def history_of(self, row: Any) -> list[AuditEntry]:
        """Begin with how it was planned, which the post's history tells."""
        plans = AuditEntry.objects.about(row.post).filter(code="post.scheduled").with_actor()
        known = plans.filter(at__gte=row.created_at - PLANNED_WITH).order_by("at", "id")
        first = next((plan for plan in known if row.channel.slug in _planned_in(plan)), None)
        return [*super().history_of(row), *([first] if first else [])]


def _cards_of(delivery: Delivery) -> QuerySet[CardImage] | None:
    publication = publication_of(delivery)
    return publication.cards.order_by("shape") if publication else None


def _planned_in(plan: AuditEntry) -> Any:
    return plan.after.get("channels") or {}


def _release(held: Hold, actor: User, answers: dict[str, Any]) -> str:
    release_hold(hold=held, actor=actor)
    return gettext("Released: it goes out again.")


@admin.register(Hold)
class HoldAdmin(SavesByAction, ConsoleAdmin):
    """What was stopped by a person. A row is set here and released by its button."""

    list_display = ["what", "reason", "held_by", "started", "release_button"]
    started = moment_column("since", _("Since"))
    list_select_related = ["spoke", "artist", "post", "by"]
    form = HoldForm
    autocomplete_fields = ["spoke", "artist", "post"]
    fields = ["scope", "spoke", "artist", "post", "reason"]
    when_empty = _("No holds. Everything goes out as planned.")
    steps = (
        Step(
            name="release",
            label=pgettext_lazy("a hold", "Release"),
            permission=RELEASE,
            perform=_release,
            tone="main",
        ),
    )

    @display(description=_("What"))
    def what(self, held: Hold) -> str:
        return str(held)

    @display(description=_("By"), ordering="by")
    def held_by(self, held: Hold) -> str:
        return full_name(held.by)

    @display(description=_("Release"))
    def release_button(self, held: Hold) -> SafeString:
        url = reverse("admin:delivery_hold_change", args=[held.pk])
        return format_html('<a class="console-link" href="{}">{}</a>', url, gettext("Release"))

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def step_view(self, request: HttpRequest, object_id: str, name: str) -> HttpResponse:
        response = super().step_view(request, object_id, name)
        released = not Hold.objects.filter(pk=object_id).exists()
        if released and response.status_code == 302:
            response["Location"] = reverse("admin:delivery_hold_changelist")
        return response

    def write(self, *, actor: User, row: Any, form: forms.ModelForm[Any], formsets: Any) -> Hold:
        wanted = form.cleaned_data
        if not may_hold(actor, scope=wanted["scope"], post=wanted.get("post")):
            raise NotYours(gettext("Only the whole house stops this."), field="scope")
        return hold(actor=actor, **wanted)

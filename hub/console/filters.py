"""Filters of the lists that Unfold's own have no words for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib.admin import ModelAdmin
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter, RelatedDropdownFilter

from content.audit.models import AuditEntry
from content.catalogue.models import UnresolvedGenre
from hub.console.audit_filters import known_codes, known_people
from hub.console.keys import is_key
from hub.console.people import full_name
from hub.console.waiting import WORRYING
from hub.delivery.health import kept_back
from hub.delivery.holds import Holds
from hub.delivery.models import Delivery
from hub.people.scope import sees_whole_house, visible
from spokes.channels.connectors.registry import CONNECTORS
from spokes.channels.models import Channel, Spoke

Choices = list[tuple[Any, str]]
HUB = "hub"


class NeedsFilter(DropdownFilter):
    title = _("what it needs")
    parameter_name = "needs"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> Choices:
        return [
            ("person", gettext("Needs a person")),
            ("look", gettext("In trouble: needs a person, or passes by itself")),
        ]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Delivery]
    ) -> QuerySet[Delivery] | None:
        match self.value():
            case "person":
                return queryset.needing_a_person()  # type: ignore[attr-defined,no-any-return]  # a word of DeliveryQuerySet
            case "look":
                return queryset.filter(state__in=WORRYING)
        return None


class WhenFilter(DropdownFilter):
    """Times that people ask for; any other is asked with the dates beside it."""

    title = "when"
    parameter_name = "when"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> Choices:
        return [
            ("due", gettext("Due now")),
            ("kept", gettext("Due, but kept back")),
            ("day", gettext("The next 24 hours")),
            ("past", gettext("The last 24 hours")),
        ]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Delivery]
    ) -> QuerySet[Delivery] | None:
        now = timezone.now()
        day = timedelta(days=1)
        match self.value():
            case "due":
                return queryset.due(now)  # type: ignore[attr-defined,no-any-return]  # a word of DeliveryQuerySet
            case "kept":
                kept = queryset.filter(kept_back(Holds.load()))
                return kept.due(now)  # type: ignore[attr-defined,no-any-return]  # a word of DeliveryQuerySet
            case "day":
                return queryset.filter(due_at__gte=now, due_at__lt=now + day)
            case "past":
                return queryset.filter(due_at__gte=now - day, due_at__lt=now)
        return None


class SpokeFilter(DropdownFilter):
    """The spoke of a row that has a channel."""

    title = "spoke"
    parameter_name = "spoke"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> Choices:
        hub = [(HUB, _("The hub"))] if sees_whole_house(request.user) else []
        own = visible(request.user, Spoke.objects.all())
        return [*hub, *((spoke.pk, spoke.name) for spoke in own)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any] | None:
        value = self.value()
        if not value:
            return None
        if value != HUB and not is_key(value):
            return queryset.none()
        of = {"spoke__isnull": True} if value == HUB else {"spoke": int(value)}
        # keys, not a join: a database that knows the channels reads their rows by index
        return queryset.filter(
            channel__in=list(Channel.objects.filter(**of).order_by().values_list("pk", flat=True))
        )


class NetworkFilter(DropdownFilter):
    title = "network"
    parameter_name = "network"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> Choices:
        return [(name, kind.capabilities.label) for name, kind in CONNECTORS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any] | None:
        return queryset.filter(network=self.value()) if self.value() else None


class SettledFilter(DropdownFilter):
    """The queue by default; what was settled on request."""

    title = "what"
    parameter_name = "settled"
    all_option = ["", _("Waiting for a person")]

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> Choices:
        return [("yes", "Settled"), ("all", "All")]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[UnresolvedGenre]
    ) -> QuerySet[UnresolvedGenre]:
        if self.value() == "all":
            return queryset
        return queryset.filter(settled_at__isnull=self.value() != "yes")


class DeedFilter(DropdownFilter):
    title = _("what was done")
    parameter_name = "code"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> Choices:
        return [(code, code) for code in known_codes(request)]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[AuditEntry]
    ) -> QuerySet[AuditEntry] | None:
        return queryset.filter(code=self.value()) if self.value() else None


class PersonFilter(RelatedDropdownFilter):
    """Choose a person by their full name."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> Any:
        people = visible(request.user, User.objects.filter(is_staff=True).order_by("username"))
        return [(user.pk, full_name(user)) for user in people]


class ActorFilter(DropdownFilter):
    title = _("who")
    parameter_name = "actor"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> Choices:
        return [("clock", gettext("The clock")), *known_people(request)]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[AuditEntry]
    ) -> QuerySet[AuditEntry] | None:
        value = self.value()
        if not value:
            return None
        if value == "clock":
            return queryset.filter(actor__isnull=True)
        return queryset.filter(actor=int(value)) if is_key(value) else queryset.none()

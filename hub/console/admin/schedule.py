"""When channels publish: their weekly slots."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter

from hub.console.admin.base import ConsoleAdmin
from hub.console.filters import SpokeFilter
from hub.console.forms import SlotForm
from hub.console.people import acting
from hub.console.saving import SavesByAction
from hub.console.typed import display
from hub.schedule.models import Slot
from hub.schedule.slot_actions import add_slot, change_slot, remove_slot


@admin.register(Slot)
class SlotAdmin(SavesByAction, ConsoleAdmin):
    form = SlotForm
    list_display = ["channel", "day", "time", "zone", "active"]
    list_filter = [
        ("channel", AutocompleteSelectFilter),
        SpokeFilter,
        ("weekday", ChoicesDropdownFilter),
    ]
    list_select_related = ["channel"]
    search_fields = ["channel__name"]
    autocomplete_fields = ["channel"]
    when_empty = _("No slots yet. A slot is a time of the week at which a channel takes a post.")
    fields = ["channel", ("weekday", "wall_time", "zone"), "active"]

    @display(description=_("Day"), ordering="weekday")
    def day(self, slot: Slot) -> str:
        return slot.get_weekday_display()

    @display(description=_("Time"), ordering="wall_time")
    def time(self, slot: Slot) -> str:
        return f"{slot.wall_time:%H:%M}"

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Allow it while nobody has taken a date of it; later it can be switched off."""
        free = not isinstance(obj, Slot) or not obj.bookings.exists()
        return free and request.user.has_perm("schedule.delete_slot")

    def delete_model(self, request: HttpRequest, obj: Slot) -> None:
        remove_slot(slot=obj, actor=acting(request))

    def write(
        self, *, actor: User, row: Any, form: forms.ModelForm[Any], formsets: Any
    ) -> models.Model:
        if row is None:
            return add_slot(**form.cleaned_data, actor=actor)
        return change_slot(slot=row, fields=form.cleaned_data, actor=actor)

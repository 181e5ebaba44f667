"""The hub itself: its name, its line and its colour."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from unfold.widgets import COLOR_CLASSES

from hub.console.admin.base import ConsoleAdmin
from hub.console.channel_forms import dress
from hub.console.saving import SavesByAction
from hub.people.scope import spokes_of
from spokes.channels.actions import name_hub
from spokes.channels.models import Hub


class HubForm(forms.ModelForm[Hub]):
    class Meta:
        model = Hub
        fields = ["name", "tagline", "colour"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "colour" in self.fields:
            self.fields["colour"].widget = forms.TextInput({"type": "color"})
        dress(self, {"colour": COLOR_CLASSES})


@admin.register(Hub)
class HubAdmin(SavesByAction, ConsoleAdmin):
    """One row: the list leads to its page, and to the wizard until it is there."""

    form = HubForm
    fields = ["name", "tagline", "colour"]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        there = Hub.objects.filter(pk=Hub.ONLY).exists()
        page = reverse("admin:channels_hub_change", args=[Hub.ONLY])
        return HttpResponseRedirect(page if there else reverse("welcome:hub"))

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_change_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Allow it to those who open spokes, for the whole house."""
        return request.user.has_perm("channels.add_spoke") and spokes_of(request.user) is None

    def write(self, *, actor: User, row: Any, form: Any, formsets: Any) -> Hub:
        return name_hub(**form.cleaned_data, actor=actor)

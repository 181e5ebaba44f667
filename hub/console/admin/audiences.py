"""Audiences: what a channel's people want to see."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from content.editorial.models import Post
from hub.console.admin.base import ConsoleAdmin
from hub.console.saving import SavesByAction
from hub.console.typed import display
from spokes.audiences.actions import save_audience
from spokes.audiences.exceptions import AudienceNameRefused
from spokes.audiences.forms import AudienceForm
from spokes.audiences.language import ExpressionErrors, parse, query
from spokes.audiences.models import Audience

LOOKED_BACK = timedelta(days=90)


@admin.register(Audience)
class AudienceAdmin(SavesByAction, ConsoleAdmin):
    form = AudienceForm
    when_empty = _(
        "No audiences yet. Without one, a spoke takes its genre and the genres below it, "
        "and the hub takes every post."
    )
    refusal_fields = {AudienceNameRefused: "name"}
    list_display = ["name", "expression", "note"]
    search_fields = ["name", "expression"]
    fields = ["name", "expression", "note", "reach"]
    readonly_fields = ["reach"]

    @display(description=_("Posts of the last 90 days that match"))
    def reach(self, audience: Audience) -> str:
        if audience._state.adding:
            return gettext("Shown once it is saved.")
        try:
            wanted = query(parse(audience.expression))
        except ExpressionErrors:
            return gettext(
                "The expression can't be read any more: something in it was renamed or removed."
            )
        recent = Post.objects.filter(updated_at__gte=timezone.now() - LOOKED_BACK)
        return f"{recent.filter(wanted).count()} of {recent.count()}"

    def write(self, *, actor: User, row: Any, form: Any, formsets: Any) -> Audience:
        return save_audience(**form.cleaned_data, audience=row, actor=actor)

"""Stop and go on: everything, one spoke, one artist or one post."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from hub.console.forms import ReasonForm
from hub.console.people import HOLD, RELEASE
from hub.console.steps import Step
from hub.delivery.actions import hold, release_hold
from hub.delivery.models import Hold


def hold_steps(scope: str) -> tuple[Step, Step]:
    """Make the two steps for a row that ``Hold`` has a field for: spoke, artist or post."""

    def held(row: models.Model) -> bool:
        # a page that shows one row may have read it with the row
        known: bool | None = getattr(row, "is_held", None)
        return Hold.objects.filter(**{scope: row}).exists() if known is None else known

    def free(row: models.Model) -> bool:
        return not held(row)

    def stop(row: models.Model, actor: User, answers: dict[str, Any]) -> str:
        what: dict[str, Any] = {scope: row}
        hold(scope=scope, actor=actor, reason=answers["reason"], **what)
        return gettext("On hold: nothing of “{row}” goes out until you go on.").format(row=row)

    def go_on(row: models.Model, actor: User, answers: dict[str, Any]) -> str:
        for held_by in Hold.objects.filter(**{scope: row}):
            release_hold(hold=held_by, actor=actor)
        return gettext("“{row}” goes out again.").format(row=row)

    return (
        Step(
            name="hold",
            label=_("Hold back"),
            permission=HOLD,
            perform=stop,
            applies=free,
            form=ReasonForm,
            intro=_("Nothing of it goes out from this moment on. What is planned waits."),
            tone="danger",
            undo="go-on",
        ),
        Step(
            name="go-on",
            label=_("Go on"),
            permission=RELEASE,
            perform=go_on,
            applies=held,
            tone="main",
        ),
    )

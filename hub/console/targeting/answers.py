"""What an expression takes of the posts of late and what it just misses, beside its form."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from content.editorial.models import Post
from content.editorial.querysets import PostQuerySet
from hub.console.people import acting
from hub.console.targeting.editing import errors_for, named_audience, vocabulary_of
from hub.console.targeting.sentences import sentence
from hub.console.targeting.whatif import WhatIf, if_audience_said
from hub.people.scope import may_change_seen, visible
from spokes.audiences.language import And, Checked, check
from spokes.audiences.lately import LOOKED_BACK, lately
from spokes.audiences.models import Audience
from spokes.audiences.whatif import answer
from spokes.channels.models import Channel, Spoke

# offered to put an audience on; the lists of spokes and channels have them all
MOST_PLACES = 60


def late_posts(user: User) -> PostQuerySet:
    """Take the posts of the last 90 days that the person sees."""
    return lately(timezone.now() - LOOKED_BACK, visible(user, Post.objects.all()))


@require_POST
def answer_view(request: HttpRequest) -> HttpResponse:
    """Answer for the text of the form: a part for the script, a page for those without."""
    audience = named_audience(request)
    text = request.POST.get("expression", "")
    context = _answered(acting(request), text, audience)
    if request.headers.get("X-Requested-With") == "fetch":
        return TemplateResponse(request, "console/audiences/answer.html", context)
    checked = _checked(acting(request), text, audience)
    page = {
        **admin.site.each_context(request),
        **context,
        "title": _("What it takes"),
        "expression": text,
        "sentence": sentence(checked.expression) if checked.expression else "",
        "errors": [
            (text[error.start : error.end], error)
            for error in errors_for(acting(request), checked.errors)
        ],
    }
    return TemplateResponse(request, "console/audiences/answer_page.html", page)


def context_of(request: HttpRequest, audience: Audience | None, form: Any) -> dict[str, Any]:
    """Answer beside the form as it comes to the browser."""
    text = form["expression"].value() if "expression" in form.fields else ""
    if not text and audience is not None:
        text = audience.expression
    read = _checked(acting(request), str(text or ""), audience).expression
    return {
        **_answered(acting(request), str(text or ""), audience),
        "sentence": sentence(read) if read else "",
        **_places(acting(request), audience),
    }


def _checked(user: User, text: str, audience: Audience | None) -> Checked:
    known = vocabulary_of(user, audience)
    return check(text, known, audience=audience.pk if audience else None)


def _answered(user: User, text: str, audience: Audience | None) -> dict[str, Any]:
    expression = _checked(user, text, audience).expression if text.strip() else None
    if expression is None:
        return {"answer": None, "whatif": None}
    posts = late_posts(user)
    found = answer(expression, posts)
    return {
        "answer": found,
        "is_joined": isinstance(expression, And),
        "percent": _percent(found.matching, found.of),
        "whatif": _whatif(user, text, audience, posts),
    }


def _percent(number: int, total: int) -> int:
    """Give a share that is 0 and 100 for none and all alone."""
    if number in {0, total}:
        return 100 if number else 0
    return min(99, max(1, round(100 * number / total)))


def _whatif(user: User, text: str, audience: Audience | None, posts: PostQuerySet) -> WhatIf | None:
    if audience is None or text.strip() == audience.expression:
        return None
    return if_audience_said(user, audience, text, posts)


def _places(user: User, audience: Audience | None) -> dict[str, Any]:
    """Say where the audience is used, and where else it could be: what the person may change."""
    if audience is None:
        return {}
    spokes, channels = visible(user, Spoke.objects.all()), visible(user, Channel.objects.all())
    free = ~Q(audience=audience) | Q(audience=None)
    offered = [
        *(spokes.filter(free)[:MOST_PLACES] if user.has_perm("channels.change_spoke") else []),
        *(channels.filter(free)[:MOST_PLACES] if user.has_perm("channels.change_channel") else []),
    ]
    return {
        "used_by": [*spokes.filter(audience=audience), *channels.filter(audience=audience)],
        "free_places": [row for row in offered if may_change_seen(user, row)],
    }

"""What the field of an expression asks while somebody types: is it right, what may stand here."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Q
from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from hub.console.people import acting
from hub.console.targeting.fixes import fixes_of
from hub.console.targeting.sentences import sentence
from hub.people.scope import sees_whole_house, visible
from spokes.audiences.forms import without_others
from spokes.audiences.language import (
    POST_FIELDS,
    Checked,
    ExpressionError,
    Vocabulary,
    check,
    complete,
    naming_only,
)
from spokes.audiences.models import Audience

# beyond it the language itself says that it is too long; a place in such a text is no secret
LONGEST = 20_000
# faults told one by one
SHOWN = 12
OFFERED = 12
# of the text, within a fault's words
QUOTED = 60
# where no name is spelt alike, there is still a way on
NO_LIKENESS = {
    "unknown_genre": gettext_lazy("Take the name out, and Ctrl+Space offers the genres there are."),
    "unknown_tag": gettext_lazy("Take the name out, and Ctrl+Space offers the tags there are."),
    "unknown_artist": gettext_lazy("Type how the name begins, and Ctrl+Space offers artists."),
    "unknown_audience": gettext_lazy("Take the name out, and Ctrl+Space offers the audiences."),
}


@require_POST
def check_view(request: HttpRequest) -> JsonResponse:
    """Say all that is wrong with a text, with what would mend it, and what it means in words."""
    text, audience = _text(request), named_audience(request)
    known = vocabulary_of(acting(request), audience)
    checked = check(text, known, audience=audience.pk if audience else None)
    errors = errors_for(acting(request), checked.errors)
    return JsonResponse(told(dataclasses.replace(checked, errors=tuple(errors)), text))


@require_POST
def complete_view(request: HttpRequest) -> JsonResponse:
    """Say what may stand where the cursor is."""
    text = _text(request)
    place = request.POST.get("cursor", "")
    cursor = min(int(place), len(text)) if place.isdecimal() and len(place) < 9 else len(text)
    found = complete(text, cursor, vocabulary_of(acting(request), named_audience(request)))
    options = [dataclasses.asdict(option) for option in found.options[:OFFERED]]
    return JsonResponse({"start": found.start, "end": found.end, "options": options})


def told(checked: Checked, text: str) -> dict[str, Any]:
    """Write a checked text as the field's script reads it."""
    return {
        "errors": [_marked(error, text) for error in checked.errors[:SHOWN]],
        "warnings": [_marked(warning, text) for warning in checked.warnings[:SHOWN]],
        "formatted": checked.formatted,
        "sentence": sentence(checked.expression) if checked.expression else "",
    }


def _marked(error: ExpressionError, text: str) -> dict[str, Any]:
    def short(words: str) -> str:
        """Quote the beginning of a long stretch: whoever wrote it knows the rest."""
        return words.replace(quoted, f"{quoted[:QUOTED]}…") if len(quoted) > QUOTED else words

    quoted = text[error.start : error.end]
    fixes = [dataclasses.asdict(fix) for fix in fixes_of(error, text)]
    for fix in fixes:
        fix["label"] = short(fix["label"])
    return {
        "start": error.start,
        "end": error.end,
        "code": error.code,
        "message": short(error.message),
        "hint": short(error.hint) or NO_LIKENESS.get(error.code, ""),
        "fixes": fixes,
    }


def errors_for(user: User, errors: Sequence[ExpressionError]) -> Sequence[ExpressionError]:
    """Name no other audiences to whom not every audience is there."""
    return errors if sees_whole_house(user) else without_others(errors)


def named_audience(request: HttpRequest) -> Audience | None:
    """Find the audience that is being changed, if the person sees it."""
    key = request.POST.get("audience", "")
    if not key.isdecimal() or len(key) > 18:
        return None
    found: Audience | None = visible(acting(request), Audience.objects.all()).filter(pk=key).first()
    return found


def vocabulary_of(user: User, audience: Audience | None) -> Vocabulary[Any]:
    """Read as if there were no audiences but those that the person sees.

    Those that ``audience`` asks for already, by somebody else's hand, may stay in its text.
    """
    if sees_whole_house(user):
        return POST_FIELDS
    seen = visible(user, Audience.objects.all()).order_by().values("pk")
    asked = Audience.objects.filter(used_by__audience=audience).order_by().values("pk")
    here = Q(pk__in=seen) | Q(pk__in=asked) if audience else Q(pk__in=seen)
    return naming_only(Audience.objects.filter(here))


def _text(request: HttpRequest) -> str:
    """Read the text as a form gives it: every line ends alike there, so that places agree."""
    return request.POST.get("expression", "").replace("\r\n", "\n")[:LONGEST]

"""What the field of an expression asks while somebody types: is it right, what may stand here."""

from __future__ import annotations

import dataclasses
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_POST

from hub.console.targeting.fixes import fixes_of
from hub.console.targeting.sentences import sentence
from spokes.audiences.language import Checked, ExpressionError, check, complete

# beyond it the language itself says that it is too long; a place in such a text is no secret
LONGEST = 20_000
# faults told one by one
SHOWN = 12
OFFERED = 12


@require_POST
def check_view(request: HttpRequest) -> JsonResponse:
    """Say all that is wrong with a text, with what would mend it, and what it means in words."""
    text = _text(request)
    return JsonResponse(told(check(text), text))


@require_POST
def complete_view(request: HttpRequest) -> JsonResponse:
    """Say what may stand where the cursor is."""
    text = _text(request)
    place = request.POST.get("cursor", "")
    cursor = min(int(place), len(text)) if place.isdecimal() and len(place) < 9 else len(text)
    found = complete(text, cursor)
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
    fixes = [dataclasses.asdict(fix) for fix in fixes_of(error, text)]
    return {
        "start": error.start,
        "end": error.end,
        "code": error.code,
        "message": error.message,
        "hint": error.hint,
        "fixes": fixes,
    }


def _text(request: HttpRequest) -> str:
    """Read the text as a form gives it: every line ends alike there, so that places agree."""
    return request.POST.get("expression", "").replace("\r\n", "\n")[:LONGEST]

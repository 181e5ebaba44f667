"""The field in which an expression is written: completed, checked and said in words as one types.

Without scripts it is a text field with the same help, and errors are marked once it is sent.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString

from hub.console.targeting.sentences import sentence
from spokes.audiences.language import POST_FIELDS, Vocabulary, check


class ExpressionWidget(forms.Textarea):
    """A text field with its places for faults, the sentence and what may be written."""

    class Media:
        css = {"all": ["console/audience.css"]}
        js = ["console/audience-editor.js", "console/audience-answer.js"]

    # what may be named: a form for one person may narrow it
    vocabulary: Vocabulary[Any] = POST_FIELDS

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        fixed = {"rows": 3, "spellcheck": "false", "autocapitalize": "none", "autocorrect": "off"}
        super().__init__({**fixed, **(attrs or {}), "class": "audience-text"})

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        text = str(value or "")
        audience = self.attrs.get("data-audience") or None
        checked = check(text, self.vocabulary, audience=audience) if text.strip() else None
        read = checked.expression if checked else None
        context = {
            "field": super().render(name, value, attrs, renderer),
            "id": (attrs or {}).get("id", f"id_{name}"),
            "fields": list(POST_FIELDS),
            # who begins sees what can be written
            "begins": not text.strip(),
            "sentence": sentence(read) if read else "",
            "check_at": reverse("admin:audiences_audience_check"),
            "complete_at": reverse("admin:audiences_audience_complete"),
        }
        return render_to_string("console/audiences/expression.html", context)

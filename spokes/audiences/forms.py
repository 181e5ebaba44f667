from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from spokes.audiences.exceptions import AudienceNameTaken
from spokes.audiences.language import (
    POST_FIELDS,
    ExpressionError,
    Vocabulary,
    read_saved,
    read_typed,
)
from spokes.audiences.models import Audience

# faults drawn one by one; after so many, the rest is only counted
SHOWN = 12


class AudienceForm(forms.ModelForm[Audience]):
    # a narrower one for a person to whom not every audience is there
    vocabulary: ClassVar[Vocabulary[Any]] = POST_FIELDS
    # those that are there for the person: only these may be named in words
    seen: ClassVar[QuerySet[Audience] | None] = None

    class Meta:
        model = Audience
        fields = ["name", "expression", "note"]
        help_texts = {
            "expression": "genre:hip-hop AND (tag:uk OR tag:festival) AND NOT explicit:yes",
            "note": _("What this audience is for, for whoever reads it next."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and "expression" in self.fields:
            # what it names may be called otherwise by now
            reading = read_saved([self.instance], names_now=True)[self.instance.pk]
            self.initial["expression"] = reading.text

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"].strip()
        taken = Audience.objects.exclude(pk=self.instance.pk).filter(name__iexact=name)
        if not (other := taken.first()):
            return name
        if self.seen is None or not self.seen.filter(pk=other.pk).exists():
            raise ValidationError(str(AudienceNameTaken()), code="unique")
        words = _("“%(name)s” is an audience already: change that one, or choose another name.")
        raise ValidationError(words, code="unique", params={"name": other})

    def clean_expression(self) -> str:
        expression: str = self.cleaned_data["expression"]
        reading, _others = read_typed(expression, self.instance.pk, vocabulary=self.vocabulary)
        if reading.errors:
            names_others = self.vocabulary is POST_FIELDS
            told = reading.errors if names_others else without_others(reading.errors)
            raise ValidationError(_messages(told, expression))
        return expression


def without_others(errors: Sequence[ExpressionError]) -> list[ExpressionError]:
    """Take the names of other audiences, and what those ask for, out of the words."""
    instead = {
        "audience_cycle": gettext("By what it asks for, it would ask for itself."),
        "unreadable_audience": gettext("An audience that it asks for can’t be read."),
    }
    return [replace(error, message=instead.get(error.code, error.message)) for error in errors]


def _messages(errors: Sequence[ExpressionError], text: str) -> list[ValidationError]:
    messages = [ValidationError(drawn(error, text), code=error.code) for error in errors[:SHOWN]]
    if len(errors) > SHOWN:
        rest = ngettext(
            "And {number} more fault.", "And {number} more faults.", len(errors) - SHOWN
        ).format(number=len(errors) - SHOWN)
        messages.append(ValidationError(rest, code="more_faults"))
    return messages


def drawn(error: ExpressionError, text: str) -> SafeString:
    """Show the fault as HTML: the message, the faulty line with a marker under it, the hint."""
    return format_html(
        '{}<pre class="expression-fault">{}</pre>{}', error.message, error.marked(text), error.hint
    )

"""What is asked before something is shared."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from hub.preview.actions import DEFAULT_DAYS, MOST_DAYS
from spokes.site.places import Place

WINDOWS = [(7, _("The coming week")), (14, _("The coming two weeks")), (30, _("The next 30 days"))]


class ShareForm(forms.Form):
    """For whom, for how long, and where it is shown; a place is asked for its time, too."""

    label = forms.CharField(
        label=_("For whom"),
        max_length=120,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("A name or a company. They read it on the page; you find the link by it."),
    )
    place = forms.ChoiceField(label=_("Place"), widget=UnfoldAdminSelectWidget)
    window = forms.TypedChoiceField(
        label=_("What is shown"), choices=WINDOWS, coerce=int, widget=UnfoldAdminSelectWidget
    )
    days = forms.IntegerField(
        label=_("Days until the link expires"),
        min_value=1,
        max_value=MOST_DAYS,
        initial=DEFAULT_DAYS,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=_("You can take it back earlier."),
    )

    def __init__(
        self, *args: Any, places: Iterable[Place], for_post: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        place = self.fields["place"]
        assert isinstance(place, forms.ChoiceField)  # noqa: S101  for the type checker
        place.choices = [
            (where.slug, _("The hub") if where.is_hub else where.name) for where in places
        ]
        if for_post:
            place.help_text = _("In whose colours it is shown.")
            del self.fields["window"]

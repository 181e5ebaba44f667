"""What a person can do with names of genres that wait: say what they mean, one or many."""

from __future__ import annotations

from functools import partial
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.contrib.auth.models import User
from django.utils.translation import gettext, gettext_lazy, ngettext

from content.catalogue.actions import reopen_unresolved, settle_as_new, settle_unresolved
from content.catalogue.exceptions import InvalidValue
from content.catalogue.models import Artist, Genre, UnresolvedGenre
from hub.console.bulk import BulkStep, Rows
from hub.console.forms import SelectSeveral
from hub.console.genre_effects import (
    have_got,
    reopen_and_tell,
    settle_and_tell,
    will_get,
)
from hub.console.people import SETTLE_GENRES
from hub.console.steps import Step

ADD_GENRES = "catalogue.add_genre"


class OneMeaningForm(forms.Form):
    """Which genre all of the chosen names mean."""

    genre = forms.ModelChoiceField(
        queryset=Genre.objects.all(),
        label=gettext_lazy("Genre"),
        widget=AutocompleteSelect(UnresolvedGenre._meta.get_field("suggestion"), admin.site),
    )


class ParentsForm(forms.Form):
    """Below which genres the new one stands; the suggestion is filled in."""

    wants_row = True
    below = forms.ModelMultipleChoiceField(
        queryset=Genre.objects.all(),
        label=gettext_lazy("Stands below"),
        required=False,
        widget=SelectSeveral(Artist._meta.get_field("genres"), admin.site),
        help_text=gettext_lazy("Empty: it stands at the top, beside the other families."),
    )

    def __init__(self, *args: Any, row: UnresolvedGenre, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial = {"below": [row.suggestion_id] if row.suggestion_id else []}
        below = self.fields["below"]
        below.help_text = f"{below.help_text} {will_get([row])}"


class MeaningForm(forms.Form):
    """Which genre a name means; the suggestion is filled in."""

    wants_row = True
    genre = forms.ModelChoiceField(
        queryset=Genre.objects.all(),
        label=gettext_lazy("Genre"),
        widget=AutocompleteSelect(UnresolvedGenre._meta.get_field("suggestion"), admin.site),
    )

    def __init__(self, *args: Any, row: UnresolvedGenre, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial = {"genre": row.suggestion_id}
        self.fields["genre"].help_text = will_get([row])


def _waits(unresolved: UnresolvedGenre) -> bool:
    return unresolved.settled_at is None


def _has_suggestion(unresolved: UnresolvedGenre) -> bool:
    return _waits(unresolved) and unresolved.suggestion_id is not None


def _settled(unresolved: UnresolvedGenre) -> bool:
    return not _waits(unresolved)


def _settle(unresolved: UnresolvedGenre, actor: User, answers: dict[str, Any]) -> str:
    return _settle_as(unresolved, answers["genre"], actor)


def _settle_as(unresolved: UnresolvedGenre, genre: Genre, actor: User) -> str:
    settle = partial(settle_unresolved, unresolved=unresolved, genre=genre, actor=actor)
    words = gettext("“{unresolved}” means {genre} from now on.")
    told = settle_and_tell(unresolved, settle)
    return f"{words.format(unresolved=unresolved, genre=genre)} {told}".strip()


def _accept(unresolved: UnresolvedGenre, actor: User, answers: dict[str, Any]) -> str:
    if unresolved.suggestion is None:
        raise InvalidValue(gettext("Nothing is suggested for it."))
    return _settle_as(unresolved, unresolved.suggestion, actor)


def _settle_one(unresolved: UnresolvedGenre, actor: User, answers: dict[str, Any]) -> None:
    settle_unresolved(unresolved=unresolved, genre=answers["genre"], actor=actor)


def _accept_one(unresolved: UnresolvedGenre, actor: User, answers: dict[str, Any]) -> None:
    _settle_one(unresolved, actor, {"genre": unresolved.suggestion})


def _make(unresolved: UnresolvedGenre, actor: User, answers: dict[str, Any]) -> str:
    make = partial(settle_as_new, unresolved=unresolved, parents=answers["below"], actor=actor)
    told = settle_and_tell(unresolved, make)
    words = gettext("“{genre}” is a genre from now on.").format(genre=unresolved)
    return f"{words} {told}".strip()


def _reopen(unresolved: UnresolvedGenre, actor: User, answers: dict[str, Any]) -> str:
    reopen = partial(reopen_unresolved, unresolved=unresolved, actor=actor)
    told = reopen_and_tell(unresolved, reopen)
    words = gettext("“{unresolved}” waits again.").format(unresolved=unresolved)
    return f"{words} {told}".strip()


def _reopen_one(unresolved: UnresolvedGenre, actor: User, answers: dict[str, Any]) -> None:
    reopen_unresolved(unresolved=unresolved, actor=actor)


QUEUE_STEPS = (
    Step(
        name="accept",
        label=gettext_lazy("Take the suggestion"),
        permission=SETTLE_GENRES,
        perform=_accept,
        applies=_has_suggestion,
        tone="main",
        undo="reopen",
    ),
    Step(
        name="settle",
        label=gettext_lazy("Say which genre this is"),
        permission=SETTLE_GENRES,
        perform=_settle,
        applies=_waits,
        form=MeaningForm,
        intro=gettext_lazy(
            "The name becomes an alias: wherever it turns up or has turned up, it means this genre."
        ),
        undo="reopen",
    ),
    Step(
        name="make",
        label=gettext_lazy("Make it a new genre"),
        permission=ADD_GENRES,
        perform=_make,
        applies=_waits,
        form=ParentsForm,
        intro=gettext_lazy("The name becomes a genre of its own, below those that you choose."),
    ),
    Step(
        name="reopen",
        label=gettext_lazy("Let it wait again"),
        permission=SETTLE_GENRES,
        perform=_reopen,
        applies=_settled,
    ),
)


def _against_settling(unresolved: UnresolvedGenre) -> str:
    return "" if _waits(unresolved) else gettext("It is settled already.")


def _against_accepting(unresolved: UnresolvedGenre) -> str:
    if _waits(unresolved) and unresolved.suggestion_id is None:
        return gettext("Nothing is suggested for it.")
    return _against_settling(unresolved)


def _effect_of_accepting(rows: Rows) -> str:
    pairs = "; ".join(f"{row.name} → {row.suggestion}" for row in rows[:SHOWN_PAIRS])
    more = "" if len(rows) <= SHOWN_PAIRS else "; …"
    words = ngettext(
        "%(count)d name becomes an alias of what is suggested for it: %(pairs)s",
        "%(count)d names become aliases, each of what is suggested for it: %(pairs)s",
        len(rows),
    )
    return f"{words % {'count': len(rows), 'pairs': pairs + more}}. {will_get(rows)}"


def _effect_of_settling(rows: Rows) -> str:
    words = ngettext(
        "%(count)d name becomes an alias of one genre.",
        "%(count)d names become aliases of one genre.",
        len(rows),
    )
    return f"{words % {'count': len(rows)}} {will_get(rows)}"


def _effect_of_reopening(rows: Rows) -> str:
    words = ngettext("%(count)d name waits again.", "%(count)d names wait again.", len(rows))
    return words % {"count": len(rows)}


def _done(count: int) -> str:
    words = ngettext(
        "%(count)d name is known from now on.", "%(count)d names are known from now on.", count
    )
    return words % {"count": count}


def _reopened(count: int) -> str:
    words = ngettext("%(count)d name waits again.", "%(count)d names wait again.", count)
    return words % {"count": count}


# as many as can be read before one agrees
SHOWN_PAIRS = 12

QUEUE_BULK = (
    BulkStep(
        name="accept_many",
        label=gettext_lazy("Take the suggestions"),
        permission=SETTLE_GENRES,
        perform=_accept_one,
        effect=_effect_of_accepting,
        done=_done,
        also=have_got,
        against=_against_accepting,
        undo="reopen_many",
    ),
    BulkStep(
        name="settle_many",
        label=gettext_lazy("Say which genre these are"),
        permission=SETTLE_GENRES,
        perform=_settle_one,
        effect=_effect_of_settling,
        done=_done,
        also=have_got,
        against=_against_settling,
        form=OneMeaningForm,
        undo="reopen_many",
    ),
    BulkStep(
        name="reopen_many",
        label=gettext_lazy("Let them wait again"),
        permission=SETTLE_GENRES,
        perform=_reopen_one,
        effect=_effect_of_reopening,
        done=_reopened,
        against=lambda row: "" if _settled(row) else gettext("It waits already."),
        listed=False,
    ),
)

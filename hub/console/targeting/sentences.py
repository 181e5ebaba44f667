"""An expression as a sentence: what a manager reads to know that it says what was meant."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from babel import Locale, UnknownLocaleError
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from content.catalogue.countries import country_name
from spokes.audiences.language import (
    And,
    Expression,
    Not,
    Or,
    Prefix,
    Range,
    Term,
    format_expression,
)

# more of one kind are counted
SHOWN = 8


def sentence(expression: Expression) -> str:
    """Say whom it takes: “Posts of Hip Hop (or below it), and tagged UK or Festival.”"""
    return _("Posts %(what)s.") % {"what": _said(expression, inside=False)}


def _said(expression: Expression, *, inside: bool) -> str:
    match expression:
        case Term():
            return _term(expression, holds=True)
        case Not(Term() as term):
            return _term(term, holds=False)
        case Not(operand):
            return _("that are not (%(what)s)") % {"what": _said(operand, inside=False)}
        case And(operands):
            words = _both([_said(one, inside=True) for one in operands])
        case Or(operands):
            said = _merged(operands)
            # one phrase by itself can't be read in two ways
            inside = inside and len(said) > 1
            words = _either(said)
    return _("(%(what)s)") % {"what": words} if inside else words


def _merged(operands: tuple[Expression, ...]) -> list[str]:
    """Say terms of one field together: “tagged UK or Festival”."""
    fields = {one.field for one in operands if isinstance(one, Term)}
    alike = len(fields) == 1 and all(isinstance(one, Term) for one in operands)
    if not alike or (field := fields.pop()) not in NAMED:
        return [_said(one, inside=True) for one in operands]
    names = [one.name or one.text for one in operands if isinstance(one, Term)]
    return [NAMED[field](_either(_shortened(names)), True)]


def _shortened(names: list[str]) -> list[str]:
    rest = len(names) - SHOWN
    return [*names[:SHOWN], _("%(number)s more") % {"number": rest}] if rest > 1 else names


def _both(parts: list[str]) -> str:
    if len(parts) == 1:
        return parts[0]
    return _("%(parts)s, and %(last)s") % {"parts": ", ".join(parts[:-1]), "last": parts[-1]}


def _either(parts: list[str]) -> str:
    if len(parts) == 1:
        return parts[0]
    return _("%(parts)s or %(last)s") % {"parts": ", ".join(parts[:-1]), "last": parts[-1]}


def _term(term: Term, *, holds: bool) -> str:
    if isinstance(term.value, Range):
        return _range(term.field, term.value, holds)
    if isinstance(term.value, Prefix):
        words = _("with a %(field)s that begins like %(text)s")
        if not holds:
            words = _("without a %(field)s that begins like %(text)s")
        return words % {"field": term.field, "text": term.text}
    say = NAMED.get(term.field) or PLAIN.get(term.field)
    if say is None:
        text = format_expression(term)
        return text if holds else _("not %(what)s") % {"what": text}
    return say(term.name or term.text, holds)


def _range(field: str, numbers: Range, holds: bool) -> str:
    if numbers.least == numbers.most:
        words = _("%(least)s")
    elif numbers.most is None:
        words = _("%(least)s or later") if field == "year" else _("%(least)s or more")
    elif numbers.least is None:
        words = _("%(most)s or earlier") if field == "year" else _("%(most)s or less")
    else:
        words = _("%(least)s to %(most)s")
    of = OF_NUMBERS.get(
        field, (_("with %(field)s %(numbers)s"), _("not with %(field)s %(numbers)s"))
    )
    said = words % {"least": numbers.least, "most": numbers.most}
    return str(of[0 if holds else 1]) % {"field": field, "numbers": said}


def _genre(name: str, holds: bool) -> str:
    words = _("of %(name)s (or below it)") if holds else _("not of %(name)s (nor below it)")
    return words % {"name": name}


def _tag(name: str, holds: bool) -> str:
    return (_("tagged %(name)s") if holds else _("not tagged %(name)s")) % {"name": name}


def _artist(name: str, holds: bool) -> str:
    return (_("about %(name)s") if holds else _("not about %(name)s")) % {"name": name}


def _kind(name: str, holds: bool) -> str:
    words = _("of the kind %(name)s") if holds else _("not of the kind %(name)s")
    return words % {"name": name}


def _audience(name: str, holds: bool) -> str:
    words = _("for the audience “%(name)s”") if holds else _("not for the audience “%(name)s”")
    return words % {"name": name}


def _lang(code: str, holds: bool) -> str:
    name = language_name(code)
    return (_("in %(name)s") if holds else _("not in %(name)s")) % {"name": name}


def language_name(code: str) -> str:
    """Name a language (BCP 47) in the one in use; a code that nobody knows stays."""
    try:
        locale = Locale.parse(code, sep="-")
        return locale.get_display_name((get_language() or "en").split("-")[0]) or code
    except (ValueError, UnknownLocaleError):
        return code


def _market(code: str, holds: bool) -> str:
    words = _("that may be shown in %(name)s") if holds else _("that may not be shown in %(name)s")
    return words % {"name": country_name(code)}


def _explicit(choice: str, holds: bool) -> str:
    return _("marked explicit") if (choice == "yes") is holds else _("not marked explicit")


ANY_NUMBERS = (
    gettext_lazy("with %(field)s %(numbers)s"),
    gettext_lazy("not with %(field)s %(numbers)s"),
)
OF_NUMBERS = {
    "year": (gettext_lazy("from %(numbers)s"), gettext_lazy("not from %(numbers)s")),
    "priority": (
        gettext_lazy("of priority %(numbers)s"),
        gettext_lazy("not of priority %(numbers)s"),
    ),
}
Say = Callable[[str, bool], str]
# several of them may stand in one phrase
NAMED: Mapping[str, Say] = {
    "genre": _genre,
    "tag": _tag,
    "artist": _artist,
    "kind": _kind,
    "audience": _audience,
}
PLAIN: Mapping[str, Say] = {"lang": _lang, "market": _market, "explicit": _explicit}

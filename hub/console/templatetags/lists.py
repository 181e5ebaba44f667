"""Words for the frames of lists: how many there are, and how many can be chosen."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hub.console import lists

register = template.Library()

# where the plural names the whole list, and not its rows
NAMES = {"audit.AuditEntry": gettext_lazy("audit entries")}


def number(count: int) -> str:
    """Write 12345 as 12,345, in the way of the reader's language."""
    return formats.number_format(count, use_l10n=True, force_grouping=True)


@register.filter
def how_many(listed: Any) -> str:
    """Say how many rows a list has; beyond the longest list nobody counts."""
    count, opts = listed.result_count, listed.opts
    name = opts.verbose_name if count == 1 else NAMES.get(opts.label, opts.verbose_name_plural)
    if count > lists.LONGEST_LIST:
        return _("More than %(count)s %(name)s: the first ones are here, filters find the rest") % {
            "count": number(lists.LONGEST_LIST),
            "name": name,
        }
    return f"{number(count)} {name}"


@register.filter
def choose_all(listed: Any) -> str:
    """Offer to choose all that match, as many as are done at once."""
    opts, most = listed.opts, lists.MOST_AT_ONCE
    if listed.result_count > most:
        return _("Choose the first %(count)s %(name)s that match") % {
            "count": number(most),
            "name": opts.verbose_name_plural,
        }
    return _("Choose all %(count)s %(name)s that match") % {
        "count": number(listed.result_count),
        "name": opts.verbose_name_plural,
    }

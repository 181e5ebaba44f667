"""What an entry of the audit log is about: the row's own name, as it is now, and its page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from django.apps import apps
from django.contrib.auth.models import User
from django.db.models import CharField, F, QuerySet, Value
from django.db.models.functions import Concat
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from content.audit.models import AuditEntry
from hub.console.keys import is_key
from hub.people.redaction import Known, redacted
from hub.people.scope import Person, sees_whole_house, visible
from spokes.channels.models import Channel

# marks the channels that a person sees, which come with the names
KNOWN = "known channels"
ON_CHANNEL = Concat("post__title", Value(" · "), "channel__name", output_field=CharField())
# model → the name of its rows in the database's words
NAMES: Mapping[str, Any] = {
    "editorial.post": F("title"),
    "media.asset": F("title"),
    "catalogue.track": F("title"),
    **dict.fromkeys(("catalogue.artist", "catalogue.genre", "editorial.audiencetag"), F("name")),
    **dict.fromkeys(("channels.channel", "channels.spoke", "channels.hub"), F("name")),
    **dict.fromkeys(("audiences.audience", "auth.group", "console.savedview"), F("name")),
    "auth.user": F("username"),
    "delivery.delivery": ON_CHANNEL,
    "schedule.slot": F("channel__name"),
    "preview.sharelink": F("label"),
}


def name_subjects(user: Person, entries: Iterable[AuditEntry]) -> list[AuditEntry]:
    """Give each entry ``about``: a link with the name of its row; one query for all of them.

    A row that is gone, or that the person does not see, is called by its kind and key. What an
    entry tells of channels that the person does not see is left out.
    """
    entries = list(entries)
    names, known = _names_and_channels(user, entries)
    for entry in redacted(user, entries, known=known):
        name = names.get((entry.subject_type, entry.subject_id))
        entry.about = _link(user, entry, name) if name else _kind_and_key(entry)  # type: ignore[attr-defined]  # for the column alone
        entry.subject_name = name or ""  # type: ignore[attr-defined]  # what need not be said twice
    return entries


def _names_and_channels(
    user: Person, entries: Iterable[AuditEntry]
) -> tuple[dict[tuple[str, str], str], Known | None]:
    wanted: defaultdict[str, set[int]] = defaultdict(set)
    for entry in entries:
        key = entry.subject_id
        if entry.subject_type in NAMES and is_key(key):
            wanted[entry.subject_type].add(int(key))
    legs = [_rows(user, label, keys) for label, keys in sorted(wanted.items())]
    bound = not sees_whole_house(user)
    if bound:
        seen = visible(user, Channel.objects.order_by()).annotate(of=Value(KNOWN))
        slug = Concat("slug", Value(""), output_field=CharField())
        legs.append(seen.annotate(row_name=slug).values_list("of", "pk", "row_name"))
    if not legs:
        return {}, None
    rows = list(legs[0].union(*legs[1:], all=True))
    channels = [(key, slug) for label, key, slug in rows if label == KNOWN]
    known = Known(frozenset(key for key, _slug in channels), frozenset(dict(channels).values()))
    return {(label, str(key)): name for label, key, name in rows}, known if bound else None


def _rows(user: Person, label: str, keys: set[int]) -> QuerySet[Any, Any]:
    rows = visible(user, apps.get_model(label)._default_manager.filter(pk__in=keys)).order_by()
    # an empty text behind it, so that names of all kinds are of one type in the union
    name = Concat(NAMES[label], Value(""), output_field=CharField())
    found: QuerySet[Any, Any] = rows.annotate(of=Value(label), row_name=name).values_list(
        "of", "pk", "row_name"
    )
    return found


def _link(user: Person, entry: AuditEntry, name: str) -> SafeString | str:
    app, model = entry.subject_type.split(".")
    if not (isinstance(user, User) and user.has_perm(f"{app}.view_{model}")):
        return name
    try:
        url = reverse(f"admin:{app}_{model}_change", args=[entry.subject_id])
    except NoReverseMatch:
        return name
    return format_html('<a class="console-link" href="{}">{}</a>', url, name)


def _kind_and_key(entry: AuditEntry) -> str:
    try:
        kind = apps.get_model(entry.subject_type)._meta.verbose_name
    except (LookupError, ValueError):
        kind = entry.subject_type.partition(".")[2]
    return f"{str(kind).capitalize()} {entry.subject_id}"

"""Keeps from a member of one spoke what a shared post's history tells of others' channels."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from content.audit.models import AuditEntry
from hub.people.scope import Person, sees_whole_house, visible
from spokes.channels.models import Channel

ROUTING = "routing."
CHANNEL = "channel:"


@dataclasses.dataclass(frozen=True)
class Known:
    """The channels that a person sees; None of them stands for all."""

    keys: frozenset[int]
    slugs: frozenset[str]

    def knows_target(self, target: object) -> bool:
        """Tell whether a variant's target is a network, or a channel that is seen."""
        text = str(target)
        return not text.startswith(CHANNEL) or text.removeprefix(CHANNEL) in self.slugs

    def facts(self, facts: Mapping[str, Any]) -> dict[str, Any]:
        """Leave out of a post's facts what is said and planned on other channels."""
        kept = dict(facts)
        if isinstance(variants := kept.get("variants"), list):
            kept["variants"] = [one for one in variants if self.knows_target(_target_of(one))]
        if isinstance(times := kept.get("channels"), dict):
            kept["channels"] = {slug: at for slug, at in times.items() if slug in self.slugs}
        return kept


def known_channels(user: Person) -> Known | None:
    """Read the channels that the person sees; None for members of the whole house."""
    if sees_whole_house(user):
        return None
    rows = list(visible(user, Channel.objects.order_by()).values_list("pk", "slug"))
    return Known(frozenset(key for key, _slug in rows), frozenset(slug for _key, slug in rows))


def redacted(
    user: Person, entries: Iterable[AuditEntry], *, known: Known | None = None
) -> Iterator[AuditEntry]:
    """Give the entries as this person may read them; the rows themselves are not touched.

    ``known`` is what ``known_channels`` would read, where it was read already.
    """
    whole = sees_whole_house(user)
    for entry in entries:
        if not whole and _speaks_of_channels(entry):
            known = known or known_channels(user)
            if known is not None:
                _redact(entry, known)
        yield entry


def _speaks_of_channels(entry: AuditEntry) -> bool:
    if entry.subject_type != "editorial.post":
        return False
    names = {*entry.before, *entry.after}
    return entry.code.startswith(ROUTING) or bool(names & {"variants", "channels"})


def _redact(entry: AuditEntry, known: Known) -> None:
    if entry.code.startswith(ROUTING):
        said = entry.after.get("channel") or entry.before.get("channel")
        if said not in known.keys:
            entry.summary, entry.before, entry.after = "", {}, {}
        return
    entry.before, entry.after = known.facts(entry.before), known.facts(entry.after)


def _target_of(variant: object) -> object:
    return variant.get("target", "") if isinstance(variant, dict) else variant

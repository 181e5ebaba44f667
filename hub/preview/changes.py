"""What changes on a place from now on: what comes, what is reworded, what goes."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from hub.delivery.models import Kind
from hub.preview.planning import PlaceKey, Planned
from spokes.site.models import Publication
from spokes.site.places import Place, Places

# expiries that one list names
MOST_EXPIRING = 100


class What(TextChoices):
    COMES = "comes", _("Goes live")
    CHANGES = "changes", _("New wording")
    GOES = "goes", _("Is taken down")
    EXPIRES = "expires", _("Expires")
    STOPPED = "stopped", _("Will not go out")


@dataclasses.dataclass(frozen=True)
class Change:
    at: datetime
    what: What
    title: str
    post_id: int
    place: Place
    reason: str = ""

    @property
    def order(self) -> tuple[datetime, int, str]:
        return self.at, self.post_id, self.what


def changes_until(
    *,
    places: Places,
    keys: Iterable[PlaceKey] | None,
    planned: Sequence[Planned],
    now: datetime,
    until: datetime,
) -> list[Change]:
    """List what changes on these places (None: all), the soonest first; one query."""
    changes = [_of_planned(entry, places) for entry in planned if entry.at <= until]
    changes += _expiries_of_planned(planned, places, until)
    changes += _expiries(keys, places, now, until)
    return sorted(changes, key=lambda change: change.order)


def _of_planned(entry: Planned, places: Places) -> Change:
    kinds = {Kind.PUBLISH: What.COMES, Kind.EDIT: What.CHANGES, Kind.WITHDRAW: What.GOES}
    what = What.STOPPED if entry.stop else kinds[Kind(entry.delivery.kind)]
    place = places.of(entry.place)
    return Change(entry.at, what, entry.post.title, entry.post.pk, place, entry.stop)


def _expiries_of_planned(
    planned: Sequence[Planned], places: Places, until: datetime
) -> list[Change]:
    return [
        Change(
            entry.post.expires_at,
            What.EXPIRES,
            entry.post.title,
            entry.post.pk,
            places.of(entry.place),
        )
        for entry in planned
        if entry.delivery.kind == Kind.PUBLISH
        and not entry.stop
        and entry.post.expires_at
        and entry.post.expires_at <= until
    ]


def _expiries(
    keys: Iterable[PlaceKey] | None, places: Places, now: datetime, until: datetime
) -> list[Change]:
    rows = Publication.objects.live(now).filter(expires_at__lte=until)
    if keys is not None:
        wanted = set(keys)
        here = rows.filter(spoke__in=[key for key in wanted if key is not None])
        rows = here | rows.on(None) if None in wanted else here
    found = rows.order_by("expires_at", "pk").values_list(
        "expires_at", "title", "post_ref", "spoke_id"
    )
    return [
        Change(at, What.EXPIRES, title, post_id, places.of(spoke_id))
        for at, title, post_id, spoke_id in found[:MOST_EXPIRING]
        if at
    ]

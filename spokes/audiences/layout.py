"""By which keys a post comes to each channel: all that decides but the expressions themselves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from spokes.audiences.wishes import HUB, Family, Plan, Wish
from spokes.channels.models import Channel, Spoke


class Takers(NamedTuple):
    """Channels by key: those that a match is enough for, those with a floor, those to be asked."""

    sure: Mapping[int, Sequence[int]]
    guarded: Mapping[int, Sequence[int]]
    asked: Mapping[int, Sequence[int]]

    @property
    def keys(self) -> frozenset[int]:
        return frozenset().union(*self)


class Row(NamedTuple):
    """What of a channel decides."""

    spoke: int | None
    audience: int | None
    fit_floor: float | None


class Layout:
    """The spokes and the channels; never changed, so that snapshots of routing may share it."""

    def __init__(self, rows: Mapping[int, Row], family: Family) -> None:
        self.rows = rows
        self.family = family

    @classmethod
    def load(cls, old: Layout | None, *, reads_channels: bool = True) -> Layout:
        """Read it in three queries, or two without the channels; ``old`` where it is the same."""
        rows = _rows() if old is None or reads_channels else old.rows
        family = Family.load()
        if old and rows == old.rows and family.said == old.family.said:
            return old
        return cls(rows, family)

    def only(self, channels: Collection[int]) -> Layout:
        """Lay out these channels alone, in the same family; those that are gone are left out."""
        return Layout({pk: self.rows[pk] for pk in channels if pk in self.rows}, self.family)

    @cached_property
    def channels(self) -> Mapping[int, Channel]:
        """Give the channels, with what decides and nothing else."""
        return {
            pk: Channel(
                pk=pk, spoke_id=row.spoke, audience_id=row.audience, fit_floor=row.fit_floor
            )
            for pk, row in self.rows.items()
        }

    @cached_property
    def asked(self) -> frozenset[int]:
        """Name the audiences that a channel or a spoke asks for."""
        found = {row.audience for row in self.rows.values()}
        found |= {spoke.audience_id for spoke in self.family.spokes.values()}
        return frozenset(pk for pk in found if pk)

    @cached_property
    def own_wishes(self) -> Mapping[int, Wish]:
        """Give what spokes without an audience ask for, by key."""
        return {
            -pk: self.family.own_wish(spoke)
            for pk, spoke in self.family.spokes.items()
            if not spoke.audience_id
        }

    @cached_property
    def plans(self) -> Mapping[int, Plan]:
        return {pk: self._plan(row) for pk, row in self.rows.items()}

    @cached_property
    def takers(self) -> Takers:
        """Sort the channels by the keys of the percolator that bring them a post."""
        sure, guarded, asked = (defaultdict[int, list[int]](list) for _ in Takers._fields)
        for pk, plan in self.plans.items():
            has_floor = plan.fit_floor is not None or (plan.spoke and plan.spoke.genre_floor)
            for key, is_enough in self._ways(self.rows[pk], plan):
                ways = asked if not is_enough else guarded if has_floor else sure
                ways[key].append(pk)
        return Takers(dict(sure), dict(guarded), dict(asked))

    def _ways(self, row: Row, plan: Plan) -> Iterator[tuple[int, bool]]:
        """Give each key that may bring the channel a post, and whether it surely does."""
        if row.audience or plan.spoke is None:
            yield plan.key, True
            return
        for spoke in (plan.spoke, *plan.rising):
            key = self.family.key_of(spoke)
            open_to_all = key > HUB or not self.own_wishes[key].closed
            enough = spoke is plan.spoke or not spoke.genre_floor
            yield key, open_to_all and enough

    def _plan(self, row: Row) -> Plan:
        spoke = self.family.spokes[row.spoke] if row.spoke else None
        if row.audience:
            return Plan(row.audience, spoke, row.fit_floor)
        if spoke is None:
            return Plan(HUB, fit_floor=row.fit_floor)
        return self._of_spoke(spoke, row.fit_floor)

    def _of_spoke(self, spoke: Spoke, fit_floor: float | None) -> Plan:
        rising, closed = self.family.kin(spoke)
        return Plan(self.family.key_of(spoke), spoke, fit_floor, rising, closed)


def _rows() -> dict[int, Row]:
    rows = Channel.objects.order_by().values_list("pk", "spoke_id", "audience_id", "fit_floor")
    return {pk: Row(spoke, audience, floor) for pk, spoke, audience, floor in rows}

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from django.db import models

from hub.delivery.states import (
    CHECKING_STATES,
    DUE_STATES,
    INBOX_STATES,
    LEASED_STATES,
    OPEN_STATES,
    UNSENT_STATES,
    State,
)

if TYPE_CHECKING:
    from content.editorial.models import Post
    from hub.delivery.models import Delivery


class WrittenOut(models.Value):
    """A state, or a kind, as it stands in the condition of a partial index.

    SQLite takes such an index only where it reads the same words in the query, not a parameter.
    """

    def as_sql(self, *args: Any, **kwargs: Any) -> tuple[str, tuple[Any, ...]]:
        return f"'{self.value.value}'", ()


def written_out(states: Iterable[State]) -> list[WrittenOut]:
    return [WrittenOut(state) for state in states]


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def due(self, now: datetime) -> Self:
        return self.filter(state__in=written_out(DUE_STATES), next_try_at__lte=now)

    def planned(self) -> Self:
        return self.filter(state__in=written_out(DUE_STATES))

    def late(self, before: datetime) -> Self:
        """Not sent yet, and meant to be out before that moment."""
        # by what it is not, for that no index is used: all that was ever published is in that one
        unsent = self.filter(state__in=written_out(UNSENT_STATES), due_at__lt=before)
        return unsent.exclude(kind__in=("edit", "withdraw"))

    def on(self, *channels: int) -> Self:
        """On these channels; for few rows, that are found by something else."""
        # by what it is not, for that no index is used: all that was ever published is in that one
        return self.exclude(~models.Q(channel__in=channels))

    def in_hand(self) -> Self:
        return self.filter(state__in=written_out(LEASED_STATES))

    def lease_ran_out(self, now: datetime) -> Self:
        return self.in_hand().filter(lease_until__lte=now)

    def to_look_up(self, now: datetime) -> Self:
        return self.filter(state__in=CHECKING_STATES, next_try_at__lte=now)

    def blocked(self) -> Self:
        return self.filter(state=State.BLOCKED)

    def live(self) -> Self:
        """Published and not taken down since."""
        return self.filter(kind="publish", state=State.LIVE, withdrawn_at__isnull=True)

    def needing_a_person(self) -> Self:
        return self.filter(state__in=INBOX_STATES)

    def still_open(self) -> Self:
        return self.filter(state__in=OPEN_STATES)

    def of(self, post: Post) -> Self:
        return self.filter(post=post)

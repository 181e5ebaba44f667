"""The examination: every check, one after the other, in bounded memory."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from datetime import datetime

from hub.delivery.doctor import (
    calls,
    channels,
    deliveries,
    machinery,
    messages,
    plans,
    posts,
    tables,
)
from hub.delivery.doctor.findings import Check, Finding
from hub.delivery.exceptions import DeliveryError

CHECKS: tuple[Check, ...] = (
    tables.rules_missing,
    tables.steps_not_refused,
    machinery.ticks_held,
    machinery.ticks_unknown,
    machinery.ticks_stopped,
    machinery.ticks_never_begun,
    machinery.heartbeats_ahead,
    machinery.gates_shut,
    machinery.gates_odd,
    machinery.circuits_left_open,
    channels.unfit,
    channels.pauses_forgotten,
    channels.holds_forgotten,
    channels.holds_on_nothing,
    deliveries.leases_over,
    deliveries.leases_too_long,
    deliveries.never_looked_up,
    deliveries.look_ups_overdue,
    deliveries.never_tried_again,
    deliveries.blocked_for_nothing,
    deliveries.overdue,
    deliveries.published_twice,
    deliveries.without_reason,
    plans.changes_of_nothing,
    plans.changes_of_others,
    plans.of_posts_not_approved,
    plans.of_other_revisions,
    plans.of_posts_that_end_first,
    plans.without_a_route,
    plans.too_early,
    plans.expired_and_live,
    plans.withdrawn_not_marked,
    calls.answers_not_taken,
    calls.answers_never_come,
    calls.other_payloads,
    calls.lost_payloads,
    posts.locked_for_nothing,
    posts.unlocked_on_the_way,
    posts.live_without_publication,
    posts.publications_of_nobody,
    posts.pictures_missing,
    messages.cards_failed,
    messages.jobs_late,
    messages.pings_ahead,
    messages.notices_stuck,
    messages.alerts_silenced,
)


Watch = Callable[[str, int], None]


@dataclasses.dataclass(frozen=True)
class Result:
    finding: Finding
    mended: bool = False
    # why it could not be mended
    trouble: str = ""


def examine(
    *, now: datetime, fix: bool = False, watch: Watch = lambda check, number: None
) -> Iterator[Result]:
    """Find what is stuck or odd; with ``fix`` do what is safe. Each is told as it is found.

    ``watch`` is told of each check before it begins, with its number from 0.
    """
    for number, check in enumerate(CHECKS):
        watch(check.__name__, number)
        for finding in check(now):
            yield _treat(finding) if fix else Result(finding)


def _treat(finding: Finding) -> Result:
    try:
        return Result(finding, mended=finding.mend())
    except DeliveryError as refusal:
        return Result(finding, trouble=str(refusal))

"""The examination: every check, one after the other, in bounded memory."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import datetime

from hub.delivery.doctor import deliveries, machinery, posts
from hub.delivery.doctor.findings import Check, Finding
from hub.delivery.exceptions import DeliveryError

CHECKS: tuple[Check, ...] = (
    machinery.ticks_held,
    machinery.ticks_stopped,
    machinery.heartbeats_ahead,
    machinery.gates_shut,
    deliveries.leases_over,
    deliveries.leases_too_long,
    deliveries.never_looked_up,
    deliveries.never_tried_again,
    deliveries.blocked_for_nothing,
    deliveries.overdue,
    deliveries.changes_of_nothing,
    deliveries.of_posts_not_approved,
    deliveries.answers_not_taken,
    deliveries.other_payloads,
    deliveries.published_twice,
    deliveries.without_reason,
    posts.locked_for_nothing,
    posts.unlocked_on_the_way,
    posts.live_without_publication,
    posts.publications_of_nobody,
    posts.holds_on_nothing,
    posts.pictures_missing,
    posts.cards_failed,
)


@dataclasses.dataclass(frozen=True)
class Result:
    finding: Finding
    mended: bool = False
    # why it could not be mended
    trouble: str = ""


def examine(*, now: datetime, fix: bool = False) -> Iterator[Result]:
    """Find what is stuck or odd; with ``fix`` do what is safe. Each is told as it is found."""
    for check in CHECKS:
        for finding in check(now):
            yield _treat(finding) if fix else Result(finding)


def _treat(finding: Finding) -> Result:
    try:
        return Result(finding, mended=finding.mend())
    except DeliveryError as refusal:
        return Result(finding, trouble=str(refusal))

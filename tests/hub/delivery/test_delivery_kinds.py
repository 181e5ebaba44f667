"""The kinds of deliveries, and what their calls brought: the database keeps no other."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from hub.delivery.models import Attempt, Delivery, Kind, Outcome
from hub.delivery.states import State

pytestmark = pytest.mark.django_db


@pytest.fixture
def call(plan, now):
    """A call that is under way."""
    began = {"lease_token": 1, "worker": "w1", "started_at": now}
    return Attempt.objects.create(delivery=plan(), number=1, **began)


def change(row: Delivery | Attempt, **changes: Any) -> int:
    with transaction.atomic():
        return type(row).objects.filter(pk=row.pk).update(**changes)


def test_a_delivery_of_an_unknown_kind_is_refused(plan, now) -> None:
    target = plan(state=State.LIVE)
    edit = plan(post=target.post, kind=Kind.EDIT, target=target)
    with pytest.raises(IntegrityError, match="delivery_kind_is_known"):
        change(edit, kind="repost")
    assert change(edit, kind=Kind.WITHDRAW) == 1


def test_a_call_of_an_unknown_sort_is_refused(call) -> None:
    with pytest.raises(IntegrityError, match="attempt_call_is_known"):
        change(call, call="ask")
    assert [change(call, call=sort) for sort in Attempt.Call] == [1, 1]


def test_an_unknown_outcome_is_refused(call, now) -> None:
    with pytest.raises(IntegrityError, match="attempt_outcome_is_known"):
        change(call, outcome="lost", ended_at=now)


SEEN_TO_END = [(outcome, True) for outcome in Outcome]
# under way, or its worker was gone and somebody noted so later
NOT_SEEN_TO_END = [("", False), (Outcome.UNKNOWN, False)]
ALL = list(itertools.product(("", *Outcome), (True, False)))
TOLD = [*SEEN_TO_END, *NOT_SEEN_TO_END]


@pytest.mark.parametrize(("outcome", "ended"), TOLD)
def test_what_is_answered_has_ended(call, now, outcome, ended) -> None:
    assert change(call, outcome=outcome, ended_at=now if ended else None) == 1


@pytest.mark.parametrize(("outcome", "ended"), [one for one in ALL if one not in TOLD])
def test_an_end_without_an_answer_or_an_answer_without_an_end_is_refused(
    call, now, outcome, ended
) -> None:
    with pytest.raises(IntegrityError, match="attempt_ended_has_an_outcome"):
        change(call, outcome=outcome, ended_at=now if ended else None)

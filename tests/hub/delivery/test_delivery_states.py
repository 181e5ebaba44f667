"""The life of a delivery, held by the model and by the database."""

from __future__ import annotations

import itertools

import pytest
from django.db import IntegrityError, connection, transaction

from hub.delivery import triggers
from hub.delivery.exceptions import TransitionRefused
from hub.delivery.models import Delivery
from hub.delivery.states import (
    FINAL_STATES,
    INBOX_STATES,
    LEASED_STATES,
    TRANSITIONS,
    State,
)
from tests.hub.steps import needed, put, way

pytestmark = pytest.mark.django_db

PAIRS = [(a, b) for a, b in itertools.product(State, State) if a != b]


def names_of_triggers() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(triggers.THERE[connection.vendor], [triggers.TABLE])
        return {name for (name,) in cursor.fetchall() if name.startswith(triggers.PREFIX)}


@pytest.fixture
def lying(plan):
    """One row in each state."""
    rows = {state: plan() for state in State}
    for state, row in rows.items():
        put(row, state)
    return rows


def test_the_database_allows_each_step_of_the_table_and_no_other(lying, now) -> None:
    allowed = set()
    for start, to in PAIRS:
        row = Delivery.objects.filter(pk=lying[start].pk)
        try:
            with transaction.atomic():
                row.update(state=to, **needed(to))
                allowed.add((start, to))
                transaction.set_rollback(True)
        except IntegrityError:
            pass
    assert allowed == {(start, to) for start, ends in TRANSITIONS.items() for to in ends}


def test_the_model_allows_each_step_of_the_table_and_no_other(lying, now) -> None:
    allowed = set()
    lease = {"lease_owner": "w1", "lease_until": now}
    for start, to in PAIRS:
        row = Delivery.objects.get(pk=lying[start].pk)
        changes = {
            "settled_at": now,
            "first_sent_at": now,
            **(lease if to in LEASED_STATES else {}),
        }
        try:
            with transaction.atomic():
                row.move(to, **changes)
                allowed.add((start, to))
                transaction.set_rollback(True)
        except TransitionRefused:
            pass
    assert allowed == {(start, to) for start, ends in TRANSITIONS.items() for to in ends}


def test_a_statement_for_many_rows_is_refused_whole_when_one_may_not_go(lying) -> None:
    both = [lying[State.SCHEDULED].pk, lying[State.CANCELLED].pk]
    with pytest.raises(IntegrityError, match="delivery can't"), transaction.atomic():
        Delivery.objects.filter(pk__in=both).update(state=State.MISSED, reason="No.")
    assert Delivery.objects.get(pk=lying[State.SCHEDULED].pk).state == "scheduled"


def test_other_facts_of_a_row_that_has_ended_may_change(lying, now) -> None:
    for state in FINAL_STATES:
        row = Delivery.objects.filter(pk=lying[state].pk)
        assert row.update(state=state, remote_url="https://example.org/1") == 1


def test_raw_sql_is_held_to_the_table_too(lying) -> None:
    with (
        pytest.raises(IntegrityError),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "UPDATE delivery_delivery SET state = 'scheduled' WHERE id = %s",
            [lying[State.LIVE].pk],
        )


def test_the_trigger_follows_the_table_of_a_new_release(plan, monkeypatch) -> None:
    before = names_of_triggers()
    more = TRANSITIONS | {State.LIVE: frozenset({State.CANCELLED})}
    monkeypatch.setattr(triggers, "TRANSITIONS", more)
    triggers.install(using="default")
    after = names_of_triggers()
    assert len(before) == len(after) == 1
    assert before != after
    row = plan()
    put(row, State.LIVE)
    assert Delivery.objects.filter(pk=row.pk).update(state=State.CANCELLED) == 1


def test_installing_again_changes_nothing(django_assert_num_queries) -> None:
    triggers.install(using="default")
    before = names_of_triggers()
    triggers.install(using="default")
    assert names_of_triggers() == before


def test_every_state_can_be_reached() -> None:
    assert all(way(State.SCHEDULED, state) for state in State if state != State.SCHEDULED)


# --- what a row must have in each state -------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "lacking"),
    [
        *((state, {"lease_until": None}) for state in LEASED_STATES),
        *((state, {"lease_owner": ""}) for state in LEASED_STATES),
        *((state, {"lease_owner": "w0"}) for state in State if state not in LEASED_STATES),
        *((state, {"reason": ""}) for state in INBOX_STATES),
        *((state, {"first_sent_at": None}) for state in (State.SENDING, State.ACCEPTED)),
        (State.UNKNOWN, {"first_sent_at": None}),
        (State.WAITING, {"uncertain": True}),
        (State.LIVE, {"settled_at": None}),
    ],
)
def test_a_row_that_lacks_what_its_state_needs_is_refused(lying, state, lacking) -> None:
    row = Delivery.objects.filter(pk=lying[state].pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        row.update(**lacking)


def test_only_what_is_live_can_be_taken_down(lying, now) -> None:
    assert Delivery.objects.filter(pk=lying[State.LIVE].pk).update(withdrawn_at=now) == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        Delivery.objects.filter(pk=lying[State.MISSED].pk).update(withdrawn_at=now)


def test_a_step_into_somebodys_hands_without_words_gets_some(plan) -> None:
    row = plan()
    row.move(State.MISSED, reason="")
    assert row.reason
    assert Delivery.objects.get(pk=row.pk).reason == row.reason

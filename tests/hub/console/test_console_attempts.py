from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from hub.console.attempts import came_of, tone, tried
from hub.console.moments import moment
from hub.delivery.models import BY_HAND, Attempt, Delivery, Kind, Outcome
from hub.delivery.states import State

CALLS = [(call, kind) for call in Attempt.Call for kind in Kind]


@pytest.mark.parametrize(("call", "kind"), CALLS)
def test_every_try_is_told_in_words(call: str, kind: str) -> None:
    assert tried(Attempt(call=call), kind)
    # what a look-up alone brings, and a sending alone
    never = {Attempt.Call.SEND: Outcome.NOT_THERE, Attempt.Call.FIND: Outcome.NOT_CALLED}
    for outcome in {"", *Outcome} - {never[Attempt.Call(call)]}:
        assert came_of(Attempt(call=call, outcome=outcome), kind).endswith(".")


def test_a_withdrawal_that_worked_does_not_say_that_it_is_there() -> None:
    assert came_of(Attempt(outcome=Outcome.SENT), Kind.WITHDRAW) == "It was taken down."


def test_no_answer_looks_neither_good_nor_bad() -> None:
    assert tone(Attempt(outcome="")) == "doubtful"


@pytest.mark.parametrize(
    ("kind", "nothing"),
    [("publish", "published nothing"), ("edit", "changed nothing"), ("withdraw", "took nothing")],
)
def test_what_surely_did_not_work_says_what_it_did_not_do(kind: str, nothing: str) -> None:
    assert nothing in came_of(Attempt(call="send", outcome=Outcome.RETRY_AFTER), kind)


@pytest.fixture
def put_off(make_post, make_channel):
    """A delivery whose network asked for ten minutes of silence."""
    now, post, channel = timezone.now(), make_post(), make_channel(network="webhook")
    row = Delivery.objects.create(
        post=post,
        channel=channel,
        post_revision=post.revision,
        **BY_HAND,
        key="k",
        marker="m",
        state=State.WAITING,
        due_at=now,
        next_try_at=now + timedelta(minutes=10),
        created_at=now,
    )
    Attempt.objects.create(
        delivery=row,
        number=1,
        lease_token=1,
        worker="w",
        started_at=now,
        ended_at=now,
        outcome=Outcome.RETRY_AFTER,
        detail="429: slow down",
    )
    return row


def read(mona, row: Delivery) -> str:
    page = mona.get(reverse("admin:delivery_delivery_change", args=[row.pk])).content.decode()
    return page.partition("Attempts</h2>")[2]


def test_what_the_network_put_off_says_when_it_comes_again(mona, put_off) -> None:
    shown = read(mona, put_off)
    assert "This try surely published nothing." in shown
    assert f"It is tried again by itself at {moment(put_off.next_try_at)}" in shown


def test_what_is_over_does_not_say_that_it_comes_again(mona, put_off) -> None:
    put_off.move(State.CANCELLED, reason="No.")
    assert "tried again" not in read(mona, put_off)


def test_what_a_pause_keeps_back_names_no_time(mona, put_off) -> None:
    put_off.channel.paused_at = timezone.now()
    put_off.channel.save(update_fields=["paused_at"])
    assert "Its channel is paused since" in read(mona, put_off)


def test_an_answer_that_never_came_is_told_from_one_that_may_come(put_off) -> None:
    attempt = put_off.attempts.get()
    attempt.outcome = ""
    assert came_of(attempt, "publish") == "No answer is noted: its worker stopped in the middle."
    attempt.delivery.state, attempt.delivery.lease_token = State.SENDING, attempt.lease_token
    assert came_of(attempt, "publish") == "It is under way: no answer has come yet."

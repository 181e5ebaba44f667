from __future__ import annotations

import pytest

from hub.console.attempts import came_of, tone, tried
from hub.delivery.models import Attempt, Kind, Outcome

CALLS = [(call, kind) for call in Attempt.Call for kind in Kind]


@pytest.mark.parametrize(("call", "kind"), CALLS)
def test_every_try_is_told_in_words(call: str, kind: str) -> None:
    assert tried(Attempt(call=call), kind)
    for outcome in ["", *Outcome]:
        assert came_of(Attempt(call=call, outcome=outcome), kind).endswith(".") or (
            call == "send" and outcome == Outcome.NOT_THERE
        )


def test_a_withdrawal_that_worked_does_not_say_that_it_is_there() -> None:
    assert came_of(Attempt(outcome=Outcome.SENT), Kind.WITHDRAW) == "It was taken down."


def test_no_answer_looks_neither_good_nor_bad() -> None:
    assert tone(Attempt(outcome="")) == "doubtful"

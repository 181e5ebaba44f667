"""The whole engine under random hands: nothing twice, nothing lost, nothing stuck, nothing hidden.

Hypothesis plans, lets time pass, kills workers between any two lines that matter, sets clocks,
and presses every button of a person; the network of ``faces`` keeps the truth. A failing run is
shortened and printed as a program. ``DELIVERY_MACHINE_STEPS=100000`` makes a long run of it, with
new accidents each time.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from content.catalogue.models import Artist
from content.editorial.models import Post
from hub.delivery import actions, engine, reap, reconcile, renewal, ticks, unconnected
from hub.delivery.gates import gate_name
from hub.delivery.models import Delivery, Gate, Hold, Kind
from hub.delivery.set_back import mend_times
from hub.delivery.states import (
    DUE_STATES,
    FINAL_STATES,
    INBOX_STATES,
    TRANSITIONS,
    State,
)
from hub.schedule.actions import (
    reschedule_delivery,
    schedule_post,
    update_live_post,
    withdraw_delivery,
)
from spokes.channels.actions import pause_channel, reconnect_channel, resume_channel
from spokes.channels.connectors import registry
from spokes.channels.models import Channel
from tests.hub.delivery.buttons import Buttons, faces, picks
from tests.hub.delivery.faces import FATES, START, UNPACED, Truth, make_faces
from tests.hub.delivery.hands import HANDS, NOBODYS, Hand, moves_noted, pause

pytestmark = pytest.mark.django_db

STEPS = int(os.environ.get("DELIVERY_MACHINE_STEPS", "0"))
STEPS_A_RUN = 50
# what a worker does, and may be stopped or killed before
INTENTS = ("write_intents", "settle_and_begin")
OTHERS = ("make_ready", "look_for_stops", "settle_calls", "tell_gate", "hand_back")
STEPS_WITH_PAUSES = [
    *((engine, name) for name in (*INTENTS, *OTHERS)),
    (reap, "_take_back"),
]
# the order of times: a call is over after this, whatever becomes of it
LONGEST_CALL = 20.0
ROUNDS: dict[str, Callable[[Any], object]] = {
    "reap": reap.reap,
    "mend_times": mend_times,
    "reconcile": reconcile.reconcile,
    "resume_blocked": ticks.resume_blocked,
    "end_unsent": unconnected.end_unsent,
    "expire": ticks.expire,
}
workers = st.integers(0, 2)
fates = st.sampled_from(FATES)
# past: the guard, a lease, the time of absence, late, the budget of look-ups, too late
waits = st.sampled_from([3, 12, 30, 61, 61, 125, 400, 16 * 60, 31 * 60, 125 * 60])


class DeliveryMachine(Buttons):
    """Who acts; ``Promised`` says what must hold after each step."""

    def __init__(self) -> None:
        super().__init__()
        self.life = transaction.atomic()
        self.life.__enter__()
        self.truth.__init__(pause)  # type: ignore[misc]  # the connectors know this one
        self.hands: dict[int, Hand] = {}
        self.seen = {}
        self.jumped_in_doubt = False
        self.set_back = False

    # --- planning -------------------------------------------------------------------------

    @initialize(posts=st.sets(st.integers(0, 2), min_size=1, max_size=2))
    def begin(self, posts: set[int]) -> None:
        """Plan some; where it is known to be quick, a worker takes them in hand together."""
        for name in UNPACED:
            gate = gate_name(self.channels[name].pk)
            Gate.objects.create(name=gate, on_pace_at=START, quick=True)
        for post in sorted(posts):
            self.plan(post=post, face=None, wait=0)

    @rule(post=st.integers(0, 2), face=st.one_of(st.none(), faces), wait=st.sampled_from([0, 90]))
    def plan(self, post: int, face: str | None, wait: int) -> None:
        channels = [self.channels[face]] if face else list(self.channels.values())
        with self.person_acts():
            at = self.truth.now + timedelta(seconds=wait)
            schedule_post(post=self.posts[post], actor=self.person, at=at, channels=channels)

    @rule(post=st.integers(0, 2))
    def change_text_and_update(self, post: int) -> None:
        rows = Post.objects.filter(pk=self.posts[post].pk)
        changed = rows.unlocked().update(revision=F("revision") + 1)
        if changed:
            rows.update(title=f"{self.posts[post].slug} {rows.get().revision}")
        with self.person_acts():
            update_live_post(post=rows.get(), actor=self.person)

    # --- time -----------------------------------------------------------------------------

    @rule(seconds=waits)
    def wait(self, seconds: int) -> None:
        self.pass_time(float(seconds))

    @rule(hours=st.sampled_from([-1, 0, 1]))
    def set_clock(self, hours: int) -> None:
        error = timedelta(hours=hours)
        if error > self.truth.clock_error and Delivery.objects.filter(uncertain=True).exists():
            # a jump ahead cuts one wait of a look-up short; several would prove absence at once
            if self.jumped_in_doubt:
                return
            self.jumped_in_doubt = True
        self._set_clock_to(error)

    def _set_clock_to(self, error: timedelta) -> None:
        self.set_back = self.set_back or error < self.truth.clock_error
        self.truth.clock_error = error

    def pass_time(self, seconds: float) -> None:
        """Let true time pass; a call that is on the wire ends when its time is up."""
        if self.set_back:
            # somewhere the rounds go on, so no wrong time ever comes to pass
            mend_times(self.truth.now)
        until = self.truth.seconds + seconds
        for hand in self.hands.values():
            if hand.place == "on the wire" and hand.waits_since + LONGEST_CALL < until:
                self.truth.seconds = max(self.truth.seconds, hand.waits_since + LONGEST_CALL)
                self.hand = hand.kind
                hand.go_on("drop after", at=self.truth.seconds)
                self.check_moves()
        self.truth.seconds = until

    # --- workers --------------------------------------------------------------------------

    @rule(worker=workers, face=faces, pauses=st.integers(0, 6), fate=fates)
    def send(self, worker: int, face: str, pauses: int, fate: str) -> None:
        """Begin to send, and stop at some pause on the way."""
        if worker in self.hands:
            return
        connector = registry.connector_for(
            Channel.objects.with_audience().get(pk=self.channels[face].pk)
        )
        now = self.truth.now
        hand = Hand(
            "worker",
            lambda: engine.send_next(connector=connector, worker=f"w{worker}", now=now),
        )
        self.hands[worker] = hand
        self._go(worker, 1 + pauses, fate)

    @rule(face=faces, fate=fates, after=st.sampled_from([0, 0, 30, 900]))
    def send_at_once(self, face: str, fate: str, after: int) -> None:
        """Run every round, and send what is due with nobody in between."""
        self.pass_time(float(after))
        for name in ROUNDS:
            self.run_round(name)
            self.check_moves()
        self.send(worker=9, face=face, pauses=9, fate=fate)

    @rule(worker=workers, name=st.sampled_from(sorted(ROUNDS)), fate=fates)
    def begin_round(self, worker: int, name: str, fate: str) -> None:
        if worker not in self.hands:
            now = self.truth.now
            self.hands[worker] = Hand(name, lambda: ROUNDS[name](now))
            self._go(worker, 1, fate)

    @precondition(lambda self: self.hands)
    @rule(pick=picks, pauses=st.integers(1, 6), fate=fates)
    def go_on(self, pick: int, pauses: int, fate: str) -> None:
        self._go(sorted(self.hands)[pick % len(self.hands)], pauses, fate)

    @precondition(lambda self: self.hands)
    @rule(pick=picks)
    def kill(self, pick: int) -> None:
        hand = self.hands.pop(sorted(self.hands)[pick % len(self.hands)])
        hand.kill()

    def _go(self, worker: int, pauses: int, fate: str) -> None:
        hand = self.hands[worker]
        self.hand = hand.kind
        for _ in range(pauses):
            hand.go_on(fate, at=self.truth.seconds)
            if not hand.place:
                del self.hands[worker]
                return

    # --- rounds ---------------------------------------------------------------------------

    @rule(name=st.sampled_from(sorted(ROUNDS)))
    def run_round(self, name: str) -> None:
        self.hand = name
        ROUNDS[name](self.truth.now)
        if name == "reap":
            assert not Delivery.objects.lease_ran_out(self.truth.now).exists()

    # --- people ---------------------------------------------------------------------------

    @rule()
    def look(self) -> None:
        """Open a page, and press a button of it only later."""
        self.seen = Delivery.objects.select_related("post", "channel").in_bulk()

    @rule(pick=picks, late=st.booleans())
    def cancel(self, pick: int, late: bool) -> None:
        if delivery := self._pick(pick, late):
            before = Delivery.objects.get(pk=delivery.pk).state
            with self.person_acts():
                actions.cancel_delivery(delivery=delivery, actor=self.person)
                if before == State.REVIEW:
                    self.dropped.add(delivery.pk)

    @rule(pick=picks, late=st.booleans())
    def withdraw(self, pick: int, late: bool) -> None:
        if delivery := self._pick(pick, late, kind=Kind.PUBLISH, withdrawn_at=None):
            with self.person_acts():
                withdraw_delivery(delivery=delivery, actor=self.person)

    @rule(pick=picks, late=st.booleans())
    def reschedule(self, pick: int, late: bool) -> None:
        if delivery := self._pick(pick, late):
            with self.person_acts():
                at = self.truth.now + timedelta(minutes=2)
                reschedule_delivery(delivery=delivery, at=at, actor=self.person)

    @rule(pick=picks, late=st.booleans())
    def send_again(self, pick: int, late: bool) -> None:
        """Press "it is not there, send", having looked; or try again what was refused."""
        delivery = self._pick(pick, late, state__in=INBOX_STATES)
        if delivery is None:
            return
        asked = delivery.state == State.REVIEW
        if asked and self.truth.visible(delivery.key):
            return
        with self.person_acts():
            actions.retry_delivery(delivery=delivery, actor=self.person)
            self.sent_again[delivery.key] += asked

    @rule(pick=picks, late=st.booleans())
    def confirm(self, pick: int, late: bool) -> None:
        """Press "it is there", having looked; or do by hand what a network can't do for us."""
        delivery = self._pick(pick, late, state__in=INBOX_STATES)
        if delivery is None:
            return
        if delivery.kind == Kind.PUBLISH and not self.truth.visible(delivery.key):
            return
        with self.person_acts():
            actions.confirm_live(delivery=delivery, actor=self.person)
            if delivery.target:
                self._do_by_hand(delivery, delivery.target)

    def _do_by_hand(self, change: Delivery, target: Delivery) -> None:
        for post in self.truth.posts[target.key]:
            if change.kind == Kind.WITHDRAW:
                post.down = True
            else:
                post.text = Post.objects.get(pk=change.post_id).title

    @rule(post=st.one_of(st.none(), st.integers(0, 2)))
    def hold(self, post: int | None) -> None:
        with self.person_acts():
            if post is None:
                actions.hold(scope="all", actor=self.person, reason="Stop.")
            else:
                actions.hold(scope="post", actor=self.person, reason="Stop.", post=self.posts[post])

    @rule()
    def release(self) -> None:
        with self.person_acts():
            for hold in Hold.objects.all():
                actions.release_hold(hold=hold, actor=self.person)

    @rule(face=faces)
    def pause_one(self, face: str) -> None:
        with self.person_acts():
            pause_channel(channel=self.channels[face], reason="Stop.", actor=self.person)

    @rule()
    def resume_all(self) -> None:
        self.hand = "person"
        for channel in Channel.objects.all():
            resume_channel(channel=channel, actor=self.person)
            reconnect_channel(channel=channel, credentials={}, actor=self.person)

    # --- the end --------------------------------------------------------------------------

    def teardown(self) -> None:
        try:
            if sys.exc_info()[1] is None:
                self.come_to_rest()
        finally:
            for hand in self.hands.values():
                hand.kill()
            transaction.set_rollback(True)
            self.life.__exit__(None, None, None)

    def come_to_rest(self) -> None:
        """Break nothing any more: all must end by itself, or in front of a person."""
        for hand in self.hands.values():
            hand.kill()
        self.hands.clear()
        self._set_clock_to(timedelta(0))
        Post.objects.update(state="approved", embargo_until=None)
        self.release()
        self.resume_all()
        self.check_moves()
        self._work_until_idle()
        self._answer_all()
        self._work_until_idle()
        rows = list(Delivery.objects.select_related("target"))
        for delivery in rows:
            assert delivery.state in (*FINAL_STATES, *INBOX_STATES), delivery.reason
            assert delivery.state == State.LIVE or delivery.reason
        self.check_words(rows)

    def _work_until_idle(self) -> None:
        # a change of what nobody knows to be there waits for the person who says so
        waits = Q(target__state__in=INBOX_STATES, state__in=DUE_STATES)
        for number in range(200):
            if not Delivery.objects.still_open().exclude(waits).exists():
                return
            self.pass_time(10.0 * 2 ** min(number, 7))
            self._work()

    def _answer_all(self) -> None:
        """Let a person look at each one in doubt, and say what is so."""
        for delivery in Delivery.objects.filter(state=State.REVIEW, kind=Kind.PUBLISH):
            with self.person_acts():
                if self.truth.visible(delivery.key):
                    actions.confirm_live(delivery=delivery, actor=self.person)
                else:
                    actions.cancel_delivery(delivery=delivery, actor=self.person)
        self.check_moves()

    def _work(self) -> None:
        for name in ROUNDS:
            self.run_round(name)
            self.check_moves()
        for channel in Channel.objects.with_audience():
            self.hand = "worker"
            connector = registry.connector_for(channel)
            engine.send_next(connector=connector, worker="last", now=self.truth.now)
            self.check_moves()
        self.rows_agree_with_the_network()


@pytest.fixture
def machine(
    monkeypatch: pytest.MonkeyPatch,
    make_post: Callable[..., Post],
    make_channel: Callable[..., Channel],
    make_artist: Callable[..., Artist],
    manager: User,
) -> Iterator[type[DeliveryMachine]]:
    """The machine in a small world, with pauses in the engine; the clock is the world's own."""
    with moves_noted():
        truth = Truth(pause)
        for name, connector in make_faces(truth).items():
            monkeypatch.setitem(registry.CONNECTORS, name, connector)
        monkeypatch.setattr(timezone, "now", lambda: truth.now)
        clock = SimpleNamespace(monotonic=lambda: truth.seconds)
        # the log of thousands of made-up accidents says nothing to anybody
        monkeypatch.setattr(logging.root.manager, "disable", logging.CRITICAL)
        # what is frozen renews no lease
        monkeypatch.setattr(renewal.Renewals, "_run", lambda self: None)
        for module in (engine, reconcile, renewal):
            monkeypatch.setattr(module, "time", clock)
        for module, name in STEPS_WITH_PAUSES:
            monkeypatch.setattr(module, name, _with_pause(getattr(module, name), name))
        policies = {"key": "always", "lookup": "always"}
        yield type(
            "Machine",
            (DeliveryMachine,),
            {
                "truth": truth,
                "person": manager,
                "channels": {
                    name: make_channel(network=name, late_policy=policies.get(name, "standard"))
                    for name in ("key", "forgetful", "lookup", "none")
                },
                "posts": [
                    make_post("post-a", artists=[make_artist("Somebody")]),
                    make_post("post-b", evergreen=True),
                    make_post("post-c", expires_at=START + timedelta(minutes=45)),
                ],
                "reached": set(),
            },
        )


def _with_pause(step: Callable[..., Any], name: str) -> Callable[..., Any]:
    """Stop before the step; after the intent, too, for a process may freeze before the guard."""

    def run(*args: Any, **words: Any) -> Any:
        pause(f"before {name}")
        result = step(*args, **words)
        if name in INTENTS:
            pause(f"after {name}")
        return result

    return run


def test_the_engine_keeps_its_promise_whoever_acts_when(machine: type[DeliveryMachine]) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=STEPS // STEPS_A_RUN or 5,
            stateful_step_count=STEPS_A_RUN,
            derandomize=not STEPS,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_each_step_of_the_table_has_somebody_who_takes_it() -> None:
    table = {(old.value, new.value) for old, to in TRANSITIONS.items() for new in to}
    taken = frozenset().union(*HANDS.values())
    assert taken | NOBODYS == table
    assert not taken & NOBODYS

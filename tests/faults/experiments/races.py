"""A person and a worker at the same delivery in the same moment, many times."""

from __future__ import annotations

import logging
import multiprocessing
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from multiprocessing.connection import Connection
from typing import Any

from django.utils import timezone

from content.editorial.models import Post
from hub.delivery import actions, engine
from hub.delivery.exceptions import NotPossibleNow
from hub.delivery.models import Delivery, Hold
from hub.delivery.states import DUE_STATES, State
from hub.schedule.actions import (
    reschedule_delivery,
    schedule_post,
    update_live_post,
    withdraw_delivery,
)
from hub.schedule.exceptions import ScheduleError
from spokes.channels.actions import pause_channel, resume_channel
from tests.faults import staff, world
from tests.faults.bench import Bench
from tests.faults.count import Count

# of each kind; the six together are raced 1,500 times on each pair
TIMES = 250
# the worker begins up to this long before or after the person
SPREAD = 0.03
# the person's lead is moved by so much after each race, so that both win about as often; by twice
# as much each time that the same side wins again
EVEN_STEP, LONGEST_STEP = 0.004, 0.1
# who never wins does not race
LEAST_SHARE = 0.05
# until both have been told when to begin
READY_WITHIN = 0.01
TOLD = (NotPossibleNow, ScheduleError)
# nothing was sent yet: what a person stops now must never be
NOT_SENT = (*DUE_STATES, State.CLAIMED)
WORDS = {"POST": "publish", "PUT": "edit", "DELETE": "withdraw"}


class Worker:
    """The other side, a process of its own: looks at a channel at the very moment it is told."""

    def __init__(self) -> None:
        self.orders, theirs = multiprocessing.Pipe()
        self.process = staff.forks.Process(target=_obey, args=(theirs,))
        self.process.start()
        theirs.close()

    def begin(self, channel_id: int, at: float) -> None:
        self.orders.send((channel_id, at))

    def wait(self) -> None:
        self.orders.recv()

    def end(self) -> None:
        self.process.kill()
        self.process.join()


def _obey(orders: Connection) -> None:
    staff.end_with_parent()
    # every success would be told
    logging.getLogger("hub").setLevel(logging.WARNING)
    while True:
        channel_id, at = orders.recv()
        # all processes of a machine have the same monotonic clock
        time.sleep(max(0.0, at - time.monotonic()))
        engine.send_channel(channel_id=channel_id, worker="w")
        orders.send(None)


class Race:
    """One channel, one post; ``act`` is what the person does."""

    def __init__(self, bench: Bench, worker: Worker) -> None:
        self.bench = bench
        self.worker = worker
        self.person = world.people()[1]
        [self.channel] = world.open_channels(("none",), each=1)
        world.connect([self.channel], bench.network)
        self.post = world.posts(1)[0]
        self.even, self.step = 0.0, EVEN_STEP
        # the network's posts of earlier races
        self.over = 0
        self.won_by: Counter[str] = Counter()

    def begin(self) -> Delivery:
        """Plan one that is due now; what was there before is over."""
        self.over += len(self.told())
        Delivery.objects.filter(channel=self.channel).exclude(target=None).delete()
        Delivery.objects.filter(channel=self.channel).delete()
        planned = schedule_post(post=self.post, actor=self.person, channels=[self.channel])
        return planned.deliveries[0]

    def run(self, act: Callable[[], Any], words: str = "publish") -> bool:
        """Let the worker and the person begin together; returns whether the person's went.

        ``words`` are what the network is told where the worker is first.
        """
        lead = self.even + self.bench.random.uniform(-SPREAD, SPREAD)
        start = time.monotonic() + READY_WITHIN
        self.worker.begin(self.channel.pk, start + max(0.0, -lead))
        # the person comes this much later: what happens between is what is tried
        time.sleep(max(0.0, start + lead - time.monotonic()))
        try:
            act()
            went = True
        except TOLD:
            went = False
        # as it stands when the person reads "done"
        self.at_success = set(self.open_rows().values_list("state", flat=True))
        self.worker.wait()
        self._note(any(words in told for told in self.told()))
        return went

    def _note(self, worker_won: bool) -> None:
        self.won_by["worker" if worker_won else "person"] += 1
        again = worker_won == (self.step < 0)
        size = min(LONGEST_STEP, 2 * abs(self.step)) if again else EVEN_STEP
        # on a slow machine the worker needs a longer lead to win as often
        self.step = -size if worker_won else size
        self.even += self.step

    def told(self) -> list[list[str]]:
        """What the network was told of each post of this race, in order."""
        return [
            [
                f"{WORDS[one['what']]} {one['text']}"
                if one["what"] == "PUT"
                else WORDS[one["what"]]
                for one in post["told"]
            ]
            for post in self.bench.network.posts(self.over)
        ]

    def sent(self) -> bool:
        return bool(self.told())

    def rewrite(self) -> None:
        """Bring a newer text to where the post is live."""
        revision = self.post.revision + 1
        rows = Post.objects.filter(pk=self.post.pk)
        rows.update(revision=revision, title=f"Post, take {revision}")
        self.post.refresh_from_db()
        update_live_post(post=self.post, actor=self.person)

    def open_rows(self) -> Any:
        return Delivery.objects.filter(channel=self.channel).exclude(state=State.LIVE)

    def work(self) -> None:
        self.worker.begin(self.channel.pk, 0.0)
        self.worker.wait()


@contextmanager
def hired() -> Iterator[Worker]:
    worker = Worker()
    try:
        yield worker
    finally:
        worker.end()


def raced(name: str, kind: Callable[[Race], str]) -> Callable[[Bench], list[Count]]:
    """Race what a person does against the claim, many times."""
    return lambda bench: [_many(bench, name, kind)]


def _many(bench: Bench, name: str, kind: Callable[[Race], str]) -> Count:
    row = Count(f"12. {name} raced against the claim", "none")
    found: Counter[str] = Counter()
    began = time.monotonic()
    with hired() as worker:
        race = Race(bench, worker)
        for _ in range(bench.sized(TIMES, least=20)):
            wrong = kind(race)
            published = len(race.told())
            row.due += 1
            row.once += published == 1
            row.twice += published > 1
            row.given_up += not published
            if wrong:
                found[wrong] += 1
    row.unmet = [f"{words}: {times} times" for words, times in found.items()]
    for side in ("person", "worker"):
        if race.won_by[side] < LEAST_SHARE * row.due:
            row.unmet.append(f"the {side} won {race.won_by[side]} of {row.due} races")
    row.faults = row.may_give_up = row.due
    row.seconds = round(time.monotonic() - began, 1)
    return row


def _cancel(race: Race) -> str:
    delivery = race.begin()
    went = race.run(lambda: actions.cancel_delivery(delivery=delivery, actor=race.person))
    state = Delivery.objects.get(pk=delivery.pk).state
    if went == race.sent() or state != (State.CANCELLED if went else State.LIVE):
        return f"cancelled: {went}, sent: {race.sent()}, {state}"
    return ""


def _withdraw(race: Race) -> str:
    delivery = race.begin()
    race.run(lambda: withdraw_delivery(delivery=delivery, actor=race.person))
    # it is planned for a moment after: the worker's next look takes it down
    Delivery.objects.filter(channel=race.channel).update(next_try_at=timezone.now())
    race.work()
    for words in race.told():
        if words != ["publish", "withdraw"]:
            return f"the network was told {words}"
    return ""


def _stopped(race: Race, stop: Callable[[], Any], release: Callable[[], Any]) -> str:
    """Nothing that was not on its way when the stop had succeeded may go out."""
    delivery = race.begin()
    race.run(stop)
    sent_after = race.sent() and bool(race.at_success & set(NOT_SENT))
    race.work()
    release()
    Delivery.objects.filter(pk=delivery.pk).update(next_try_at=timezone.now())
    race.work()
    state = Delivery.objects.get(pk=delivery.pk).state
    if sent_after:
        return f"sent although it was {race.at_success} when the stop was in force"
    return "" if state == State.LIVE else f"{state} after the stop was lifted"


def _pause(race: Race) -> str:
    return _stopped(
        race,
        lambda: pause_channel(channel=race.channel, reason="Stop.", actor=race.person),
        lambda: resume_channel(channel=race.channel, actor=race.person),
    )


def _hold(race: Race) -> str:
    return _stopped(
        race,
        lambda: actions.hold(scope="post", actor=race.person, reason="Stop.", post=race.post),
        lambda: Hold.objects.all().delete(),
    )


def _move(race: Race) -> str:
    delivery = race.begin()
    later = timezone.now() + timedelta(days=1)
    went = race.run(lambda: reschedule_delivery(delivery=delivery, at=later, actor=race.person))
    return f"moved: {went}, sent: {race.sent()}" if went == race.sent() else ""


def _edit(race: Race) -> str:
    """Race a newer text against the edit before it: fans must end with the newest."""
    race.begin()
    race.work()
    race.rewrite()
    older = f"edit {race.post.title}"
    went = race.run(race.rewrite, older)
    race.work()
    newest = f"edit {race.post.title}"
    [told] = race.told()
    if told not in (["publish", newest], ["publish", older, newest]) and went:
        return f"the network was told {told}, and the newest was {newest}"
    if told not in (["publish"], ["publish", older]) and not went:
        return f"the network was told {told}, though {newest} was not possible"
    return ""


KINDS: dict[str, Callable[[Race], str]] = {
    "cancel": _cancel,
    "withdraw": _withdraw,
    "pause": _pause,
    "hold": _hold,
    "move": _move,
    "edit": _edit,
}
EXPERIMENTS = {f"races-{name}": raced(name, kind) for name, kind in KINDS.items()}

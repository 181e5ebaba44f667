"""A person and a worker at the same delivery in the same moment, many times."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any, ClassVar

from django.db import connection
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
from spokes.channels.actions import add_channel, pause_channel, resume_channel
from spokes.channels.connectors.base import (
    Capabilities,
    Connector,
    Dedupe,
    Envelope,
    Letter,
    Outcome,
    Payload,
    Sent,
)
from spokes.channels.connectors.registry import CONNECTORS
from spokes.channels.models import Channel
from tests.faults import world
from tests.faults.bench import Bench
from tests.faults.count import Count

# of each kind; the six together are raced 1,500 times on each pair
TIMES = 250
# the worker begins up to this long before or after the person
SPREAD = 0.03
# the person's lead is moved by so much after each race, so that both win about as often
EVEN_STEP = 0.004
TOLD = (NotPossibleNow, ScheduleError)
# nothing was sent yet: what a person stops now must never be
NOT_SENT = (*DUE_STATES, State.CLAIMED)


class RacedConnector(Connector):
    """A network within this process: what it was told, by key, in order."""

    told: ClassVar[dict[str, list[str]]] = {}
    capabilities = Capabilities(
        network="raced", label="Raced", dedupe=Dedupe.NONE, can_edit=True, can_withdraw=True
    )

    def prepare(self, post: Post, envelope: Envelope) -> Payload:
        return {"revision": post.revision}

    def _tell(self, letter: Letter, words: str) -> Outcome:
        self.told.setdefault(letter.remote_id or letter.key, []).append(words)
        return Sent(letter.remote_id or letter.key)

    def commit(self, letter: Letter) -> Outcome:
        return self._tell(letter, "publish")

    def edit(self, letter: Letter) -> Outcome:
        return self._tell(letter, f"edit {letter.payload['revision']}")

    def withdraw(self, letter: Letter) -> Outcome:
        return self._tell(letter, "withdraw")


class Race:
    """One channel, one post; ``act`` is what the person does."""

    def __init__(self, bench: Bench, number: int) -> None:
        CONNECTORS["raced"] = RacedConnector
        self.bench = bench
        self.person = world.people()[1]
        self.channel = add_channel(
            name=f"raced-{number}-{Channel.objects.count()}", network="raced", late_policy="always"
        )
        self.post = world.posts(1)[0]
        self.even = 0.0

    def begin(self) -> Delivery:
        """Plan one that is due now; what was there before is over."""
        Delivery.objects.filter(channel=self.channel).exclude(target=None).delete()
        Delivery.objects.filter(channel=self.channel).delete()
        planned = schedule_post(post=self.post, actor=self.person, channels=[self.channel])
        return planned.deliveries[0]

    def run(self, act: Callable[[], Any], words: str = "") -> bool:
        """Let the worker and the person begin together; returns whether the person's went.

        ``words`` are what the network is told where the worker is first; anything, unless given.
        """
        start = threading.Barrier(2)
        lead = self.even + self.bench.random.uniform(-SPREAD, SPREAD)
        before = self.calls(words)
        worker = threading.Thread(target=self._work, args=(start, max(0.0, -lead)))
        worker.start()
        start.wait()
        # the person comes this much later: what happens between is what is tried
        time.sleep(max(0.0, lead))
        try:
            act()
            went = True
        except TOLD:
            went = False
        # as it stands when the person reads "done"
        self.at_success = set(self.open_rows().values_list("state", flat=True))
        worker.join()
        # on a slow machine the worker needs a longer lead to win as often
        self.even += -EVEN_STEP if self.calls(words) > before else EVEN_STEP
        return went

    @staticmethod
    def calls(words: str) -> int:
        told = (one for some in RacedConnector.told.values() for one in some)
        return sum(not words or one == words for one in told)

    def rewrite(self) -> None:
        """Bring a newer text to where the post is live."""
        Post.objects.filter(pk=self.post.pk).update(revision=self.post.revision + 1)
        self.post.refresh_from_db()
        update_live_post(post=self.post, actor=self.person)

    def open_rows(self) -> Any:
        return Delivery.objects.filter(channel=self.channel).exclude(state=State.LIVE)

    def _work(self, start: threading.Barrier, lag: float) -> None:
        start.wait()
        # or the worker does
        time.sleep(lag)
        self.work()
        connection.close()

    def work(self) -> None:
        engine.send_channel(channel_id=self.channel.pk, worker="w")


def raced(name: str, kind: Callable[[Race], str]) -> Callable[[Bench], list[Count]]:
    """Race what a person does against the claim, many times."""
    return lambda bench: [_many(bench, name, kind)]


def _many(bench: Bench, name: str, kind: Callable[[Race], str]) -> Count:
    row = Count(f"12. {name} raced against the claim", "none")
    found: Counter[str] = Counter()
    began = time.monotonic()
    race = Race(bench, bench.random.randrange(10**6))
    for _ in range(bench.sized(TIMES, least=20)):
        RacedConnector.told.clear()
        wrong = kind(race)
        publishes = [words.count("publish") for words in RacedConnector.told.values()]
        row.due += 1
        row.once += publishes == [1]
        row.twice += max(publishes, default=0) > 1
        row.given_up += not publishes
        if wrong:
            found[wrong] += 1
    row.unmet = [f"{words}: {times} times" for words, times in found.items()]
    row.faults = row.due
    row.seconds = round(time.monotonic() - began, 1)
    return row


def _sent() -> bool:
    return bool(RacedConnector.told)


def _cancel(race: Race) -> str:
    delivery = race.begin()
    went = race.run(lambda: actions.cancel_delivery(delivery=delivery, actor=race.person))
    state = Delivery.objects.get(pk=delivery.pk).state
    if went == _sent() or state != (State.CANCELLED if went else State.LIVE):
        return f"cancelled: {went}, sent: {_sent()}, {state}"
    return ""


def _withdraw(race: Race) -> str:
    delivery = race.begin()
    race.run(lambda: withdraw_delivery(delivery=delivery, actor=race.person))
    # it is planned for a moment after: the worker's next look takes it down
    Delivery.objects.filter(channel=race.channel).update(next_try_at=timezone.now())
    race.work()
    for words in RacedConnector.told.values():
        if words != ["publish", "withdraw"]:
            return f"the network was told {words}"
    return ""


def _stopped(race: Race, stop: Callable[[], Any], release: Callable[[], Any]) -> str:
    """Nothing that was not on its way when the stop had succeeded may go out."""
    delivery = race.begin()
    race.run(stop)
    sent_after = _sent() and bool(race.at_success & set(NOT_SENT))
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
    return f"moved: {went}, sent: {_sent()}" if went == _sent() else ""


def _edit(race: Race) -> str:
    """Race a newer text against the edit before it: fans must end with the newest."""
    race.begin()
    race.work()
    race.rewrite()
    older = f"edit {race.post.revision}"
    went = race.run(race.rewrite, older)
    race.work()
    newest = f"edit {race.post.revision}"
    [told] = RacedConnector.told.values()
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

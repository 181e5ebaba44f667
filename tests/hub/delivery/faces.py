"""A network with one face for each way to keep a delivery from becoming two posts.

Its ledger is the truth: what fans see, by a clock that nobody can set. Faults are told to each
call by the one who lets the caller go on (``Pauses``).
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.db import connection

from content.editorial.models import Post
from hub.delivery.models import Attempt
from spokes.channels.connectors.base import (
    Accepted,
    AuthLost,
    Capabilities,
    Connector,
    Dedupe,
    Envelope,
    Finding,
    Letter,
    NotThere,
    Outcome,
    Payload,
    RatePolicy,
    Refused,
    RetryAfter,
    Sent,
    Trace,
    Unknown,
)
from spokes.channels.exceptions import ContentRefused

START = datetime.fromisoformat("2026-06-15T12:00:00+00:00")
# what was accepted is shown after this time
PROCESSING = 90.0
WISH = timedelta(seconds=90)
# these name no pace: of what is due there, a worker takes several in hand
UNPACED = ("key", "lookup")
# what a call does; "ok" also where the word makes no sense
FATES = (
    *("ok", "drop before", "drop after", "garbage", "fault"),
    *("busy", "not sent", "unauthorised", "refused", "accepted", "unfit"),
)
# these say truly that nothing was done
SAID_NO: dict[str, Outcome] = {
    "busy": RetryAfter("Slow down.", WISH),
    "not sent": RetryAfter("No connection."),
    "unauthorised": AuthLost("The token is not accepted."),
    "refused": Refused("No cats."),
    "drop before": Unknown("The line was cut."),
}


@dataclasses.dataclass
class OnNetwork:
    """One post that fans see from ``shown_at`` on, in seconds since the start."""

    remote_id: str
    text: str
    shown_at: float
    down: bool = False


class Truth:
    """The far end, and the true time; ``pause`` hands over to others and brings a fate back."""

    def __init__(self, pause: Callable[[str], str]) -> None:
        self.pause = pause
        self.seconds = 0.0
        # how wrong the clock of our own machines is
        self.clock_error = timedelta(0)
        self.posts: dict[str, list[OnNetwork]] = defaultdict(list)
        # the savepoints that are open where no transaction of the engine is
        self.depth = len(connection.savepoint_ids)

    @property
    def now(self) -> datetime:
        """What our own clocks show."""
        return START + timedelta(seconds=self.seconds) + self.clock_error

    def visible(self, key: str) -> list[OnNetwork]:
        return [post for post in self.posts[key] if post.shown_at <= self.seconds and not post.down]

    def is_there(self, key: str) -> bool:
        """Say whether it is there or will be, without anybody doing more."""
        return any(not post.down for post in self.posts[key])

    def publish(self, key: str, text: str, *, delay: float = 0.0) -> OnNetwork:
        posts = self.posts[key]
        posts.append(OnNetwork(f"{key}/{len(posts)}", text, self.seconds + delay))
        return posts[-1]

    def by_id(self, remote_id: str) -> OnNetwork | None:
        posts = self.posts[remote_id.rpartition("/")[0]]
        return next((post for post in posts if post.remote_id == remote_id), None)

    def check_call(self, letter: Letter) -> None:
        """Look whether the call may be made: its intent is on record, nothing is locked."""
        open_attempts = Attempt.objects.filter(
            delivery__key=letter.key, call=Attempt.Call.SEND, ended_at=None
        )
        assert open_attempts.exists(), "a call without its intent"
        assert len(connection.savepoint_ids) == self.depth, "a call inside a transaction"


class FaceConnector(Connector):
    truth: ClassVar[Truth]
    # how long the network knows a key, in seconds; 0: it honours none
    remembers: ClassVar[float] = 0.0

    def prepare(self, post: Post, envelope: Envelope) -> Payload:
        fate = self.truth.pause("preparing")
        if fate == "unfit":
            raise ContentRefused("Too long.")
        if fate == "fault":
            raise RuntimeError("a bug of the connector")
        return {"title": post.title, "marker": envelope.marker}

    def commit(self, letter: Letter) -> Outcome:
        def act() -> Outcome:
            known = [
                post
                for post in self.truth.posts[letter.key]
                if self.truth.seconds - post.shown_at < self.remembers
            ]
            post = known[0] if known else self.truth.publish(letter.key, letter.payload["title"])
            return Sent(post.remote_id, f"https://network.example/{post.remote_id}")

        return self._call(letter, act)

    def edit(self, letter: Letter) -> Outcome:
        def act() -> Outcome:
            post = self.truth.by_id(letter.remote_id)
            if post is None or post.down:
                return Refused("No such post.")
            post.text = letter.payload["title"]
            return Sent(letter.remote_id)

        return self._call(letter, act)

    def withdraw(self, letter: Letter) -> Outcome:
        def act() -> Outcome:
            post = self.truth.by_id(letter.remote_id)
            if post:
                post.down = True
            return Sent(letter.remote_id)

        return self._call(letter, act)

    def _call(self, letter: Letter, act: Callable[[], Outcome]) -> Outcome:
        self.truth.check_call(letter)
        fate = self.truth.pause("on the wire")
        if fate in SAID_NO:
            return SAID_NO[fate]
        if fate == "accepted" and not self.truth.posts[letter.key] and not letter.remote_id:
            self.truth.publish(letter.key, letter.payload["title"], delay=PROCESSING)
            return Accepted(f"container of {letter.key}")
        outcome = act()
        if fate == "fault":
            raise RuntimeError("a bug of the connector, after it had sent")
        return Unknown("It made no sense.") if fate in {"drop after", "garbage"} else outcome

    def find(self, trace: Trace) -> Finding:
        finding = self._listed(trace)
        fate = self.truth.pause("looking up")
        if fate == "refused":
            return self._given_up(trace.key) or finding
        return finding if fate == "ok" else SAID_NO.get(fate, Unknown("Their list is down."))

    def _given_up(self, key: str) -> Refused | None:
        """What is still being processed may be refused in the end, and is never shown."""
        posts = self.truth.posts[key]
        shown = [post for post in posts if post.shown_at <= self.truth.seconds]
        if shown == posts:
            return None
        posts[:] = shown
        return Refused("No cats.")

    def _listed(self, trace: Trace) -> Finding:
        lag = self.capabilities.listing_lag.total_seconds()
        posts = self.truth.posts[trace.key]
        for post in posts:
            if post.shown_at + lag <= self.truth.seconds and not post.down:
                return Sent(post.remote_id)
        still = any(post.shown_at > self.truth.seconds for post in posts)
        return Accepted(f"container of {trace.key}") if still else NotThere()


def make_faces(truth: Truth) -> dict[str, type[Any]]:
    """Make the connectors, by the names of their networks."""
    able = Capabilities(
        network="lookup",
        label="Lookup",
        dedupe=Dedupe.LOOKUP,
        can_find=True,
        can_edit=True,
        can_withdraw=True,
        listing_lag=timedelta(seconds=10),
        rate=RatePolicy(interval=timedelta(seconds=5), burst=2),
    )
    for_ever = float("inf")
    free = dataclasses.replace(able, rate=RatePolicy())
    faces = {
        "lookup": (free, 0.0),
        "key": (dataclasses.replace(free, dedupe=Dedupe.KEY, can_find=False), for_ever),
        "forgetful": (
            dataclasses.replace(able, dedupe=Dedupe.KEY, key_lifetime=timedelta(minutes=20)),
            20 * 60.0,
        ),
        "none": (dataclasses.replace(able, dedupe=Dedupe.NONE, can_find=False), 0.0),
    }
    return {
        name: type(
            f"{name.title()}Face",
            (FaceConnector,),
            {"truth": truth, "capabilities": capabilities, "remembers": remembers},
        )
        for name, (capabilities, remembers) in faces.items()
    }

"""The contract between the engine and a network: data about the network, and its calls.

A connector is made for one channel. Only ``commit``, ``edit`` and ``withdraw`` do what a fan
can see; ``find`` and ``check`` read; ``prepare`` may upload, never publish.
"""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from content.editorial.models import Post
from spokes.channels.models import Channel

# JSON-able, frozen on the delivery before the first call
Payload = dict[str, Any]


class Dedupe(enum.Enum):
    """How a network keeps one delivery from becoming two posts."""

    KEY = "key"  # it honours our key: sending again is safe while the key lives
    LOOKUP = "lookup"  # its recent posts can be listed and searched for our marker
    NONE = "none"  # it can't be asked: a person decides


@dataclasses.dataclass(frozen=True, kw_only=True)
class MediaRules:
    max_count: int = 1
    types: tuple[str, ...] = ("image/jpeg", "image/png", "image/webp")
    max_bytes: int = 10_000_000


@dataclasses.dataclass(frozen=True, kw_only=True)
class RatePolicy:
    """At most ``burst`` at once, then one every ``interval``."""

    interval: timedelta = timedelta(0)
    burst: int = 1


@dataclasses.dataclass(frozen=True, kw_only=True)
class Capabilities:
    """What the engine and the editor need to know of a network before calling it."""

    network: str
    label: str
    dedupe: Dedupe
    # the commit only writes rows of our own database: done and settled in one transaction
    local: bool = False
    can_find: bool = False
    can_edit: bool = False
    can_withdraw: bool = False
    # what is there goes by the key that we sent with it: no other id is needed to change it
    key_is_id: bool = False
    # how long the network remembers our key, None for ever; only for Dedupe.KEY
    key_lifetime: timedelta | None = None
    # how long after a post its listing may still lack it; only for Dedupe.LOOKUP
    listing_lag: timedelta = timedelta(seconds=5)
    text_limit: int | None = None
    text_unit: str = "characters"
    media: MediaRules = MediaRules()
    # what one account may do, and what all accounts of our app together may
    rate: RatePolicy = RatePolicy()
    app_rate: RatePolicy = RatePolicy()
    # whose limits our app's are, where a network has several: "mastodon.social"
    instance: str = ""
    # how long one call (prepare, commit, edit, withdraw, find) may take; its lease lasts as long
    call_seconds: float = 20.0
    # names in Channel.settings and Channel.credentials that must be filled
    required_settings: tuple[str, ...] = ()
    required_credentials: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Problem:
    """Something of a post that would not fit on the channel, in the editor's words."""

    field: str
    message: str


@dataclasses.dataclass(frozen=True)
class Health:
    """Whether the connection works, in plain words."""

    works: bool
    message: str


# --- outcomes of a call ---------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Sent:
    """It is there."""

    remote_id: str
    url: str = ""


@dataclasses.dataclass(frozen=True)
class Accepted:
    """The network took it and is still processing; ``find`` tells when it is there."""

    handle: str


@dataclasses.dataclass(frozen=True)
class Refused:
    """The network said no for good."""

    reason: str


@dataclasses.dataclass(frozen=True)
class RetryAfter:
    """Surely not done; ``after`` is the network's own wish, None for our back-off.

    ``app_wide``: the wish is meant for all accounts of our app.
    """

    reason: str
    after: timedelta | None = None
    app_wide: bool = False


@dataclasses.dataclass(frozen=True)
class AuthLost:
    """Surely not done: the network does not accept our credentials any more."""

    reason: str


@dataclasses.dataclass(frozen=True)
class Unknown:
    """It may or may not be there."""

    reason: str


@dataclasses.dataclass(frozen=True)
class NotThere:
    """``find`` completed, covered the time since the first try, and saw nothing."""

    reason: str = "not among the recent posts"


Outcome = Sent | Accepted | Refused | RetryAfter | AuthLost | Unknown
Finding = Sent | Accepted | Refused | NotThere | AuthLost | Unknown


@dataclasses.dataclass(frozen=True, kw_only=True)
class Envelope:
    """What identifies one delivery for its whole life, whatever is tried."""

    key: str
    # in the deep link of what is published, so that a look-up can recognise it
    marker: str
    due_at: datetime


@dataclasses.dataclass(frozen=True, kw_only=True)
class Trace:
    """What ``find`` may look for."""

    key: str
    marker: str
    payload: Payload
    first_sent_at: datetime
    remote_id: str = ""
    handle: str = ""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Letter:
    """One frozen payload on its way under its key."""

    key: str
    payload: Payload
    # for edit and withdraw: what the publish delivery got from the network
    remote_id: str = ""


class Connector:
    """Base of all connectors; what a network can't do stays as it is here."""

    # data of the class; an instance may narrow it to what its own channel can do
    capabilities: Capabilities

    def __init__(self, channel: Channel) -> None:
        self.channel = channel

    def credential_faults(self) -> list[str]:
        """Say what is wrong with the form of the credentials. No network."""
        return []

    def check(self) -> Health:
        """Say whether the connection works. Reads only."""
        raise NotImplementedError

    def problems(self, post: Post) -> list[Problem]:
        """List what of the post would not fit here. No network."""
        raise NotImplementedError

    def prepare(self, post: Post, envelope: Envelope) -> Payload:
        """Make the payload. Repeatable, and nothing that a fan can see.

        Raises ContentRefused when the post can't be put on this network as it is.
        """
        raise NotImplementedError

    def commit(self, letter: Letter) -> Outcome:
        """Publish: the only irreversible call. Never raises for what a network may do."""
        raise NotImplementedError

    def find(self, trace: Trace) -> Finding:
        """Look whether it is there. Read-only."""
        raise NotImplementedError

    def edit(self, letter: Letter) -> Outcome:
        """Replace what was published as ``letter.remote_id``."""
        raise NotImplementedError

    def withdraw(self, letter: Letter) -> Outcome:
        """Take down what was published as ``letter.remote_id``; gone already counts as done."""
        raise NotImplementedError


class LocalConnector(Connector):
    """A connector whose calls only write our own database (``capabilities.local``).

    The engine calls it inside the transaction that settles the deliveries, so that published
    and settled are one fact.
    """

    def commit_many(self, letters: Sequence[Letter]) -> list[Outcome]:
        """Publish several, in as few queries as it takes; one outcome a letter, in order."""
        return [self.commit(letter) for letter in letters]

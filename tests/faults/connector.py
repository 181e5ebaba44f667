"""The connector of the counting network, with places at which a worker may be killed."""

from __future__ import annotations

import dataclasses
import json
import logging
import os
import random
import re
import signal
import zlib
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.utils import timezone

from content.editorial.models import Post
from spokes.channels import http
from spokes.channels.connectors.base import (
    Accepted,
    AuthLost,
    Capabilities,
    Connector,
    Dedupe,
    Envelope,
    Finding,
    Health,
    Letter,
    NotThere,
    Outcome,
    Payload,
    Problem,
    RatePolicy,
    Refused,
    RetryAfter,
    Sent,
    Trace,
    Unknown,
)
from spokes.channels.exceptions import HttpError
from spokes.channels.links import tag_link

# shorter than in life, as all times of these experiments are
CALL_SECONDS = 2.0
# calls that a channel with a pace may make at once
BURST = 3
# the steps of a delivery at which its worker may die
STEPS = ("claimed", "before_call", "after_answer", "after_commit")


def die_at(place: str, key: str = "") -> None:
    """Die like a process that lost its power, when the experiment says so of this place.

    ``DIE_ONCE`` is a folder with a grave for each death: one of a key, ``DIE_TIMES`` at most.
    """
    if "DIE_ONCE" not in os.environ:
        return
    graves = Path(os.environ["DIE_ONCE"])
    if not _is_meant(graves, place, key):
        return
    number = len(list(graves.iterdir()))
    if number >= int(os.environ.get("DIE_TIMES", "1000000")):
        return
    try:
        (graves / (key or str(number))).touch(exist_ok=False)
    except FileExistsError:
        return
    os.kill(os.getpid(), signal.SIGKILL)


def _is_meant(graves: Path, place: str, key: str) -> bool:
    """Say whether the key is marked for the place; or, at ``DIE_AT``, one of ``DIE_SHARE``.

    That is a share of the keys; without a key, of the occasions.
    """
    if "DIE_SHARE" not in os.environ:
        return mark_of(graves, place, key).exists()
    drawn = zlib.crc32(key.encode()) if key else random.getrandbits(32)
    return os.environ["DIE_AT"] == place and drawn < float(os.environ["DIE_SHARE"]) * 2**32


def mark_of(graves: Path, place: str, key: str) -> Path:
    return graves.with_name("marked") / place / key


def words_key(title: str, channel: object) -> str:
    """Name a post on a channel where only the words of the log are known."""
    return re.sub(r"\W+", "-", f"{title} on {channel}")


class DieOnceLive(logging.Handler):
    """Kills after the commit: what is logged has been settled."""

    def emit(self, record: logging.LogRecord) -> None:
        if isinstance(record.msg, str) and record.msg.startswith("%s: “%s” on"):
            _, *about = record.args or ()
            die_at("after_commit", words_key(*map(str, about)))


def die_in_a_write(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
    """Kills after a statement that changes a delivery, before its transaction is committed."""
    result = execute(sql, params, many, context)
    if sql.startswith('UPDATE "delivery_delivery"') and context["connection"].in_atomic_block:
        die_at("in_a_write")
    return result


def watch_writes(connection: Any, **kwargs: Any) -> None:
    # the signal comes again whenever the connection is made anew
    if die_in_a_write not in connection.execute_wrappers:
        connection.execute_wrappers.append(die_in_a_write)


class CountingConnector(Connector):
    """Speaks to ``tests/faults/network.py``; ``settings["face"]`` is one of ``Dedupe``."""

    capabilities = Capabilities(
        network="counting",
        label="Counting network",
        dedupe=Dedupe.NONE,
        can_edit=True,
        can_withdraw=True,
        listing_lag=timedelta(seconds=0.5),
        call_seconds=CALL_SECONDS,
        required_settings=("url", "face"),
    )

    def __init__(self, channel: Any) -> None:
        super().__init__(channel)
        face = Dedupe(channel.settings["face"])
        # seconds between two calls, where it has such a limit
        pace = timedelta(seconds=channel.settings.get("pace", 0))
        self.capabilities = dataclasses.replace(
            self.capabilities,
            dedupe=face,
            can_find=face is Dedupe.LOOKUP,
            rate=RatePolicy(interval=pace, burst=BURST),
        )

    def check(self) -> Health:
        return Health(works=True, message="It counts.")

    def problems(self, post: Post) -> list[Problem]:
        return []

    def prepare(self, post: Post, envelope: Envelope) -> Payload:
        die_at("claimed", envelope.key)
        return {"title": post.title, "link": tag_link(post.cta_url, envelope.marker)}

    def commit(self, letter: Letter) -> Outcome:
        return self._call("POST", letter)

    def edit(self, letter: Letter) -> Outcome:
        return self._call("PUT", letter)

    def withdraw(self, letter: Letter) -> Outcome:
        return self._call("DELETE", letter)

    def _call(self, method: str, letter: Letter) -> Outcome:
        die_at("before_call", letter.key)
        outcome = self._outcome(method, letter)
        die_at("after_answer", letter.key)
        return outcome

    def _outcome(self, method: str, letter: Letter) -> Outcome:
        try:
            answer = http.request(
                method,
                self._place(letter.remote_id),
                content=json.dumps(letter.payload).encode(),
                headers={"x-key": letter.key, "x-pid": str(os.getpid())},
                seconds=CALL_SECONDS,
            )
        except HttpError as error:
            return Unknown(str(error)) if error.sent else RetryAfter(str(error))
        if answer.status == 404 and method == "DELETE":
            return Sent(letter.remote_id)
        return _told(answer)

    def _place(self, post_id: str) -> str:
        url: str = self.channel.settings["url"]
        return f"{url}/{post_id}" if post_id else url

    def find(self, trace: Trace) -> Finding:
        try:
            answer = http.request("GET", self._place(trace.handle), seconds=CALL_SECONDS)
        except HttpError as error:
            return Unknown(str(error))
        if trace.handle:
            return self._shown(answer.status, trace.handle)
        for post in answer.json() or []:
            if trace.marker in str(parse_qs(urlsplit(post["link"]).query)):
                return Sent(post["id"])
        return NotThere()

    def _shown(self, status: int, post_id: str) -> Finding:
        if status == 200:
            return Sent(post_id)
        return Accepted(post_id) if status == 202 else NotThere()


def _told(answer: http.Answer) -> Outcome:
    if answer.status == 429:
        return RetryAfter("too many", answer.retry_after(timezone.now()))
    if answer.status == 401:
        return AuthLost("The token is not accepted.")
    if answer.status in {404, 422}:
        return Refused("The network does not want it.")
    told = answer.json()
    if not isinstance(told, dict):
        return Unknown("no sense in it")
    return Accepted(told["id"]) if answer.status == 202 else Sent(told["id"])

"""Hints through the broker: they make things quick, and may vanish without harm."""

from __future__ import annotations

import logging
import os
import threading

from django.conf import settings
from kombu.exceptions import ChannelError

from hub.celery import app

logger = logging.getLogger(__name__)

SEND_CHANNEL = "hub.delivery.tasks.send_channel"
LOOK_UP_CHANNEL = "hub.delivery.tasks.look_up_channel"
PROBE_CHANNEL = "hub.delivery.tasks.probe_channel"
PUBLISH = "publish"
# an old hint is worth nothing: the next round sends a new one
EXPIRES_SECONDS = 30


def hint_channel(channel_id: int) -> bool:
    """Ask any worker to send what is due; False when the broker is down, which only delays."""
    return _hint(SEND_CHANNEL, channel_id, queue=PUBLISH)


def hint_look_up(channel_id: int) -> bool:
    """Ask any worker to look up what is unknown there; False when the broker is down."""
    return _hint(LOOK_UP_CHANNEL, channel_id, queue="reconcile")


def hint_probe(channel_id: int) -> bool:
    """Ask any worker to try whether the network answers again; False when the broker is down."""
    return _hint(PROBE_CHANNEL, channel_id, queue="reconcile")


def _hint(task: str, channel_id: int, *, queue: str) -> bool:
    try:
        app.send_task(task, args=[channel_id], expires=EXPIRES_SECONDS, queue=queue)
    except Exception:  # the database is the queue: the next round finds it
        logger.warning("no hint for channel %s", channel_id, exc_info=True)
        return False
    return True


def hints_waiting() -> int | None:
    """Count the hints to send that no worker has taken yet; None when the broker is down."""
    try:
        with app.producer_or_acquire() as producer:
            counted = producer.channel.queue_declare(PUBLISH, passive=True)
    except ChannelError:
        # a queue is only there while something is in it
        return 0
    except Exception:
        logger.warning("the hints can't be counted", exc_info=True)
        return None
    return int(counted.message_count)


class Asked:
    """Channels to hint at apart from who asks: a broker that hangs must not hang a page."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.channels: set[int] = set()
        self.telling = False

    def add(self, channel_id: int) -> bool:
        """Note the channel; True where nobody is telling, and the caller has to begin it."""
        with self.lock:
            self.channels.add(channel_id)
            begin, self.telling = not self.telling, True
        return begin

    def tell(self) -> None:
        while (channel_id := self._next()) is not None:
            hint_channel(channel_id)

    def _next(self) -> int | None:
        with self.lock:
            if self.channels:
                return self.channels.pop()
            self.telling = False
        return None


asked = Asked()


def _forget_the_parents() -> None:
    """Begin anew in a process that was forked: the thread that tells did not come along."""
    vars(asked).update(vars(Asked()))


os.register_at_fork(after_in_child=_forget_the_parents)


def hint_channel_from_outside(channel_id: int) -> None:
    """Hint from a process that is no worker; the embedded broker reaches none, so don't."""
    if settings.CELERY_BROKER_URL.startswith("memory"):
        return
    if asked.add(channel_id):
        threading.Thread(target=asked.tell, name="hints", daemon=True).start()

"""What alerts are told by, and a worker that is seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from hub.alerts.watch import watch
from hub.delivery.models import Heartbeat
from tests.receivers import Mailbox, Receiver, taking_events, taking_mail

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture
def mailbox(settings: Any) -> Iterator[Mailbox]:
    with taking_mail() as box:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST = "127.0.0.1"
        settings.EMAIL_PORT = box.port
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        settings.EMAIL_TIMEOUT = 5
        settings.ALERT_EMAILS = ["ops@example.org", "night@example.org"]
        settings.BRAND_NAME = "Backbeat"
        yield box


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    with taking_events() as known:
        settings.ALLOW_PRIVATE_ADDRESSES = True
        settings.ALERT_WEBHOOK_URL = known.url
        settings.ALERT_WEBHOOK_SECRET = SECRET
        yield known


@pytest.fixture
def worker(db: None, now: datetime) -> Heartbeat:
    """A worker that is seen whenever the test looks, unless the test says otherwise."""
    return Heartbeat.objects.create(name="w@here", role="worker", started_at=now, seen_at=now)


@pytest.fixture
def look(worker: Heartbeat, now: datetime) -> Callable[..., int]:
    """Look after the machine so many minutes after noon; returns how many things were news."""

    def run(minutes: float = 0, *, worker_seen: bool = True) -> int:
        moment = now + timedelta(minutes=minutes)
        if worker_seen:
            Heartbeat.objects.update(seen_at=moment)
        return watch(moment, rounds={"reap": timedelta(days=1)})

    return run

"""A mail server and a receiver of events, both real, both on this machine."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import Message
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from hub.alerts.watch import watch
from hub.delivery.models import Heartbeat

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class Mailbox:
    """Takes mails, or refuses them; keeps what it took."""

    def __init__(self) -> None:
        self.mails: list[Message] = []
        self.answer = "250 taken"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.answer.startswith("250"):
            assert isinstance(envelope.content, bytes)
            self.mails.append(message_from_bytes(envelope.content))
        return self.answer

    @property
    def subjects(self) -> list[str]:
        return [str(mail["Subject"]) for mail in self.mails]

    def text(self, number: int = -1) -> str:
        payload = self.mails[number].get_payload(decode=True)
        assert isinstance(payload, bytes)
        return payload.decode()


@pytest.fixture
def mailbox(settings: Any) -> Iterator[Mailbox]:
    box = Mailbox()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_TIMEOUT = 5
    settings.ALERT_EMAILS = ["ops@example.org", "night@example.org"]
    settings.BRAND_NAME = "Backbeat"
    yield box
    controller.stop()


class Receiver:
    def __init__(self) -> None:
        self.status = 200
        self.events: list[tuple[dict[str, str], bytes]] = []

    def event(self, number: int = -1) -> dict[str, Any]:
        event: dict[str, Any] = json.loads(self.events[number][1])
        return event


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    known = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            known.events.append(({k.lower(): v for k, v in self.headers.items()}, body))
            self.send_response(known.status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *said: Any) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    settings.ALLOW_PRIVATE_ADDRESSES = True
    settings.ALERT_WEBHOOK_URL = f"http://127.0.0.1:{server.server_port}/alerts"
    settings.ALERT_WEBHOOK_SECRET = SECRET
    yield known
    server.shutdown()
    thread.join()
    server.server_close()


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
        return watch(moment, rounds={})

    return run

"""Between a worker and its database something takes every byte and brings nothing back."""

from __future__ import annotations

import select
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection, connections, transaction
from django.db.backends.signals import connection_created
from kombu.exceptions import OperationalError as BrokerError

from hub import settings as settings_of_the_hub
from hub.celery import app
from hub.delivery import engine, policy
from hub.delivery.models import Delivery
from hub.delivery.reap import reap
from hub.delivery.reconcile import reconcile
from hub.runtime import answers
from spokes.channels.connectors.base import Sent

on_postgres = pytest.mark.skipif(
    "connection.vendor != 'postgresql'", reason="SQLite is a file on the same machine"
)


class Between(threading.Thread):
    """Carries bytes between one client and the database, until it is told to be silent."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(daemon=True)
        self.target = (host, port)
        self.door = socket.create_server(("127.0.0.1", 0))
        self.port = self.door.getsockname()[1]
        self.silent = threading.Event()
        self.over = threading.Event()

    def run(self) -> None:
        client, _ = self.door.accept()
        with client, socket.create_connection(self.target) as database:
            ends = {client: database, database: client}
            while not self.over.is_set():
                for end in select.select(list(ends), [], [], 0.05)[0]:
                    data = end.recv(65536)
                    if not data:
                        return
                    if not self.silent.is_set():
                        ends[end].sendall(data)


@pytest.fixture
def between(monkeypatch: pytest.MonkeyPatch) -> Iterator[Between]:
    monkeypatch.setattr(answers, "ANSWER_SECONDS", 0.5)
    answers.leave_silent_databases()
    settings = connection.settings_dict
    thread = Between(settings["HOST"] or "127.0.0.1", int(settings["PORT"] or 5432))
    thread.start()
    yield thread
    thread.over.set()
    thread.door.close()
    thread.join()
    connection_created.disconnect(dispatch_uid="answers")


@pytest.fixture
def behind(between: Between) -> Callable[[Callable[[], Any]], list[Exception]]:
    """Let a worker run behind it; returns what it failed of."""

    def run(work: Callable[[], Any]) -> list[Exception]:
        faults: list[Exception] = []

        def live() -> None:
            mine = connections.create_connection("default")
            mine.settings_dict = {
                **mine.settings_dict,
                "HOST": "127.0.0.1",
                "PORT": between.port,
            }
            connections["default"] = mine
            try:
                work()
            except Exception as error:  # noqa: BLE001  # the test looks at it
                faults.append(error)
            finally:
                mine.close()

        worker = threading.Thread(target=live)
        worker.start()
        worker.join(timeout=20)
        assert not worker.is_alive(), "it still waits for its database"
        return faults

    return run


@on_postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("moment", ["prepare", "call"])
def test_a_worker_whose_database_falls_silent_leaves_it_and_others_go_on(
    moment, between, behind, network, wire, plan, send, channel, now, monkeypatch
) -> None:
    first, second = plan(), plan()
    prepare = network.connector.prepare

    def prepare_and_fall_silent(self: Any, *about: Any) -> Any:
        between.silent.set()
        return prepare(self, *about)

    if moment == "prepare":
        monkeypatch.setattr(network.connector, "prepare", prepare_and_fall_silent)
    else:
        wire.before_call = lambda letter: between.silent.set()
        # it waits for no other way to its database: there is none
        monkeypatch.setattr(policy, "SETTLE_PATIENCE", timedelta(0))
    faults = behind(lambda: engine.send_channel(channel_id=channel.pk, worker="w", now=now))
    assert [type(fault) for fault in faults] == [OperationalError]
    # its lease is over, and the round of any other worker finds what it left
    later = now + timedelta(minutes=2)
    reap(later)
    wire.findings = [Sent(f"remote-{first.key}")]
    reconcile(later)
    send(3)
    assert set(Delivery.objects.values_list("state", flat=True)) == {"live"}
    assert sorted(wire.posted) == sorted([first.key, second.key])


@on_postgres
@pytest.mark.django_db(transaction=True)
def test_a_commit_that_is_not_answered_is_left_as_well(between, behind, plan, now) -> None:
    delivery = plan()

    def work() -> None:
        with transaction.atomic():
            Delivery.objects.filter(pk=delivery.pk).update(reason="Changed.")
            between.silent.set()

    assert [type(fault) for fault in behind(work)] == [OperationalError]


@on_postgres
@pytest.mark.django_db(transaction=True)
def test_what_a_lost_process_has_locked_is_free_after_its_time(plan) -> None:
    delivery = plan()
    in_time = settings_of_the_hub.POSTGRES_OPTIONS["options"].replace("60s", "300ms")
    lost = connections.create_connection("default")
    known = lost.settings_dict
    lost.settings_dict = {**known, "OPTIONS": {**known["OPTIONS"], "options": in_time}}
    lost.set_autocommit(False)
    with lost.cursor() as cursor, connection.cursor() as mine:
        cursor.execute("SELECT id FROM delivery_delivery FOR UPDATE")
        # and says nothing more; without an end of it this would fail
        mine.execute("SET lock_timeout = '20s'")
        Delivery.objects.filter(pk=delivery.pk).update(reason="Free again.")
        mine.execute("RESET lock_timeout")
    lost.close()


@pytest.mark.parametrize(
    ("said", "options"),
    [("", "-c idle_in_transaction_session_timeout=60s"), ("&options=%20", None)],
)
def test_a_database_url_may_say_otherwise(monkeypatch, said, options) -> None:
    monkeypatch.setenv("DATABASE_URL", f"postgres://u@db.example/backbeat?connect_timeout=2{said}")
    chosen = settings_of_the_hub._database()["OPTIONS"]
    assert int(chosen["connect_timeout"]) == 2
    assert chosen["tcp_user_timeout"] == 20_000
    assert chosen.get("options") == options


def test_a_broker_that_is_silent_costs_a_hint_one_try() -> None:
    options = settings_of_the_hub._transport_options("redis://host:6379/0")
    assert options["socket_timeout"] == options["socket_connect_timeout"] == 5
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.setblocking(False)
        url = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        quick = {**options, "socket_timeout": 0.2}
        # as a hint opens it
        with (
            app.connection_for_write(url, transport_options=quick) as broker,
            pytest.raises(BrokerError),
        ):
            broker.default_channel  # noqa: B018  # opens it
        silent.accept()[0].close()
        with pytest.raises(BlockingIOError):
            silent.accept()

"""A disk that is full between the call and its result."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import OperationalError, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F

from hub.delivery.models import Attempt, Delivery
from hub.delivery.querysets import DeliveryQuerySet
from hub.delivery.states import State
from tests.faults.bench import Bench
from tests.faults.count import Count
from tests.faults.pair import SQLITE

NAME = "14. disk full before the result is stored"
# several leases long
FULL_SECONDS = 15.0
TABLES = ("delivery_delivery", "delivery_attempt")
SMALL = "64m"
# calls that the network has taken when the disk is full; on a slow machine they may give up while
# it is being filled, and then it is filled again
IN_FLIGHT = 3
TRIES = 10
ANSWER_SECONDS = 0.5

Switch = Callable[[], object]


def disk(bench: Bench) -> list[Count]:
    """14. No byte can be stored while calls are answered; then there is room again."""
    if os.geteuid() != 0:
        return [Count(NAME, "–", unmet=["only root can mount a small disk"])]
    bench.plan(300)
    with _small_disk(bench) as (fill, free), bench.crew():
        bench.network.set_faults({"kind": "late", "seconds": ANSWER_SECONDS})
        bench.make_due()
        bench.let_work(0.1)
        for _ in range(TRIES):
            _fill_in_a_call(bench, fill)
            if _unsaved(bench):
                break
            free()
        bench.pause(FULL_SECONDS)
        unsaved = _unsaved(bench)
        # every other call that is on its way now can't be stored either
        bench.cut_off = _in_flight().count()
        free()
        bench.note_fault()
        found = bench.settled(NAME)
    for row in found:
        row.faults, row.asked = unsaved, 1
    return found


def _fill_in_a_call(bench: Bench, fill: Switch) -> None:
    """Fill the disk while the network keeps its answers back, then let it answer."""
    give_up_at = time.monotonic() + FULL_SECONDS
    while _in_flight().count() < IN_FLIGHT and time.monotonic() < give_up_at:
        # the workers are other processes: their rows have to be looked at
        time.sleep(0.02)
    bench.network.freeze()
    try:
        fill()
    finally:
        bench.network.thaw()
    bench.pause(2 * ANSWER_SECONDS)


def _in_flight() -> DeliveryQuerySet:
    open_calls = Attempt.objects.filter(call=Attempt.Call.SEND, ended_at=None)
    return Delivery.objects.filter(state=State.SENDING, attempts__in=open_calls)


def _unsaved(bench: Bench) -> int:
    """Count what the network has, and what is on its way by our rows."""
    there = bench.network.ledger()["by_key"]
    return sum(key in there for key in _in_flight().values_list("key", flat=True))


@contextmanager
def _small_disk(bench: Bench) -> Iterator[tuple[Switch, Switch]]:
    """Give what fills the disk of the deliveries, and what makes room again."""
    place = bench.pair.folder / "small"
    place.mkdir()
    mount = ("mount", "-t", "tmpfs", "-o", f"size={SMALL}", "tmpfs", str(place))
    subprocess.run(mount, check=True)
    ballast = place / "ballast"
    moved = _tables_moved if bench.pair.postgres else _file_moved
    try:
        with moved(bench.pair.folder, place):
            # while somebody still reads what was, no page gets room back
            reader = connection.copy()
            yield (lambda: _fill(ballast, reader)), lambda: _free(ballast, reader)
            _free(ballast, reader)
    finally:
        subprocess.run(("umount", "--lazy", str(place)), check=True)
        place.rmdir()


@contextmanager
def _file_moved(folder: Path, place: Path) -> Iterator[None]:
    """Keep SQLite's file on the small disk, where its log is beside it."""
    connections.close_all()
    usual, there = folder / SQLITE, place / SQLITE
    shutil.move(usual, there)
    usual.symlink_to(there)
    yield
    connections.close_all()
    usual.unlink()
    shutil.move(there, usual)


@contextmanager
def _tables_moved(_: Path, place: Path) -> Iterator[None]:
    """Keep PostgreSQL's tables of deliveries on the small disk."""
    room = place / "space"
    room.mkdir()
    shutil.chown(room, "postgres")
    _run_sql(f"CREATE TABLESPACE small LOCATION '{room}'")
    _move_tables("small")
    yield
    _move_tables("pg_default")
    _run_sql("DROP TABLESPACE small")


def _move_tables(space: str) -> None:
    for table in TABLES:
        _run_sql(f"ALTER TABLE {table} SET TABLESPACE {space}")


def _run_sql(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def _fill(ballast: Path, reader: BaseDatabaseWrapper) -> None:
    """Fill the disk, then the room that is left within the database's own files."""
    with reader.cursor() as cursor:
        cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ" if _is_postgres() else "BEGIN")
        cursor.execute(f"SELECT count(*) FROM {TABLES[0]}")  # a name of ours
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
    while any([_grows(row) for row in _published()]):  # noqa: C419  # each of them
        pass


def _is_postgres() -> bool:
    return connection.vendor == "postgresql"


def _published() -> list[int]:
    return list(Delivery.objects.live().values_list("pk", flat=True))


def _grows(row: int) -> bool:
    """Whether one more version of the row finds room; each by itself, as a refused one leaves its
    room to the next."""
    try:
        # SQLite writes nothing where nothing is another
        return bool(Delivery.objects.live().filter(pk=row).update(lookups=F("lookups") + 1))
    except OperationalError:
        return False


def _free(ballast: Path, reader: BaseDatabaseWrapper) -> None:
    reader.close()
    ballast.unlink(missing_ok=True)


EXPERIMENTS = {"disk": disk}

"""A disk that is full between the call and its result."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import OperationalError, connection
from django.db.backends.base.base import BaseDatabaseWrapper

from hub.delivery.models import Attempt, Delivery
from hub.delivery.states import State
from tests.faults.bench import Bench
from tests.faults.count import Count

# several leases long
FULL_SECONDS = 15.0
TABLES = ("delivery_delivery", "delivery_attempt")
SMALL = "64m"


def disk(bench: Bench) -> list[Count]:
    """14. No byte can be stored while calls are answered; then there is room again."""
    if bench.pair.postgres and os.geteuid() != 0:
        # a small disk of its own needs a mount
        return []
    bench.plan(300)
    with _small_disk(bench) as (fill, free), bench.crew(DISK_FULL=str(_flag(bench))):
        bench.network.set_faults({"kind": "late", "seconds": 1.0})
        bench.make_due()
        bench.let_work(0.1)
        fill()
        bench.pause(FULL_SECONDS)
        unsaved = Attempt.objects.filter(ended_at=None, delivery__state=State.SENDING).count()
        free()
        bench.note_fault()
        found = bench.settled("14. disk full before the result is stored")
    for row in found:
        row.faults = unsaved
    if not unsaved:
        found[0].unmet.append("no result found the disk full")
    return found


def _flag(bench: Bench) -> Path:
    return bench.pair.folder / "disk-is-full"


Switch = Callable[[], object]


@contextmanager
def _small_disk(bench: Bench) -> Iterator[tuple[Switch, Switch]]:
    """Give what fills the disk of the deliveries, and what makes room again."""
    if not bench.pair.postgres:
        # SQLite is written by the workers themselves: no file of theirs may grow
        flag = _flag(bench)
        yield flag.touch, lambda: flag.unlink(missing_ok=True)
        return
    place = bench.pair.folder / "small"
    place.mkdir()
    mount = ("mount", "-t", "tmpfs", "-o", f"size={SMALL}", "tmpfs", str(place))
    subprocess.run(mount, check=True)
    try:
        room = place / "space"
        room.mkdir()
        shutil.chown(room, "postgres")
        _run_sql(f"CREATE TABLESPACE small LOCATION '{room}'")
        _move_tables("small")
        ballast = place / "ballast"
        # while somebody still reads what was, no page gets room back
        reader = connection.copy()
        yield (lambda: _fill(ballast, reader)), lambda: _free(ballast, reader)
        _free(ballast, reader)
        _move_tables("pg_default")
        _run_sql("DROP TABLESPACE small")
    finally:
        subprocess.run(("umount", "--lazy", str(place)), check=True)
        place.rmdir()


def _move_tables(space: str) -> None:
    for table in TABLES:
        _run_sql(f"ALTER TABLE {table} SET TABLESPACE {space}")


def _run_sql(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def _fill(ballast: Path, reader: BaseDatabaseWrapper) -> None:
    """Fill the disk, then the room that is left within the table's pages."""
    with reader.cursor() as cursor:
        cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        cursor.execute(f"SELECT count(*) FROM {TABLES[0]}")  # a name of ours
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
    while any([_grows(row) for row in _unended()]):
        pass


def _unended() -> list[int]:
    return list(Delivery.objects.live().values_list("pk", flat=True))


def _grows(row: int) -> bool:
    """Whether one more version of the row finds room; each by itself, as a refused one leaves its
    room to the next."""
    try:
        return bool(Delivery.objects.live().filter(pk=row).update(reason=""))
    except OperationalError:
        return False


def _free(ballast: Path, reader: BaseDatabaseWrapper) -> None:
    reader.close()
    ballast.unlink(missing_ok=True)


EXPERIMENTS = {"disk": disk}

"""What the engine stands on beside the database: the broker, and room on the disks."""

from __future__ import annotations

import dataclasses
import shutil
import time
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext

from hub.celery import app

# seconds that one look at the broker may take, and is good for
BROKER_SECONDS = 1
BROKER_KEPT = 10.0


@dataclasses.dataclass(frozen=True)
class Disk:
    """The place where something is stored; sizes in bytes."""

    what: str
    path: str
    free: int
    total: int
    # of the stored thing itself, where it is one file
    used: int | None = None

    @property
    def percent_free(self) -> float:
        return 100 * self.free / self.total if self.total else 0.0

    @property
    def is_short(self) -> bool:
        return self.percent_free < settings.ALERT_DISK_PERCENT


def disks() -> list[Disk]:
    """Measure the disks of the pictures and of an SQLite file, as this process sees them."""
    found = [_disk("media", Path(settings.MEDIA_ROOT))]
    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        found.append(_disk("database", Path(str(database["NAME"]))))
    return [disk for disk in found if disk]


def _disk(what: str, path: Path) -> Disk | None:
    place = next((one for one in (path, *path.parents) if one.exists()), None)
    if place is None:
        return None
    usage = shutil.disk_usage(place)
    used = path.stat().st_size if path.is_file() else None
    return Disk(what, str(path), usage.free, usage.total, used)


@dataclasses.dataclass
class _Kept:
    looked_at: float = 0.0
    trouble: str = ""


_kept = _Kept()


def broker_trouble() -> str:
    """Say what is wrong with the broker, empty when it answers; looks every ten seconds at most.

    The embedded broker is a part of the runner: it is there whenever the runner is.
    """
    if settings.CELERY_BROKER_URL.startswith("memory"):
        return ""
    if not _kept.looked_at or time.monotonic() - _kept.looked_at > BROKER_KEPT:
        _kept.trouble = ask_broker(settings.CELERY_BROKER_URL)
        _kept.looked_at = time.monotonic()
    return _kept.trouble


def ask_broker(url: str) -> str:
    """Connect to a broker and leave again; return in a second or so what went wrong."""
    options = {
        **settings.CELERY_BROKER_TRANSPORT_OPTIONS,
        "socket_connect_timeout": BROKER_SECONDS,
        "socket_timeout": BROKER_SECONDS,
    }
    connection = app.connection_for_write(
        url, connect_timeout=BROKER_SECONDS, transport_options=options
    )
    try:
        # without a pause before it tries again: pages wait for this
        connection.ensure_connection(
            max_retries=1, interval_start=0, interval_step=0, timeout=BROKER_SECONDS
        )
        # Redis is connected to here, not before
        connection.channel()
    except Exception as error:  # noqa: BLE001  # whatever it is, the broker can't be reached
        return str(error) or gettext("no answer")
    finally:
        connection.release()
    return ""

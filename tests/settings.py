"""The settings under test: nothing of this machine's var/, nothing slow that proves nothing."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

os.environ.setdefault("SECRET_KEY", "only-for-tests-" * 4)


def _scratch() -> str:
    """Make a folder for this process, in one of the process that began it all, which removes it.

    Processes that are killed, as a test's or xdist's may be, remove nothing themselves.
    """
    above = os.environ.get("BACKBEAT_SCRATCH", "")
    if not Path(above or "/nowhere").is_dir():
        above = tempfile.mkdtemp(prefix="backbeat-tests-")
        os.environ["BACKBEAT_SCRATCH"] = above
        atexit.register(_remove, above, os.getpid())
    return tempfile.mkdtemp(dir=above)


def _remove(folder: str, owner: int) -> None:
    # a fork runs what its parent has registered
    if os.getpid() == owner:
        shutil.rmtree(folder, ignore_errors=True)


def _take_place_in_redis() -> None:
    """Give each process of tests its own place: workers of one take what they find in it."""
    server, _, place = os.environ.get("CELERY_BROKER_URL", "").rpartition("/")
    worker = os.environ.get("PYTEST_XDIST_WORKER", "").removeprefix("gw")
    # the processes that a test starts are told theirs
    if worker and place == "0" and server.startswith("redis"):
        # a run beside this one has its own
        first = int(os.environ.get("REDIS_FIRST_PLACE", "0"))
        os.environ["CELERY_BROKER_URL"] = f"{server}/{first + int(worker)}"


_given = os.environ.get("BACKBEAT_SCRATCH")
SCRATCH = _scratch()
BEGAN_THE_RUN = os.environ["BACKBEAT_SCRATCH"] != _given
_take_place_in_redis()
os.environ["MEDIA_ROOT"] = f"{SCRATCH}/media"

from hub.settings import *  # noqa: E402, F403
from hub.settings import DATABASES  # noqa: E402  # after what the settings read of the environment

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# collected files are no matter of these tests, and the manifest wants them collected
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_AUTOREFRESH = True
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["TEST"]["NAME"] = f"{SCRATCH}/test.sqlite3"
# a test may be in the middle of a transaction for as long as a busy machine makes it wait
if "options" in DATABASES["default"].get("OPTIONS", {}):
    DATABASES["default"]["OPTIONS"]["options"] = ""
# a test reads what it wrote in the same blink
SITE_VERSION_SECONDS = 0.0

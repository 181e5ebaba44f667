"""The settings under test: nothing of this machine's var/, nothing slow that proves nothing."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

os.environ.setdefault("SECRET_KEY", "only-for-tests-" * 4)
SCRATCH = tempfile.mkdtemp(prefix="backbeat-tests-")
atexit.register(shutil.rmtree, SCRATCH, ignore_errors=True)
os.environ["MEDIA_ROOT"] = f"{SCRATCH}/media"

from hub.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# collected files are no matter of these tests, and the manifest wants them collected
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_AUTOREFRESH = True
# a test reads what it wrote in the same blink
SITE_VERSION_SECONDS = 0.0

"""The settings of the processes that a browser talks to: pictures and styles are there for it."""

from __future__ import annotations

import os

# read first: the settings of the tests give every process a place of its own
MEDIA = os.environ["SHARED_MEDIA"]

from tests.services.quick_settings import *  # noqa: E402, F403

MEDIA_ROOT = MEDIA
WHITENOISE_USE_FINDERS = True

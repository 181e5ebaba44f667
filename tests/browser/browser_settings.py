"""The settings of the processes that a browser talks to: pictures and styles are there for it.

Rounds come as often as in a real house: each of the rare ones every two seconds would be the most
that the machine does beside the browser.
"""

from __future__ import annotations

import os

# read first: the settings of the tests give every process a place of its own
MEDIA = os.environ["SHARED_MEDIA"]

from tests.settings import *  # noqa: E402, F403  # settings build on settings

MEDIA_ROOT = MEDIA
WHITENOISE_USE_FINDERS = True

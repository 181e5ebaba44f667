"""The settings of the processes under fault: the counting network, and time ten times faster."""

from __future__ import annotations

from tests.services.quick_settings import *  # noqa: F403
from tests.services.quick_settings import INSTALLED_APPS as USUAL_APPS

INSTALLED_APPS = [*USUAL_APPS, "tests.faults.apps.FaultsConfig"]
ALLOW_PRIVATE_ADDRESSES = True

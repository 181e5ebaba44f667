"""The settings of the processes under fault: the tests' own, and the counting network."""

from __future__ import annotations

from tests.settings import *  # noqa: F403  # settings build on settings, as Django has it
from tests.settings import INSTALLED_APPS as USUAL_APPS

INSTALLED_APPS = [*USUAL_APPS, "tests.faults.apps.FaultsConfig"]
ALLOW_PRIVATE_ADDRESSES = True

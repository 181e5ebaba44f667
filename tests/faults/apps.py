from __future__ import annotations

import dataclasses
import logging
from datetime import timedelta

from django.apps import AppConfig
from django.db.backends.signals import connection_created

# the engine's times, ten times shorter: the order of times stays as it is
FASTER = 10
QUICKENED = {"reap", "reconcile", "resume-blocked", "probe"}
# there is no site here and no picture: these only look, and so do it more rarely
OF_THE_SITE = {"renditions", "cards", "outdated-cards", "websub", "merged-tags"}


class FaultsConfig(AppConfig):
    name = "tests.faults"

    def ready(self) -> None:
        # models are there only by now
        from hub.delivery import leases, policy, ticks
        from spokes.channels.connectors.registry import CONNECTORS
        from tests.faults import troubles
        from tests.faults.connector import CountingConnector, DieOnceLive, watch_writes

        troubles.install()
        CONNECTORS["counting"] = CountingConnector
        logging.getLogger("hub.delivery.settle").addHandler(DieOnceLive())
        connection_created.connect(watch_writes)
        for name, value in vars(policy).copy().items():
            if isinstance(value, timedelta) and name not in {"LATE_AFTER", "TOO_LATE_AFTER"}:
                setattr(policy, name, value / FASTER)
        policy.GUARD_SECONDS /= FASTER
        policy.STAY_SECONDS /= FASTER
        leases.LONGEST_RUN /= FASTER
        for name, tick in ticks.TICKS.items():
            if name in QUICKENED:
                ticks.TICKS[name] = dataclasses.replace(tick, every=tick.every / FASTER)
            elif name in OF_THE_SITE:
                ticks.TICKS[name] = dataclasses.replace(tick, every=tick.every * FASTER)
        policy.LOOKUP_WAITS = tuple(wait / FASTER for wait in policy.LOOKUP_WAITS)

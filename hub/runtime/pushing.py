"""The round that looks for changed feeds; the hub is called by a job, for it may be slow."""

from __future__ import annotations

import logging
from datetime import datetime

from hub.celery import app
from spokes.site.push import notice_changes

logger = logging.getLogger(__name__)

PING_FEEDS = "hub.runtime.tasks.ping_feeds"
# an old hint is worth nothing: the next round sends a new one
EXPIRES_SECONDS = 10


def websub(now: datetime) -> int:
    """Notice which feeds changed, and ask any worker to tell the WebSub hub."""
    due = notice_changes(now=now)
    if due:
        try:
            app.send_task(PING_FEEDS, expires=EXPIRES_SECONDS, queue="default")
        except Exception:  # the rows stay due: the next round asks again
            logger.warning("no hint for the feeds", exc_info=True)
    return due

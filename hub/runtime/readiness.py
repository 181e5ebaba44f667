"""What keeps this place from doing its work, in words."""

from __future__ import annotations

from functools import cache

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from hub.delivery.clock import queue_now
from hub.delivery.health import SILENT_AFTER
from hub.delivery.living import seen_lately


def problems() -> list[str]:
    """Return a sentence for each thing that is missing; empty when ready."""
    try:
        if not _migrated():
            return ["The database lacks migrations: run python manage.py migrate."]
        # the same time as the health page and the alerts give a worker
        if seen_lately(queue_now(), SILENT_AFTER).filter(role="worker").exists():
            return []
    except DatabaseError:
        return ["The database does not answer."]
    return ["No runner or worker was seen for two minutes, so nothing goes out."]


def _migrated() -> bool:
    """Tell whether all migrations are applied; once they are, they stay so for this process."""
    if _seen_migrated.cache_info().currsize:
        return True
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return False
    return _seen_migrated()


@cache
def _seen_migrated() -> bool:
    return True

"""What keeps this place from doing its work, in words."""

from __future__ import annotations

from functools import cache

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from hub.delivery.health import SILENT_AFTER
from hub.delivery.models import Heartbeat


def problems() -> list[str]:
    """Return a sentence for each thing that is missing; empty when ready."""
    try:
        if not _migrated():
            return ["The database lacks migrations: run python manage.py migrate."]
        # the same time as the health page and the alerts give a worker
        silent_since = timezone.now() - SILENT_AFTER
        if Heartbeat.objects.filter(role="worker", seen_at__gt=silent_since).exists():
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

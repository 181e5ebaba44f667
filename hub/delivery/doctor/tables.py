"""The tables themselves: rules that the database keeps for the engine, and lost somehow."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models import Model
from django.utils.translation import gettext as _

from content.editorial.models import Post
from hub.delivery import triggers
from hub.delivery.doctor.findings import Finding
from hub.delivery.models import Attempt, Delivery, Gate, Heartbeat, Hold, RouteReason, TickLease
from spokes.site.models import Publication

KEPT = (Delivery, Attempt, RouteReason, Gate, Hold, TickLease, Heartbeat, Post, Publication)


def rules_missing(now: datetime) -> Iterator[Finding]:
    """Constraints and indexes that the models declare and that the database does not have."""
    by_hand = _(
        "Some hand or a half restored copy took it away: “manage.py sqlmigrate” of the migration "
        "that made it says how to make it again."
    )
    for model in KEPT:
        there = _names(model)
        for rule in model._meta.constraints:
            if rule.name not in there:
                words = _("The database does not keep the rule “%(name)s” any more.")
                yield Finding("rule.missing", model(), words % {"name": rule.name}, by_hand)
        for index in model._meta.indexes:
            if index.name not in there:
                words = _("The index “%(name)s” is gone: what is read by it gets slow.")
                yield Finding("index.missing", model(), words % {"name": index.name}, by_hand)


def steps_not_refused(now: datetime) -> Iterator[Finding]:
    """The trigger that holds the table of states is gone, turned off, or an older release's."""
    using = connection.alias
    if triggers.is_installed(using=using):
        return
    would = _("Make the trigger of this release.")

    def make() -> bool:
        triggers.install(using=using)
        return True

    yield Finding(
        "trigger.missing",
        # a row that the log can name: entries about a delivery have its number
        ContentType.objects.get_for_model(Delivery),
        _("The database does not refuse the steps that the table of states does not have."),
        would,
        make,
    )


def _names(model: type[Model]) -> set[str]:
    """Name the rules and indexes of a table, as the database has them."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor != "sqlite":
            return set(connection.introspection.get_constraints(cursor, table))
        # Django's own way stumbles over some of the tables that it has made itself
        cursor.execute("SELECT sql FROM sqlite_master WHERE tbl_name = %s", [table])
        return {name for (sql,) in cursor.fetchall() for name in re.findall(r'"(\w+)"', sql or "")}

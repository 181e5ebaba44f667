"""Making room for a new demo: everything that Backbeat keeps goes, files too; people stay."""

from __future__ import annotations

from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import User
from django.core.management.color import no_style
from django.db import connection, models

from content.media.models import Asset, Rendition
from hub.people.models import Membership
from spokes.site.models import CardImage

ROOFS = ("content.", "spokes.", "hub.")


def may_wipe() -> bool:
    """Say whether nothing of value can be lost: a developer's machine, or the embedded database."""
    return settings.DEBUG or connection.vendor == "sqlite"


def wipe() -> None:
    """Empty all tables of Backbeat at once, and remove the pictures from the store.

    People keep their place in the whole house; a place in a spoke goes with it.
    """
    files = [
        *Asset.objects.values_list("file", flat=True),
        *Rendition.objects.exclude(file="").values_list("file", flat=True),
        *CardImage.objects.shown().values_list("file", flat=True),
    ]
    everywhere = list(User.objects.filter(memberships__isnull=False, memberships__spoke=None))
    tables = [model._meta.db_table for model in own_models()]
    # one statement, or one transaction, for all: their references lead in every direction
    statements = connection.ops.sql_flush(no_style(), tables, reset_sequences=True)
    connection.ops.execute_sql_flush(statements)
    Membership.objects.bulk_create(Membership(user=user) for user in everywhere)
    storage = Asset._meta.get_field("file").storage
    for name in files:
        storage.delete(name)


def own_models() -> list[type[models.Model]]:
    """List Backbeat's own models, with the tables that join them."""
    return [
        model
        for config in apps.get_app_configs()
        if config.name.startswith(ROOFS)
        for model in config.get_models(include_auto_created=True)
    ]

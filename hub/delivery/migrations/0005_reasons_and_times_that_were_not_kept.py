"""Fill what the constraints of the next migration want of rows that are older."""

from __future__ import annotations

from typing import Any

from django.db import migrations
from django.db.models import F
from django.db.models.functions import Coalesce


def fill(apps: Any, schema_editor: Any) -> None:
    rows = apps.get_model("delivery", "Delivery").objects.using(schema_editor.connection.alias)
    leased = ("claimed", "sending")
    inbox = ("review", "refused", "missed", "dead")
    rows.filter(state__in=leased, lease_owner="").update(lease_owner="?")
    rows.exclude(state__in=leased).filter(lease_until__isnull=False).update(
        lease_owner="", lease_until=None
    )
    rows.exclude(state__in=leased).exclude(lease_owner="").update(lease_owner="")
    rows.filter(state__in=inbox, reason="").update(reason="Nobody said why.")
    rows.filter(state__in=("sending", "accepted", "unknown"), first_sent_at=None).update(
        first_sent_at=F("due_at")
    )
    rows.filter(uncertain=True, first_sent_at=None).update(first_sent_at=F("due_at"))
    rows.filter(state="live", settled_at=None).update(
        settled_at=Coalesce("first_sent_at", "due_at")
    )


class Migration(migrations.Migration):
    dependencies = [("delivery", "0004_clock_of_processes_and_calls_by_time")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]

from __future__ import annotations

from typing import Any

from django.db import migrations

from content.catalogue.names import match_key

BATCH = 1_000


def fill(apps: Any, schema_editor: Any) -> None:
    post = apps.get_model("editorial", "Post")
    last = 0
    while rows := list(post.objects.filter(pk__gt=last).order_by("pk").only("title")[:BATCH]):
        for row in rows:
            row.title_key = match_key(row.title)[:200]
        post.objects.bulk_update(rows, ["title_key"])
        last = rows[-1].pk


class Migration(migrations.Migration):
    dependencies = [("editorial", "0004_title_keys")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]

"""Let the version of what was there before its triggers be another than that of an empty house."""

from __future__ import annotations

import secrets

from django.db import migrations


def make_first(apps, schema_editor):
    rows = apps.get_model("audiences", "AudienceVersion").objects.using(schema_editor.connection.alias)
    rows.create(part="audiences", token=secrets.randbelow(1 << 40) + 1)


class Migration(migrations.Migration):
    dependencies = [("audiences", "0005_names_and_uses")]

    operations = [migrations.RunPython(make_first, migrations.RunPython.noop)]

"""Make room for parts of the version that are for some audiences alone: "audiences/12345"."""

from __future__ import annotations

from django.db import migrations, models


def widen(apps, schema_editor):
    # SQLite knows no widths, and can't make a table anew that the triggers of others write to
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "ALTER TABLE audiences_audienceversion ALTER COLUMN part TYPE varchar(40)"
        )


class Migration(migrations.Migration):
    dependencies = [("audiences", "0006_first_version")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField("audienceversion", "part", models.CharField(max_length=40))
            ],
            database_operations=[migrations.RunPython(widen, migrations.RunPython.noop)],
        )
    ]

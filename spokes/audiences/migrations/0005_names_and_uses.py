"""Let audiences follow what they name, and ask for one another."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("audiences", "0004_profiles")]

    operations = [
        migrations.AddField(
            model_name="audience",
            name="names",
            field=models.JSONField(default=dict, editable=False),
        ),
        migrations.CreateModel(
            name="AudienceUse",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "audience",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="uses",
                        to="audiences.audience",
                    ),
                ),
                (
                    "used",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="used_by",
                        to="audiences.audience",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("audience", "used"), name="audience_use_once")
                ],
            },
        ),
    ]

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("editorial", "0007_priority"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="post",
            index=models.Index(
                fields=["expires_at"],
                condition=models.Q(("expires_at__isnull", False)),
                name="post_by_expiry",
            ),
        ),
    ]

"""Let a post say how much it matters, from 1 to 5."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("editorial", "0006_indexes_of_the_search")]

    operations = [
        migrations.AddField(
            model_name="post",
            name="priority",
            field=models.PositiveSmallIntegerField(
                choices=[
                    (1, "1 – lowest"),
                    (2, "2 – low"),
                    (3, "3 – normal"),
                    (4, "4 – high"),
                    (5, "5 – highest"),
                ],
                default=3,
                help_text="How much it matters: audiences may ask for it, as in priority:>=4.",
            ),
        ),
        migrations.AddConstraint(
            model_name="post",
            constraint=models.CheckConstraint(
                condition=models.Q(priority__in=[1, 2, 3, 4, 5]), name="post_priority_is_known"
            ),
        ),
    ]

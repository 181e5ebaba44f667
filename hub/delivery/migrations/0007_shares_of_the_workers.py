from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("delivery", "0006_what_each_state_needs"),
    ]

    operations = [
        migrations.AddField(
            model_name="gate",
            name="quick",
            field=models.BooleanField(null=True),
        ),
        migrations.AddField(
            model_name="gate",
            name="looking_until",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="heartbeat",
            name="slots",
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
    ]

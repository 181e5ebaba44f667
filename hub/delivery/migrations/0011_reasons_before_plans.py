"""A delivery points at its reason, so that the database can ask for it: first the new table."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('delivery', '0010_calls_that_were_not_made'),
    ]

    operations = [
        migrations.AlterField(
            model_name='routereason',
            name='delivery',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to='delivery.delivery'),
        ),
        migrations.RenameModel('RouteReason', 'OldRouteReason'),
        migrations.CreateModel(
            name='RouteReason',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('answer', models.JSONField()),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('answer', {}), _negated=True), name='route_reason_says_something')],
            },
        ),
        migrations.AddField(
            model_name='delivery',
            name='route',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='delivery.routereason'),
        ),
    ]

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('delivery', '0012_reasons_are_taken_along'),
    ]

    operations = [
        migrations.DeleteModel('OldRouteReason'),
        migrations.RemoveConstraint(
            model_name='delivery',
            name='delivery_publish_has_a_route',
        ),
        migrations.AlterField(
            model_name='delivery',
            name='route_code',
            field=models.CharField(blank=True, max_length=20),
        ),
        migrations.AlterField(
            model_name='delivery',
            name='route_reason',
            field=models.CharField(blank=True, max_length=400),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'publish'), _negated=True), models.Q(models.Q(('route_code', ''), _negated=True), models.Q(('route_reason', ''), _negated=True), models.Q(('route_code', 'by_hand'), ('route__isnull', False), _connector='OR')), _connector='OR'), name='delivery_publish_has_a_route'),
        ),
    ]

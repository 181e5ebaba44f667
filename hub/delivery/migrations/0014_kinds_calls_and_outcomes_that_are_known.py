from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('delivery', '0013_no_route_without_a_reason'),
    ]

    operations = [
        migrations.AddConstraint(
            model_name='attempt',
            constraint=models.CheckConstraint(condition=models.Q(('call__in', ['send', 'find'])), name='attempt_call_is_known'),
        ),
        migrations.AddConstraint(
            model_name='attempt',
            constraint=models.CheckConstraint(condition=models.Q(('outcome__in', ['', 'sent', 'accepted', 'refused', 'retry_after', 'auth_lost', 'unknown', 'not_there', 'not_called'])), name='attempt_outcome_is_known'),
        ),
        migrations.AddConstraint(
            model_name='attempt',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at', None), ('outcome__in', ['', 'unknown'])), models.Q(('ended_at__isnull', False), models.Q(('outcome', ''), _negated=True)), _connector='OR'), name='attempt_ended_has_an_outcome'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['publish', 'edit', 'withdraw'])), name='delivery_kind_is_known'),
        ),
    ]

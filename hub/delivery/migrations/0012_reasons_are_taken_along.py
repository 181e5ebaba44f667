"""Every reason under the number of its delivery; where only its words were kept, those.

By itself, for PostgreSQL alters no table that the same transaction has filled.
"""

from django.core.management.color import no_style
from django.db import migrations
from django.db.models import F

BY_HAND = 'by_hand'
# rows that are read at once
BATCH = 1_000


def take_along(apps, schema_editor):
    Delivery = apps.get_model('delivery', 'Delivery')
    RouteReason = apps.get_model('delivery', 'RouteReason')
    connection = schema_editor.connection
    with connection.cursor() as cursor:
        cursor.execute(
            'INSERT INTO delivery_routereason (id, answer) '
            'SELECT delivery_id, answer FROM delivery_oldroutereason'
        )
    # what "demo --posts" laid down was planned by no routing
    Delivery.objects.filter(route_code='filled').update(route_code=BY_HAND)
    Delivery.objects.filter(pk__in=RouteReason.objects.values('pk')).update(route_id=F('pk'))
    routed = Delivery.objects.filter(kind='publish', route=None).exclude(route_code=BY_HAND)
    bare = list(routed.order_by('pk').values_list('pk', 'route_code', 'route_reason'))
    for start in range(0, len(bare), BATCH):
        some = bare[start : start + BATCH]
        RouteReason.objects.bulk_create(
            RouteReason(pk=pk, answer={'goes': True, 'code': code, 'reason': reason})
            for pk, code, reason in some
        )
        Delivery.objects.filter(pk__in=[pk for pk, _, _ in some]).update(route_id=F('pk'))
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), [RouteReason]):
            cursor.execute(statement)


class Migration(migrations.Migration):

    dependencies = [
        ('delivery', '0011_reasons_before_plans'),
    ]

    operations = [migrations.RunPython(take_along)]

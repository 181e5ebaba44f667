from django.conf import settings
from django.db import migrations

from hub.people.roles import set_up_roles


def make_groups(apps, schema_editor):
    set_up_roles(apps)


def place_present_staff(apps, schema_editor):
    """Let those who worked here before there were places work everywhere, as they did."""
    users = apps.get_model("auth", "User").objects.filter(is_staff=True, memberships=None)
    membership = apps.get_model("people", "Membership")
    membership.objects.bulk_create(membership(user=user) for user in users)


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunPython(make_groups, migrations.RunPython.noop),
        migrations.RunPython(place_present_staff, migrations.RunPython.noop),
    ]

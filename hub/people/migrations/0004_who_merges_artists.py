from __future__ import annotations

from django.db import migrations

from hub.people.roles import set_up_roles


def make_groups(apps, schema_editor):
    set_up_roles(apps)


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0003_profiles_and_tries"),
        ("catalogue", "0005_artist_aliases"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(make_groups, migrations.RunPython.noop)]

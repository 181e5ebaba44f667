"""Let a search read titles and artists' posts from indexes alone."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("editorial", "0005_fill_title_keys")]

    operations = [
        migrations.RemoveIndex(model_name="post", name="post_by_title_key"),
        migrations.AddIndex(
            model_name="post",
            index=models.Index(fields=["title_key", "id"], name="post_by_title_key"),
        ),
        # Django makes the table of the pairs by itself, and offers no place for its indexes
        migrations.RunSQL(
            "CREATE INDEX post_artist_pairs ON editorial_post_artists (artist_id, post_id)",
            "DROP INDEX post_artist_pairs",
        ),
    ]

"""Let an editor say how much of a post each of its picked genres is."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalogue", "0001_initial"),
        ("editorial", "0009_genres_from_tracks"),
    ]

    operations = [
        # the table is there since the first migration: Django's own, between posts and genres
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name="PickedGenre",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "genre",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="catalogue.genre",
                            ),
                        ),
                        (
                            "post",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="picked_genres",
                                to="editorial.post",
                            ),
                        ),
                    ],
                    options={
                        "db_table": "editorial_post_genres",
                        "unique_together": {("post", "genre")},
                    },
                ),
                migrations.AlterField(
                    model_name="post",
                    name="genres",
                    field=models.ManyToManyField(
                        blank=True,
                        related_name="posts_picked",
                        through="editorial.PickedGenre",
                        to="catalogue.genre",
                    ),
                ),
            ],
        ),
        migrations.AlterUniqueTogether(name="pickedgenre", unique_together=set()),
        migrations.AddConstraint(
            model_name="pickedgenre",
            constraint=models.UniqueConstraint(
                fields=("post", "genre"), name="post_genre_picked_once"
            ),
        ),
        migrations.AddField(
            model_name="pickedgenre",
            name="percent",
            field=models.PositiveSmallIntegerField(blank=True, null=True),
        ),
        migrations.AddConstraint(
            model_name="pickedgenre",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("percent__isnull", True),
                    models.Q(("percent__gte", 1), ("percent__lte", 100)),
                    _connector="OR",
                ),
                name="picked_percent_is_a_share",
            ),
        ),
        migrations.AlterField(
            model_name="postgenre",
            name="source",
            field=models.CharField(
                choices=[
                    ("editor", "picked by the editor"),
                    ("share", "set by the editor"),
                    ("artist", "from its artists"),
                    ("track", "from its tracks’ artists"),
                ],
                max_length=10,
            ),
        ),
    ]

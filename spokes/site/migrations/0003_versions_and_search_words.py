import django.db.models.deletion
from django.db import migrations, models

from spokes.site.words import words_of

BATCH = 500

POSTGRES = """
ALTER TABLE site_searchtext ADD COLUMN vector tsvector GENERATED ALWAYS AS (
    setweight(to_tsvector('simple', title), 'A')
    || setweight(to_tsvector('simple', artists), 'B')
    || setweight(to_tsvector('simple', teaser), 'C')
) STORED;
CREATE INDEX search_text_vector ON site_searchtext USING gin (vector);
"""

# the words are made by words_of; the tokenizer has nothing left to do but to split at spaces
FTS5 = """
CREATE VIRTUAL TABLE site_search USING fts5(
    title, artists, teaser, content='site_searchtext', content_rowid='publication_id',
    columnsize=0, prefix='2 3', tokenize='unicode61 remove_diacritics 0'
)
"""
REMOVE = """
INSERT INTO site_search (site_search, rowid, title, artists, teaser)
    VALUES ('delete', OLD.publication_id, OLD.title, OLD.artists, OLD.teaser);
"""
ADD = """
INSERT INTO site_search (rowid, title, artists, teaser)
    VALUES (NEW.publication_id, NEW.title, NEW.artists, NEW.teaser);
"""
TRIGGERS = {"INSERT": ADD, "DELETE": REMOVE, "UPDATE": REMOVE + ADD}


def make_index(apps, schema_editor):
    connection = schema_editor.connection
    if connection.vendor == "postgresql":
        schema_editor.execute(POSTGRES, params=None)
    elif _has_fts5(connection):
        schema_editor.execute(FTS5, params=None)
        for event, statements in TRIGGERS.items():
            schema_editor.execute(
                f"CREATE TRIGGER site_search_{event.lower()} AFTER {event} ON site_searchtext"
                f" BEGIN {statements} END",
                params=None,
            )


def drop_index(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        for event in TRIGGERS:
            schema_editor.execute(f"DROP TRIGGER IF EXISTS site_search_{event.lower()}")
        schema_editor.execute("DROP TABLE IF EXISTS site_search")


def write_words(apps, schema_editor):
    Publication = apps.get_model("site", "Publication")
    SearchText = apps.get_model("site", "SearchText")
    after = 0
    while rows := list(
        Publication.objects.filter(pk__gt=after)
        .order_by("pk")
        .values("pk", "title", "teaser", "artists")[:BATCH]
    ):
        SearchText.objects.bulk_create(
            [
                SearchText(
                    publication_id=row["pk"],
                    title=" ".join(words_of(row["title"])),
                    artists=" ".join(words_of(" ".join(a["name"] for a in row["artists"]))),
                    teaser=" ".join(words_of(row["teaser"])),
                )
                for row in rows
            ],
            ignore_conflicts=True,
        )
        after = rows[-1]["pk"]


def _has_fts5(connection):
    with connection.cursor() as cursor:
        cursor.execute("SELECT sqlite_compileoption_used('ENABLE_FTS5')")
        return bool(cursor.fetchone()[0])


class Migration(migrations.Migration):

    dependencies = [
        ("site", "0002_cards_coming_and_sorted_facets"),
    ]

    operations = [
        migrations.CreateModel(
            name="SearchText",
            fields=[
                ("publication", models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name="search_text", serialize=False, to="site.publication")),
                ("title", models.TextField()),
                ("artists", models.TextField()),
                ("teaser", models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name="SiteVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("part", models.CharField(max_length=10)),
                ("token", models.BigIntegerField()),
            ],
        ),
        migrations.AddIndex(
            model_name="publication",
            index=models.Index(condition=models.Q(("expires_at__isnull", False), ("withdrawn_at__isnull", True)), fields=["expires_at"], name="publication_expiring"),
        ),
        migrations.RunPython(make_index, drop_index),
        migrations.RunPython(write_words, migrations.RunPython.noop),
    ]

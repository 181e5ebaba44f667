from __future__ import annotations

from django.apps import AppConfig


class EditorialConfig(AppConfig):
    name = "content.editorial"
    label = "editorial"

    def ready(self) -> None:
        from content.catalogue.followers import follow_artist_genres  # noqa: PLC0415  # needs models
        from content.editorial.shares import rederive_posts_of  # noqa: PLC0415  # needs models

        follow_artist_genres(rederive_posts_of)

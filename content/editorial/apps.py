from __future__ import annotations

from django.apps import AppConfig


class EditorialConfig(AppConfig):
    name = "content.editorial"
    label = "editorial"

    def ready(self) -> None:
        # models are there only now
        from content.catalogue.followers import follow_artist_genres  # noqa: PLC0415
        from content.editorial.shares import rederive_posts_of  # noqa: PLC0415

        follow_artist_genres(rederive_posts_of)

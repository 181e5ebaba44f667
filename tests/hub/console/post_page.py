"""The page on which a post is written: its address, and its form as a browser sends it."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from content.editorial.models import Post


def filled(**changes: object) -> dict[str, object]:
    """Fill the form of a post."""
    return {
        "title": "Blue Hour",
        "kind": "feature",
        "teaser": "A quiet record for loud days.",
        "body": "It begins **slowly**.",
        "cta_label": "Listen now",
        "cta_url": "https://listen.example.org/album/7",
        "lang": "en",
        "markets": "",
        "embargo_until_0": "",
        "embargo_until_1": "",
        "expires_at_0": "",
        "expires_at_1": "",
        "variants-TOTAL_FORMS": "0",
        "variants-INITIAL_FORMS": "0",
        **changes,
    }


def page(post: Post) -> str:
    return reverse("admin:editorial_post_change", args=[post.pk])


def text_of(answer: Any) -> str:
    return str(answer.content.decode())

"""Card images: each publication drawn as a picture, for where links to it are shared."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from spokes.site.models import CardImage


def urls_of(publications: Iterable[int]) -> dict[int, dict[str, str]]:
    """Give publication key → shape (``CardShape``) → URL of what is drawn, in one query."""
    urls: dict[int, dict[str, str]] = defaultdict(dict)
    for card in CardImage.objects.shown().filter(publication__in=list(publications)):
        urls[card.publication_id][card.shape] = card.file.url
    return dict(urls)

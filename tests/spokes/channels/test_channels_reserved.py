"""No spoke can take an address that the house needs itself."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.urls import URLPattern, URLResolver, get_resolver

from spokes.channels.models import RESERVED_SLUGS


def first_segments(resolver: URLResolver) -> Iterator[str]:
    """Give the fixed first words of all addresses, as far as a spoke could be called so."""
    for pattern in resolver.url_patterns:
        route = re.sub(r"[\^$\\]", "", str(pattern.pattern))
        if isinstance(pattern, URLResolver) and not route:
            yield from first_segments(pattern)
        elif isinstance(pattern, URLPattern | URLResolver):
            first = route.split("/")[0]
            if _could_be_a_spoke(first):
                yield first


def _could_be_a_spoke(word: str) -> bool:
    try:
        validate_slug(word)
    except ValidationError:
        return False
    return True


def test_every_first_segment_of_an_address_is_reserved() -> None:
    used = set(first_segments(get_resolver()))
    assert {"admin", "artists", "search", "healthz"} <= used
    assert used - RESERVED_SLUGS == set()


@pytest.mark.parametrize("kept", ["static", "media", "hub", "preview"])
def test_what_is_served_beside_the_addresses_is_reserved_too(kept: str) -> None:
    assert kept in RESERVED_SLUGS

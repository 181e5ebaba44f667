"""Every address is in the table of who may open it: a new one must be thought of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from tests.hub.console.access import LEFT_OUT, TABLE


def addresses(resolver: Any = None, before: str = "") -> Iterator[str]:
    for pattern in (resolver or get_resolver()).url_patterns:
        address = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern, address)
        elif isinstance(pattern, URLPattern):
            yield address


def is_left_out(address: str) -> bool:
    return any(
        (known in address) if known.startswith("/") else address.startswith(known)
        for known in LEFT_OUT
    )


EVERY_ADDRESS = sorted(set(addresses()))
STEP, BULK = "/step/<slug:name>/", "/bulk/<slug:name>/"


@pytest.mark.parametrize("address", EVERY_ADDRESS)
def test_somebody_has_said_who_may_open_it(address: str) -> None:
    of_steps = address.endswith((STEP, BULK))
    assert address in TABLE or is_left_out(address) or of_steps, (
        f"Say in tests/hub/console/access.py who may open {address}."
    )


def test_the_table_names_no_address_that_is_gone() -> None:
    assert set(TABLE) <= set(EVERY_ADDRESS)

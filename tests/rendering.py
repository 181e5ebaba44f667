"""What the test client keeps of a rendered page: its own context, not one for each of its parts."""

from __future__ import annotations

import threading
from typing import Any

from django.template import Context, Template
from django.test.utils import instrumented_test_render


class _Place(threading.local):
    within = False


_place = _Place()


def keep_whole_pages() -> None:
    """Tell the test client of pages alone; a page of the console has hundreds of parts.

    Django tells of each field and each include, and the client copies the context of each: a
    twelfth of the time that tests of the console take. ``answer.context`` is the page's.
    """
    Template._render = _render  # type: ignore[attr-defined]  # not in the stubs


def _render(template: Template, context: Context) -> Any:
    if _place.within:
        return template.nodelist.render(context)
    _place.within = True
    try:
        return instrumented_test_render(template, context)
    finally:
        _place.within = False

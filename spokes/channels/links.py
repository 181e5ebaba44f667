"""The deep links of what we publish carry the marker of their delivery."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

from django.utils.translation import gettext

MARKER_PARAMETER = "bb"


def tag_link(url: str, marker: str) -> str:
    """Put ``bb=<marker>`` into the query of an http(s) link, in the place of an older one.

    The rest of the link stays byte for byte as it is. Raises ValueError for any other link.
    """
    parts = urlsplit(url)
    if not is_web_link(url):
        raise ValueError(
            gettext("“{url}” is no web link; it should start with https:// or http://.").format(
                url=url
            )
        )
    kept = [
        pair
        for pair in parts.query.split("&")
        if pair and pair.partition("=")[0] != MARKER_PARAMETER
    ]
    return urlunsplit(parts._replace(query="&".join([*kept, f"{MARKER_PARAMETER}={marker}"])))


def marker_in(url: str) -> str:
    """Give the marker that a link carries; empty where it carries none."""
    try:
        query = urlsplit(url).query
    except ValueError:
        return ""
    pairs = (pair.partition("=") for pair in query.split("&"))
    return next((value for name, _, value in pairs if name == MARKER_PARAMETER), "")


def is_web_link(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        return False

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spokes.channels.links import tag_link

words = st.text("abcxyz%20+-._~éü&=", max_size=20)


@pytest.mark.parametrize(
    ("link", "tagged"),
    [
        ("https://listen.example/a", "https://listen.example/a?bb=m1"),
        ("http://listen.example", "http://listen.example?bb=m1"),
        ("https://listen.example/a?x=1&y=", "https://listen.example/a?x=1&y=&bb=m1"),
        ("https://listen.example/a?x=a%20b+c", "https://listen.example/a?x=a%20b+c&bb=m1"),
        ("https://listen.example/a?bb=old&x=1", "https://listen.example/a?x=1&bb=m1"),
        ("https://listen.example/a?bbq=1", "https://listen.example/a?bbq=1&bb=m1"),
        ("https://listen.example/a?x#part?y", "https://listen.example/a?x&bb=m1#part?y"),
        ("https://[2001:db8::1]:8443/a", "https://[2001:db8::1]:8443/a?bb=m1"),
    ],
)
def test_the_marker_joins_the_query_and_the_rest_stays(link: str, tagged: str) -> None:
    assert tag_link(link, "m1") == tagged


@pytest.mark.parametrize(
    "link", ["", "listen.example/a", "javascript:alert(1)", "mailto:a@b.example", "https:///a"]
)
def test_what_is_no_web_link_is_refused(link: str) -> None:
    with pytest.raises(ValueError, match="no web link"):
        tag_link(link, "m1")


@given(query=words, fragment=words)
def test_tagging_again_replaces_the_marker(query: str, fragment: str) -> None:
    link = f"https://listen.example/a?{query}#{fragment}"
    twice = tag_link(tag_link(link, "m1"), "m2")
    assert twice == tag_link(link, "m2")
    assert urlsplit(twice).fragment == fragment

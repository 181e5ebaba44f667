from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.editorial.markdown import render


def test_the_highest_heading_becomes_an_h2_and_the_others_follow() -> None:
    assert re.findall("<h.>", render("# A\n## B\n###### C")) == ["<h2>", "<h3>", "<h6>"]
    assert re.findall("<h.>", render("### A\n#### B")) == ["<h2>", "<h3>"]


def test_html_is_shown_as_text() -> None:
    html = render("<script>alert(1)</script>\n\nA <b onclick='x'>word</b>")
    assert "<script" not in html
    assert "<b" not in html
    assert "&lt;script&gt;" in html


@pytest.mark.parametrize(
    "text",
    [
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt&#58;alert(1))",
        "[x](data:text/html,hi)",
        "<vbscript:x>",
        "![x](javascript:alert(1))",
    ],
)
def test_links_lead_only_to_pages_and_mail(text) -> None:
    assert not re.search(r"(href|src)=", render(text))


def test_links_do_not_lend_our_name() -> None:
    html = render("[a](https://example.org/)")
    assert html == '<p><a href="https://example.org/" rel="nofollow noopener">a</a></p>\n'


def test_pictures_of_elsewhere_are_put_in_words() -> None:
    assert render("![A cat](https://img.example.org/a.jpg)") == "<p>A cat</p>\n"


@pytest.mark.parametrize("source", ["/media/a.jpg", "a.jpg"])
def test_pictures_of_this_site_are_shown(source) -> None:
    assert f'src="{source}"' in render(f"![A cat]({source})")


@pytest.mark.parametrize(
    "source", ["http://img.example.org/a.jpg", "//img.example.org/a.jpg", "ftp:a.jpg"]
)
def test_other_pictures_give_their_words(source) -> None:
    assert render(f"![A <cat>]({source})") == "<p>A &lt;cat&gt;</p>\n"


def test_a_broken_address_breaks_nothing() -> None:
    assert "A cat" in render("![A cat](https://[::1)")


def test_tables_and_strikethrough_work() -> None:
    html = render("| a | b |\n|---|:-:|\n| 1 | ~~2~~ |")
    assert "<td>1</td>" in html
    assert "<s>2</s>" in html
    assert "style" not in html


def test_deep_nesting_ends() -> None:
    assert render(">" * 5_000 + "a")
    assert render("[" * 5_000)


SHOWN = re.compile(r"<(/?)([a-z0-9]+)([^>]*)>")


@given(st.text(alphabet=st.sampled_from("<>\"'&;:/()[]!#*`~|\\ \nabjsx=on"), max_size=80))
def test_whatever_is_typed_only_allowed_tags_come_out(text) -> None:
    for _, tag, attributes in SHOWN.findall(render(text)):
        assert tag not in {"script", "style", "iframe", "object", "svg", "form"}
        assert not re.search(r"\son\w+=", attributes)

"""Markdown to HTML that is safe to show: rendered once, when a post is saved."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.token import Token

# the page's own title is the h1
TOP_HEADING = 2
# an address without a scheme or a host: pages load nothing from elsewhere
OWN = re.compile(r"(?!//|[a-z][a-z0-9+.-]*:)", re.IGNORECASE)

TEXT_TAGS = {"p", "br", "hr", "h2", "h3", "h4", "h5", "h6", "em", "strong", "s", "a", "img"}
BLOCK_TAGS = {"blockquote", "ul", "ol", "li", "code", "pre"}
TABLE_TAGS = {"table", "thead", "tbody", "tr", "th", "td"}

cleaner = nh3.Cleaner(
    tags=TEXT_TAGS | BLOCK_TAGS | TABLE_TAGS,
    attributes={"a": {"href", "title"}, "img": {"src", "alt", "title"}, "ol": {"start"}},
    set_tag_attribute_values={"img": {"loading": "lazy"}},
    link_rel="nofollow noopener",
    url_schemes={"http", "https", "mailto"},
)


def render(text: str) -> str:
    """Render Markdown to clean HTML; its highest heading becomes an h2."""
    tokens = parser.parse(text)
    _shift_headings(tokens)
    html: str = parser.renderer.render(tokens, parser.options, {})
    return cleaner.clean(html)


def _shift_headings(tokens: Sequence[Token]) -> None:
    headings = [token for token in tokens if token.type in {"heading_open", "heading_close"}]
    levels = [int(token.tag[1]) for token in headings]
    for token, level in zip(headings, levels, strict=True):
        token.tag = f"h{min(6, level - min(levels) + TOP_HEADING)}"


def _image(renderer: Any, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    """Show pictures of this site; of any other show the words for it."""
    token = tokens[index]
    if OWN.match(str(token.attrGet("src") or "")):
        html: str = renderer.image(tokens, index, options, env)
        return html
    return escapeHtml(renderer.renderInlineAsText(token.children or [], options, env))


def _make_parser() -> MarkdownIt:
    made = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    made.add_render_rule("image", _image)
    return made


# making a parser costs more than most texts; it keeps nothing between two of them
parser = _make_parser()

"""Pages of the site with other links: the same words and pictures, other ways onward."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from html import escape
from html.parser import HTMLParser

# an address of the page, to the address that it shall have, or None for no link at all
Relink = Callable[[str], str | None]

# relations of <link> that a reader needs to see the page; others tell machines of it
NEEDED = frozenset({"icon", "stylesheet", "preload"})
SILENT_META = frozenset({"og:url"})


@dataclasses.dataclass(frozen=True)
class _Cut:
    start: int
    end: int
    put: str


class _Finder(HTMLParser):
    """Finds what is to be replaced; the rest of the page stays byte for byte."""

    def __init__(self, html: str, relink: Relink) -> None:
        super().__init__(convert_charrefs=False)
        self._lines = [0]
        for line in html.split("\n"):
            self._lines.append(self._lines[-1] + len(line) + 1)
        self._relink = relink
        self._script_from = -1
        self.cuts: list[_Cut] = []
        self.feed(html)
        self.close()

    def _here(self) -> int:
        line, column = self.getpos()
        return self._lines[line - 1] + column

    def _replace(self, put: str) -> None:
        start = self._here()
        self.cuts.append(_Cut(start, start + len(self.get_starttag_text() or ""), put))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag == "script":
            self._script_from = self._here()
        elif _is_for_machines(tag, named):
            self._replace("")
        elif tag == "a" and "href" in named:
            self._relink_anchor(named)
        elif tag == "form":
            self._replace('<form inert hidden action="#">')

    def handle_endtag(self, tag: str) -> None:
        if tag == "script" and self._script_from >= 0:
            end = self._here() + len("</script>")
            self.cuts.append(_Cut(self._script_from, end, ""))
            self._script_from = -1

    def _relink_anchor(self, named: dict[str, str | None]) -> None:
        old = named["href"] or ""
        new = self._relink(old)
        if new == old:
            return
        if new is None:
            named.pop("href")
        else:
            named["href"] = new
        attributes = "".join(
            f" {name}" if value is None else f' {name}="{escape(value)}"'
            for name, value in named.items()
        )
        self._replace(f"<a{attributes}>")


def _is_for_machines(tag: str, named: dict[str, str | None]) -> bool:
    if tag == "link":
        return NEEDED.isdisjoint((named.get("rel") or "").split())
    return tag == "meta" and named.get("property") in SILENT_META


def rewrite(html: str, relink: Relink) -> str:
    """Change every link of a page, and take out its scripts, its forms and what is for machines.

    ``relink`` gets each address as it stands and gives the one to put, or None for plain text.
    """
    parts = []
    end = 0
    for cut in sorted(_Finder(html, relink).cuts, key=lambda cut: cut.start):
        parts += [html[end : cut.start], cut.put]
        end = cut.end
    return "".join([*parts, html[end:]])


def main_of(html: str) -> str:
    """Take what stands in the page's <main>."""
    _before, _tag, rest = html.partition("<main")
    return rest.partition(">")[2].rpartition("</main>")[0]

"""The page that commands write their figures into, each between marks of its own."""

from __future__ import annotations

from pathlib import Path

PAGE = Path("docs/reference/targeting.md")


def write_figures(text: str, *, mark: str, heading: str, page: Path = PAGE) -> None:
    """Put the text between the marks; where there are none, they come last, under the heading."""
    start, end = f"<!-- {mark} -->", f"<!-- /{mark} -->"
    whole = page.read_text(encoding="utf-8") if page.exists() else "# Targeting\n"
    if start not in whole:
        whole = f"{whole.rstrip()}\n\n## {heading}\n\n{start}\n{end}\n"
    before, rest = whole.split(start, 1)
    _, after = rest.split(end, 1)
    page.write_text(f"{before}{start}\n{text}\n{end}{after}", encoding="utf-8")

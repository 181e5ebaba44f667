"""What was measured, as a page and as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from spokes.audiences.measuring.figures import Figures, best_at
from spokes.audiences.measuring.run import FIT, GENRE_AND_FIT, SIMPLE, Measured, Setting

MARK, HEADING = "listeners", "How right routing is on real listeners"
SPLITS = {
    "user": "Half of each listener's artists hidden",
    "artist": "Half of the artists hidden from all (none of their listeners is known)",
}
HEAD = (
    *("floor", "lift", "reached", "spokes on taste", "off taste", "lift by popularity alone"),
    *("unknown artists: lift", "reached", "simple threshold: lift"),
)


def markdown(measured: Iterable[Measured]) -> str:
    """Write a table for each split and number of spokes."""
    return "\n\n".join("\n".join(_section(one)) for one in measured)


def lines(measured: Iterable[Measured]) -> Iterator[str]:
    """Say the same in a terminal."""
    for one in measured:
        yield _title(one)
        for way in (FIT, GENRE_AND_FIT):
            yield f"  {_way(way)}"
            widths = [max(8, len(head)) for head in HEAD]
            yield "  " + "  ".join(head.rjust(w) for head, w in zip(HEAD, widths, strict=True))
            for row in _rows(one, way):
                yield "  " + "  ".join(cell.rjust(w) for cell, w in zip(row, widths, strict=True))
        yield ""


def _section(one: Measured) -> Iterator[str]:
    yield f"### {_title(one)}"
    for way in (FIT, GENRE_AND_FIT):
        yield ""
        yield f"{_way(way)}:"
        yield ""
        yield f"| {' | '.join(HEAD)} |"
        yield "|" + "---:|" * len(HEAD)
        for row in _rows(one, way):
            yield f"| {' | '.join(row)} |"


def _title(one: Measured) -> str:
    return (
        f"{SPLITS[one.split]}, {one.spokes} spokes ({one.users} listeners, "
        f"{one.posts:,.0f} posts, {one.cold_posts:,.0f} of them about unknown artists)"
    )


def _way(way: str) -> str:
    if way == FIT:
        return "Channels that take whatever fits"
    return "Channels that take what is of their genre and fits"


def _rows(one: Measured, way: str) -> Iterator[list[str]]:
    simple = list(one.curve(SIMPLE).values())
    for setting, figures in one.curve(way).items():
        yield _row(one, setting, figures, best_at(simple, figures.reached))


def _row(one: Measured, setting: Setting, figures: Figures, simple: Figures | None) -> list[str]:
    cold = one.cold[setting]
    return [
        f"{setting.floor:.2f}",
        f"{figures.lift:.2f}×",
        f"{figures.reached:.0%}",
        f"{figures.on_taste:.0%}",
        f"{figures.off_taste:.1f}",
        f"{one.control[setting].lift:.2f}×",
        f"{cold.lift:.2f}×",
        f"{cold.reached:.0%}",
        f"{simple.lift:.2f}×" if simple else "–",
    ]

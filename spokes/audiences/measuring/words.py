"""What was measured, as a page and as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from spokes.audiences.measuring.figures import Figures
from spokes.audiences.measuring.run import (
    FIT,
    FLOORS,
    GENRE_AND_FIT,
    REACHES,
    SETTINGS,
    SIMPLE,
    AtReach,
    Measured,
    Setting,
)

MARK, HEADING = "listeners", "How right routing is on real listeners"
SPLITS = {
    "user": "Half of each listener's artists hidden",
    "artist": "Half of the artists hidden from all (none of their listeners is known)",
}
HEAD = (
    *("floor", "lift", "reached", "spokes on taste", "off taste", "lift by popularity alone"),
    *("unknown artists: lift", "reached"),
)
AT_HEAD = ("lift when so many are reached", *(f"{reach:.0%}" for reach in REACHES))
WAYS = {
    FIT: "whatever fits",
    GENRE_AND_FIT: "what is of the genre and fits",
    SIMPLE: f"simple threshold, the best of {SETTINGS}",
}


def markdown(measured: Iterable[Measured]) -> str:
    """Write a table for each split and number of spokes."""
    return "\n\n".join("\n".join(_section(one)) for one in measured)


def lines(measured: Iterable[Measured]) -> Iterator[str]:
    """Say the same in a terminal."""
    for one in measured:
        yield _title(one)
        yield from _columns(AT_HEAD, _at_rows(one))
        for way in (FIT, GENRE_AND_FIT):
            yield f"  {_way(way)}"
            yield from _columns(HEAD, _rows(one, way))
        yield ""


def _section(one: Measured) -> Iterator[str]:
    yield f"### {_title(one)}"
    yield ""
    yield from _table(AT_HEAD, _at_rows(one))
    for way in (FIT, GENRE_AND_FIT):
        yield ""
        yield f"{_way(way)}:"
        yield ""
        yield from _table(HEAD, _rows(one, way))


def _table(head: tuple[str, ...], rows: Iterable[list[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield "|" + "---:|" * len(head)
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _columns(head: tuple[str, ...], rows: Iterable[list[str]]) -> Iterator[str]:
    listed = [list(head), *rows]
    widths = [max(len(cell) for cell in cells) for cells in zip(*listed, strict=True)]
    for row in listed:
        yield "  " + "  ".join(cell.rjust(w) for cell, w in zip(row, widths, strict=True))


def _title(one: Measured) -> str:
    return (
        f"{SPLITS[one.split]}, {one.spokes} spokes ({one.users} listeners, "
        f"{one.posts:,.0f} posts, {one.cold_posts:,.0f} of them about unknown artists)"
    )


def _way(way: str) -> str:
    if way == FIT:
        return "Channels that take whatever fits"
    return "Channels that take what is of their genre and fits"


def _at_rows(one: Measured) -> Iterator[list[str]]:
    yield from ([name, *_points(one.at[way])] for way, name in WAYS.items())
    # where all are unknown, it would be the same again
    if one.cold_posts < one.posts:
        for way, name in WAYS.items():
            yield [f"unknown artists: {name}", *_points(one.at_cold[way])]


def _points(points: dict[float, AtReach]) -> Iterator[str]:
    for reach in REACHES:
        at = points.get(reach)
        yield f"{at.mean:.2f}× ± {at.spread:.2f}" if at else "–"


def _rows(one: Measured, way: str) -> Iterator[list[str]]:
    for floor in FLOORS:
        setting = Setting(way, floor)
        yield _row(one, setting, one.all_posts[setting])


def _row(one: Measured, setting: Setting, figures: Figures) -> list[str]:
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
    ]

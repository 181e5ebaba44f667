"""A pattern for each spoke: a small SVG tile in two inks, chosen by its slug.

Spokes are told apart by it where colours are not seen, or not seen as different.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from urllib.parse import quote

from spokes.site.places import Place

# tiles are drawn on a square of this many units
SIDE = 48
# what an address in CSS need not escape
PLAIN = " ='/:,;()-"


def assign(places: Iterable[Place]) -> dict[str, str]:
    """Give each place a motif by its slug; none twice while there are enough.

    Older spokes choose first, so that a new one changes nobody's.
    """
    taken: dict[str, str] = {}
    names = list(MOTIFS)
    for place in sorted(places, key=lambda place: place.pk or 0):
        if place.is_hub:
            taken[place.slug] = HUB_MOTIF
            continue
        free = [name for name in names if name not in taken.values()] or names
        taken[place.slug] = free[_number(place.slug) % len(free)]
    return taken


def tile(motif: str, slug: str, ink: str, second: str) -> str:
    """Draw a motif as an SVG tile on nothing; ``ink`` and ``second`` are colours.

    How large it is, and how it is turned, comes from the slug.
    """
    number = _number(f"{slug}/{motif}")
    size = (40, 48, 56)[number % 3]
    turn = (0, 90, 180, 270)[number // 3 % 4] if motif not in UPRIGHT else 0
    drawing = (MOTIFS.get(motif) or _beats)(ink, second)
    turned = f"<g transform='rotate({turn} 24 24)'>{drawing}</g>" if turn else drawing
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{size}' height='{size}' "
        f"viewBox='0 0 {SIDE} {SIDE}'>{turned}</svg>"
    )


def css_address(svg: str) -> str:
    """Write a tile as an address that a style sheet can carry."""
    return f'url("data:image/svg+xml,{quote(svg, safe=PLAIN)}")'


def _number(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")


# --- the motifs -------------------------------------------------------------------------------


def _stripes(ink: str, second: str) -> str:
    return (
        f"<path d='M-12 12L12-12M-12 60L60-12M36 60L60 36' stroke='{ink}' stroke-width='12'/>"
        f"<path d='M-12 36L36-12M12 60L60 12' stroke='{second}' stroke-width='3'/>"
    )


def _dots(ink: str, second: str) -> str:
    return (
        f"<g fill='{ink}'><circle cx='12' cy='12' r='8'/><circle cx='36' cy='36' r='8'/></g>"
        f"<g fill='{second}'><circle cx='36' cy='12' r='3'/><circle cx='12' cy='36' r='3'/></g>"
    )


def _arcs(ink: str, second: str) -> str:
    return (
        f"<g fill='none' stroke-width='5'><g stroke='{ink}'><circle cx='0' cy='48' r='44'/>"
        f"<circle cx='0' cy='48' r='20'/></g><circle cx='0' cy='48' r='32' stroke='{second}'/></g>"
    )


def _waves(ink: str, second: str) -> str:
    wave = "q12-14 24 0t24 0t24 0"
    return (
        f"<g fill='none' stroke-width='5'><path d='M-12 12{wave}M-12 60{wave}' stroke='{ink}'/>"
        f"<path d='M-12 28{wave}' stroke='{second}'/><path d='M-12 44{wave}M-12-4{wave}' "
        f"stroke='{ink}'/></g>"
    )


def _checks(ink: str, second: str) -> str:
    return (
        f"<path d='M0 0h24v24H0zM24 24h24v24H24z' fill='{ink}'/>"
        f"<path d='M32 8h8v8h-8zM8 32h8v8H8z' fill='{second}'/>"
    )


def _rings(ink: str, second: str) -> str:
    return (
        f"<g fill='none' stroke='{ink}' stroke-width='4'><circle cx='24' cy='24' r='21'/>"
        f"<circle cx='24' cy='24' r='12'/></g><circle cx='24' cy='24' r='5' fill='{second}'/>"
    )


def _zigzag(ink: str, second: str) -> str:
    teeth = "l12-16l12 16l12-16l12 16l12-16"
    return (
        f"<g fill='none' stroke-width='6'><path d='M-6 24{teeth}' stroke='{ink}'/>"
        f"<path d='M-6 48{teeth}M-6 0{teeth}' stroke='{second}'/></g>"
    )


def _triangles(ink: str, second: str) -> str:
    return (
        f"<path d='M0 24L24 0v24zM24 48L48 24v24z' fill='{ink}'/>"
        f"<path d='M24 24L48 0v24z' fill='{second}'/>"
    )


def _crosses(ink: str, second: str) -> str:
    return (
        f"<path d='M12 3v18M3 12h18' stroke='{ink}' stroke-width='6'/>"
        f"<path d='M36 27v18M27 36h18' stroke='{second}' stroke-width='6'/>"
    )


def _levels(ink: str, second: str) -> str:
    return (
        f"<path d='M6 48V18M18 48V6M30 48V28M42 48V12' stroke='{ink}' stroke-width='7'/>"
        f"<path d='M6 14v-5M18 2v-2M30 24v-5M42 8V3' stroke='{second}' stroke-width='7'/>"
    )


def _halves(ink: str, second: str) -> str:
    return (
        f"<path d='M0 24a12 12 0 0 1 24 0zM24 48a12 12 0 0 1 24 0z' fill='{ink}'/>"
        f"<path d='M24 0a12 12 0 0 0 24 0zM0 24a12 12 0 0 0 24 0z' fill='{second}'/>"
    )


def _diamonds(ink: str, second: str) -> str:
    return (
        f"<path d='M24 0L48 24L24 48L0 24z' fill='{ink}'/>"
        f"<path d='M24 14L34 24L24 34L14 24z' fill='{second}'/>"
    )


def _keys(ink: str, second: str) -> str:
    return (
        f"<path d='M0 0v48M16 0v48M32 0v48' stroke='{second}' stroke-width='2'/>"
        f"<path d='M16 0v30M32 0v30' stroke='{ink}' stroke-width='9'/>"
    )


def _leaves(ink: str, second: str) -> str:
    return (
        f"<path d='M0 24A24 24 0 0 1 24 0A24 24 0 0 1 0 24z' fill='{ink}'/>"
        f"<path d='M48 24A24 24 0 0 1 24 48A24 24 0 0 1 48 24z' fill='{ink}'/>"
        f"<path d='M24 0A24 24 0 0 1 48 24A24 24 0 0 1 24 0z' fill='{second}'/>"
        f"<path d='M24 48A24 24 0 0 1 0 24A24 24 0 0 1 24 48z' fill='{second}'/>"
    )


def _bricks(ink: str, second: str) -> str:
    return (
        f"<path d='M2 4h44v16H2z' fill='{ink}'/>"
        f"<path d='M-22 28h44v16h-44zM26 28h44v16H26z' fill='{second}'/>"
    )


def _sparks(ink: str, second: str) -> str:
    return (
        f"<path d='M12 0q0 12 12 12q-12 0-12 12q0-12-12-12q12 0 12-12z' fill='{ink}'/>"
        f"<path d='M36 24q0 12 12 12q-12 0-12 12q0-12-12-12q12 0 12-12z' fill='{second}'/>"
    )


def _beats(ink: str, second: str) -> str:
    """Two and four are played louder than one and three."""
    return (
        f"<path d='M6 30v12M30 30v12' stroke='{second}' stroke-width='7'/>"
        f"<path d='M18 6v36M42 6v36' stroke='{ink}' stroke-width='7'/>"
    )


Motif = Callable[[str, str], str]
HUB_MOTIF = "beats"
MOTIFS: dict[str, Motif] = {
    "stripes": _stripes,
    "dots": _dots,
    "arcs": _arcs,
    "waves": _waves,
    "checks": _checks,
    "rings": _rings,
    "zigzag": _zigzag,
    "triangles": _triangles,
    "crosses": _crosses,
    "levels": _levels,
    "halves": _halves,
    "diamonds": _diamonds,
    "keys": _keys,
    "leaves": _leaves,
    "bricks": _bricks,
    "sparks": _sparks,
}
# these would make no sense on their side
UPRIGHT = frozenset({HUB_MOTIF, "levels", "keys", "bricks"})

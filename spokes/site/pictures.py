"""A publication's picture, with every size of it that is ready, as ``srcset`` wants them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from content.media.renditions import SPECS

# names of renditions by use, as their families begin: both are cut around the focal point
CARD_FAMILY = "card-"
WIDE_FAMILY = "wide-"
# pixels in width from which on a size of the card family serves a whole card, and up to which a
# small one; more would only make each card's markup longer
CARD_FROM = 640
SMALL_UP_TO = 640


@dataclasses.dataclass(frozen=True, slots=True)
class Picture:
    """A hero image; ``thumb``, ``card`` and ``wide`` are addresses, as good as sizes are ready.

    Each ``…_srcset`` lists the sizes for one use by their width in pixels; empty for none.
    """

    thumb: str
    card: str
    wide: str
    thumb_srcset: str
    card_srcset: str
    wide_srcset: str
    width: int
    height: int
    alt: str
    credit: str
    # classes of the stylesheet that keep the focal point in sight when the picture is cropped
    focus: str

    @classmethod
    def of(cls, hero: Mapping[str, Any]) -> Picture | None:
        """Make it of a publication's ``hero``; None for one without a picture."""
        if not hero.get("url"):
            return None
        ready: Mapping[str, str] = hero.get("renditions") or {}
        wide = ready.get("wide-1200", hero["url"])
        card = ready.get("card-640", wide)
        most = hero.get("width") or 0
        cards, wides = _sizes(ready, CARD_FAMILY, most), _sizes(ready, WIDE_FAMILY, most)
        small = {width: url for width, url in cards.items() if width <= SMALL_UP_TO}
        large = {width: url for width, url in cards.items() if width >= CARD_FROM}
        return cls(
            thumb=ready.get("card-320") or ready.get("thumb-320") or card,
            card=card,
            wide=wide,
            thumb_srcset=_spell(small) if len(small) > 1 else "",
            card_srcset=_spell(large or small or wides) if large != {CARD_FROM: card} else "",
            wide_srcset=_spell(wides),
            width=most,
            height=hero.get("height") or 0,
            alt=hero.get("alt") or "",
            credit=hero.get("credit") or "",
            # a rendition is cropped around the focal point already
            focus="" if card in ready.values() else _focus(hero),
        )


def _sizes(ready: Mapping[str, str], family: str, most: int) -> dict[int, str]:
    """Give a family by width; none is wider than the picture that it is made of."""
    return {
        min(SPECS[name].width, most or SPECS[name].width): url
        for name, url in ready.items()
        if name in SPECS and name.startswith(family)
    }


def _spell(sizes: Mapping[int, str]) -> str:
    """Write sizes as ``srcset`` wants them, smallest first."""
    # an address with a space or a comma would be read as two
    return ", ".join(
        f"{url.replace(' ', '%20').replace(',', '%2C')} {width}w"
        for width, url in sorted(sizes.items())
    )


def _focus(hero: Mapping[str, Any]) -> str:
    """Name the focal point in tenths: ``focus-x3 focus-y5``."""
    x, y = (min(max(float(hero.get(f"focal_{axis}", 0.5)), 0.0), 1.0) for axis in "xy")
    return f"focus-x{round(x * 10)} focus-y{round(y * 10)}"

from __future__ import annotations

import pytest

from spokes.site.colours import (
    DARK_PAPER,
    LIGHT_PAPER,
    READABLE_CONTRAST,
    contrast,
    readable,
    stylesheet,
)
from spokes.site.places import Place

COLOURS = ["#000000", "#ffffff", "#ffff00", "#e4572e", "#2a6f97", "#777777", "#f4d35e", "#00ff00"]


def test_black_on_white_has_the_greatest_contrast() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#777777") == 1


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("paper", [LIGHT_PAPER, DARK_PAPER])
def test_every_colour_becomes_readable(colour: str, paper: str) -> None:
    assert contrast(readable(colour, paper), paper) >= READABLE_CONTRAST


def test_a_colour_that_can_be_read_stays_as_it_is() -> None:
    assert readable("#2a6f97", LIGHT_PAPER) == "#2a6f97"


def test_nothing_but_a_colour_gets_into_the_stylesheet() -> None:
    evil = Place(1, 1, "jazz", "Jazz", "red}body{display:none", "")
    assert "display" not in stylesheet([evil])


def test_each_place_has_its_class() -> None:
    written = stylesheet([Place(1, 1, "jazz", "Jazz", "#f4d35e", "")])
    assert ".spoke-1{--spoke:#f4d35e;--on-spoke:#111111;" in written

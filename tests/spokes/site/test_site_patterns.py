from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from spokes.site.colours import READABLE_CONTRAST, contrast, ink_on, stylesheet
from spokes.site.patterns import HUB_MOTIF, MOTIFS, assign, css_address, tile
from spokes.site.places import Place

HUB = Place(None, None, "hub", "Backbeat", "#d6336c", "")


def spokes(count: int) -> list[Place]:
    return [
        Place(number, number, f"genre-{number}", f"Genre {number}", "#2a6f97", "")
        for number in range(1, count + 1)
    ]


def test_no_two_spokes_share_a_pattern_while_there_are_enough() -> None:
    motifs = assign([HUB, *spokes(len(MOTIFS))])
    assert sorted(motifs.values()) == sorted([HUB_MOTIF, *MOTIFS])


def test_a_new_spoke_changes_nobodys_pattern() -> None:
    before, after = assign([HUB, *spokes(10)]), assign([HUB, *reversed(spokes(11))])
    assert {slug: after[slug] for slug in before} == before


def test_there_are_patterns_for_more_spokes_than_motifs() -> None:
    assert len(assign(spokes(3 * len(MOTIFS)))) == 3 * len(MOTIFS)


@pytest.mark.parametrize("motif", [*MOTIFS, HUB_MOTIF])
def test_a_tile_is_a_small_picture(motif: str) -> None:
    drawn = tile(motif, "jazz", "#112233", "#445566")
    assert ET.fromstring(drawn).tag == "{http://www.w3.org/2000/svg}svg"
    assert "#112233" in drawn
    assert len(css_address(drawn)) < 700


@pytest.mark.parametrize("motif", [*MOTIFS, HUB_MOTIF])
def test_a_tile_can_stand_in_a_style_sheet(motif: str) -> None:
    inside = css_address(tile(motif, "jazz", "#112233", "#445566"))[len('url("') : -len('")')]
    assert not set(inside) & set('"\\<>#\n')


def test_each_place_has_its_pattern() -> None:
    written = stylesheet([HUB, *spokes(3)])
    assert written.count('--pattern:url("data:image/svg+xml,') == 4


@pytest.mark.parametrize("grey", range(0, 256, 5))
def test_words_on_any_colour_can_be_read(grey: int) -> None:
    colour = f"#{grey:02x}{grey:02x}{grey:02x}"
    assert contrast(ink_on(colour), colour) >= READABLE_CONTRAST

from __future__ import annotations

import io

import pytest
from PIL import Image

from content.editorial.models import PostKind
from hub.demo.artwork import AT_HOME, MOTIFS, Motif, draw, motifs_for
from hub.demo.artwork.canvas import HEIGHT, MAX_BYTES, WIDTH
from hub.demo.artwork.palette import name_of

ALL = sorted(
    {motif for motifs in (*MOTIFS.values(), *AT_HOME.values()) for motif in motifs},
    key=lambda motif: motif.__name__,
)


@pytest.mark.parametrize("motif", ALL, ids=lambda motif: motif.__name__)
def test_a_motif_draws_a_small_file_and_says_what_it_shows(motif: Motif) -> None:
    picture = draw(motif=motif, colour="#6d28d9", seed=3)
    image = Image.open(io.BytesIO(picture.jpeg))
    assert image.size == (WIDTH, HEIGHT)
    assert len(picture.jpeg) <= MAX_BYTES
    assert picture.alt_text.endswith(".")
    assert len(picture.alt_text) > 30


def test_the_same_seed_draws_the_same_bytes_and_another_seed_others() -> None:
    motif = MOTIFS["playlist"][0]
    first, again, other = (
        draw(motif=motif, colour="#1d4ed8", seed=seed).jpeg for seed in (1, 1, 2)
    )
    assert first == again
    assert first != other


def test_every_kind_of_post_has_motifs() -> None:
    assert set(MOTIFS) == set(PostKind.values)
    assert all(len(motifs_for(kind=kind, spoke="pop")) >= 3 for kind in PostKind.values)


@pytest.mark.parametrize(
    ("colour", "name"),
    [
        ((255, 255, 250), "cream"),
        ((120, 120, 122), "grey"),
        ((220, 30, 30), "red"),
        ((20, 20, 90), "dark blue"),
        ((150, 230, 160), "light green"),
    ],
)
def test_colours_are_called_what_people_call_them(colour: tuple[int, int, int], name: str) -> None:
    assert name_of(colour) == name

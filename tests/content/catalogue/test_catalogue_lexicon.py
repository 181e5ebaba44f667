from __future__ import annotations

import pytest

from content.catalogue.lexicon import Strength, lexicon

# "melbourne bounce" is a sound of clubs; the music by that name is the hip hop of New Orleans
OTHERWISE = {"bounce"}


@pytest.mark.parametrize("more", ["music", "s"])
def test_a_word_means_the_same_with_music_behind_it_and_in_the_plural(more: str) -> None:
    senses = lexicon().senses
    strong = {key for key, sense in senses.items() if sense.strength is Strength.STRONG}
    pairs = {key: f"{key}{more}" for key in strong - OTHERWISE if f"{key}{more}" in strong}
    assert pairs
    assert {
        key: (senses[key].chain, senses[longer].chain)
        for key, longer in pairs.items()
        if senses[key].chain[0] != senses[longer].chain[0]
    } == {}

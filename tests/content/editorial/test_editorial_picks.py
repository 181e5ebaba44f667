"""What an editor says of a post's genres comes to shares that are the whole post."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.editorial.picks import merge_picks, problems_of_picks, share_out

percents = st.none() | st.integers(1, 100)
picks = st.dictionaries(st.integers(1, 8), percents, min_size=1, max_size=8)
fit_to_store = picks.filter(lambda one: not problems_of_picks({str(k): p for k, p in one.items()}))


@pytest.mark.parametrize(
    ("said", "shares"),
    [
        ({1: 60, 2: 40}, {1: 0.6, 2: 0.4}),
        ({1: 60, 2: None, 3: None}, {1: 0.6, 2: 0.2, 3: 0.2}),
        ({1: None, 2: None}, {1: 0.5, 2: 0.5}),
        ({1: 30}, {1: 1.0}),
        ({1: 60, 2: 20}, {1: 0.75, 2: 0.25}),
    ],
)
def test_what_is_left_goes_to_the_empty_ones(said, shares) -> None:
    assert share_out(said) == pytest.approx(shares)


@given(picks)
def test_shares_are_the_whole_post_whatever_is_typed(said) -> None:
    assert sum(share_out(said).values()) == pytest.approx(1)


@given(fit_to_store)
def test_what_is_fit_to_store_gives_every_genre_a_part(said) -> None:
    assert all(share > 0 for share in share_out(said).values())


@given(fit_to_store, st.data())
def test_what_a_gone_genre_or_a_merge_leaves_is_fit_to_store(said, data) -> None:
    genre, into = data.draw(st.sampled_from(sorted(said))), data.draw(st.integers(1, 9))
    kept = {pk: percent for pk, percent in said.items() if pk != genre}
    assert not problems_of_picks({str(pk): percent for pk, percent in kept.items()})
    if genre != into:
        merged = merge_picks(said, genre=genre, into=into)
        assert set(merged) == {*kept, into}
        assert not problems_of_picks({str(pk): percent for pk, percent in merged.items()})


@pytest.mark.parametrize(
    ("said", "merged"),
    [
        ({1: 30, 2: 20, 3: 50}, {2: 50, 3: 50}),
        ({1: None, 2: 40, 3: None}, {2: 70, 3: None}),
        ({1: None, 2: None, 3: 50}, {2: None, 3: 50}),
        ({1: 30, 3: None}, {2: 30, 3: None}),
        ({1: 90, 2: 90}, {2: 100}),
    ],
)
def test_two_shares_of_one_genre_are_added(said, merged) -> None:
    assert merge_picks(said, genre=1, into=2) == merged


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        (
            {"Country": 60, "Rap": 50},
            "These shares add up to 110 percent; 100 is the most.",
        ),
        (
            {"Country": 100, "Rap": None, "Folk": None},
            "The other shares are 100 percent already: nothing is left for Rap and Folk.",
        ),
        (
            {"Country": 0},
            "The share of Country must be a whole number from 1 to 100, or empty.",
        ),
        (
            {"Country": 33.3},
            "The share of Country must be a whole number from 1 to 100, or empty.",
        ),
    ],
)
def test_what_can_not_be_is_said_in_the_readers_words(said, problem) -> None:
    assert problems_of_picks(said) == [problem]

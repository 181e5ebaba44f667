from __future__ import annotations

import pytest

from content.editorial.models import Post, PostKind
from hub.demo.material import load_material
from hub.demo.writer import Draft, Writer


def write(count: int = 200, seed: int = 1) -> list[Draft]:
    return Writer(load_material(), seed=seed, year=2026).drafts(count)


@pytest.fixture(scope="module")
def drafts() -> list[Draft]:
    return write()


@pytest.mark.parametrize("count", [20, 200, 600])
def test_no_two_posts_have_the_same_title(count: int) -> None:
    titles = {draft.title for draft in write(count)}
    assert len(titles) == count


def test_the_same_seed_writes_the_same_posts(drafts: list[Draft]) -> None:
    assert write() == drafts


def test_another_seed_writes_other_posts(drafts: list[Draft]) -> None:
    assert {draft.title for draft in write(seed=2)} != {draft.title for draft in drafts}


def test_every_kind_and_every_desk_has_its_share(drafts: list[Draft]) -> None:
    assert {draft.kind for draft in drafts} == set(PostKind.values)
    desks = [draft.spoke.name for draft in drafts]
    assert min(desks.count(name) for name in set(desks)) >= 8
    assert len(set(desks)) == len(load_material().spokes)


def test_all_words_are_filled_in_and_fit_their_fields(drafts: list[Draft]) -> None:
    for draft in drafts:
        text = f"{draft.title}\n{draft.teaser}\n{draft.body}"
        assert not {"{", "}"} & set(text), draft.title
        assert len(draft.title) <= 200
        assert 0 < len(draft.teaser) <= 500
        assert len(draft.body) > 120
    assert Post._meta.get_field("teaser").max_length == 500


def test_a_post_says_the_fact_about_its_record_once(drafts: list[Draft]) -> None:
    for draft in drafts:
        text = f"{draft.teaser}\n{draft.body}"
        for record in draft.records[:1]:
            assert text.count(record.note) <= 1, draft.title


def test_a_made_up_night_says_that_it_is_one(drafts: list[Draft]) -> None:
    tours = [draft for draft in drafts if draft.kind == "tour"]
    assert tours
    for draft in tours:
        assert any(word in draft.body for word in ("emo event", "made-up", "Demo event"))


def test_an_explicit_record_makes_the_post_explicit(drafts: list[Draft]) -> None:
    for draft in drafts:
        assert draft.explicit == any(record.explicit for record in draft.records)
    assert any(draft.explicit for draft in drafts)


def test_no_record_is_presented_twice(drafts: list[Draft]) -> None:
    by_hand = {post.title for post in load_material().authored}
    releases = [d for d in drafts if d.kind == "release" and d.title not in by_hand]
    records = [draft.records[0] for draft in releases]
    assert len(set(records)) == len(records)

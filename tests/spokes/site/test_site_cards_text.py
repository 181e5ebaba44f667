"""Texts on card images: whatever a title is written in, it fits, in order, without boxes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from PIL import Image, ImageChops

from spokes.site.cards import fonts
from spokes.site.cards.fitting import ELLIPSIS, Block, Room, fit
from spokes.site.cards.fonts import Style, Weight, choose, has_glyph
from spokes.site.cards.lines import (
    atoms,
    clusters,
    lay_line,
    levels,
    reads_right_to_left,
    tidy,
)

BOLD = Style(Weight.BOLD)
ROOM = Room(width=600, height=320, largest=96, smallest=28, most_lines=6)
TITLES = {
    "short": "Go",
    "long": "The quiet return of the tenor trio, " * 5 + "and more of it",
    "one word": "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichenverleihung",
    "no spaces": "x" * 200,
    "japanese": "坂本龍一の未発表音源、静かな夜の「ピアノと電子音」がリリースへ──東京公演も決定",
    "arabic": "ليلة موسيقى الجاز في القاهرة 2026: عودة (The Lanterns) إلى المسرح الكبير",
    "hebrew": "הופעה חיה בתל אביב: 12 שירים חדשים, אחד מהם עם DJ Koze",
    "thai": "เทศกาลดนตรีแจ๊สกรุงเทพฯ กลับมาอีกครั้งพร้อมศิลปินกว่าห้าสิบคน",
    "hindi": "मुंबई में शास्त्रीय संगीत की एक शाम: नए रागों का उत्सव",
    "emoji": "🔥 Summer mix 👩🏽‍🎤🎷: 10 tracks 🏖️ 🇧🇷❤️",
    "marks": "Z" + "\u0301\u0316\u0334\u0489" * 20 + "algo rises",
    "all at once": "東京 & القاهرة & Łódź 🎷 №1 — Sigur Rós",
}


def ink_box(block: Block, room: Room) -> tuple[int, int, int, int] | None:
    """Draw with a wide margin all round; gives where ink is, from the corner of the room."""
    margin = 200
    size = (round(room.width) + 2 * margin, round(room.height) + 2 * margin)
    image = Image.new("RGB", size, "black")
    block.draw(image, (margin, margin), width=room.width, ink="#ffffff")
    box = image.getbbox()
    return box and (box[0] - margin, box[1] - margin, box[2] - margin, box[3] - margin)


def assert_fits(block: Block, room: Room) -> None:
    box = ink_box(block, room)
    if box:
        # a stroke may reach a little over the advance of its sign
        assert box[0] >= -6
        assert box[1] >= -3
        assert box[2] <= room.width + 6
        assert box[3] <= room.height + 3


@pytest.mark.parametrize("title", TITLES.values(), ids=TITLES)
def test_every_title_fits_by_its_ink(title) -> None:
    block = fit(title, BOLD, ROOM)
    assert block.lines
    assert len(block.lines) <= ROOM.most_lines
    assert ROOM.smallest <= block.size <= ROOM.largest
    assert_fits(block, ROOM)


@hypothesis_settings(max_examples=60)
@given(st.text(max_size=200))
def test_anything_at_all_fits(text) -> None:
    room = Room(width=300, height=150, largest=60, smallest=20, most_lines=4, step=10)
    block = fit(text, BOLD, room)
    assert len(block.lines) <= room.most_lines
    assert block.width <= room.width * 1.01
    assert block.height <= room.height or len(block.lines) == 1


def test_a_short_title_is_larger_than_a_long_one() -> None:
    assert fit("Go", BOLD, ROOM).size == ROOM.largest
    assert fit(TITLES["long"], BOLD, ROOM).size < 50


def test_lines_are_about_as_long_as_each_other() -> None:
    block = fit("The quiet return of the tenor trio", BOLD, Room(700, 400, 90, 90))
    widths = [line.width for line in block.lines]
    assert len(widths) == 3
    assert min(widths) > 0.7 * max(widths)


def test_what_is_too_long_ends_in_an_ellipsis() -> None:
    block = fit("word " * 100, BOLD, Room(300, 90, 30, 28, most_lines=2))
    assert len(block.lines) == 2
    assert block.lines[-1].runs[-1].text.endswith(ELLIPSIS)


def test_nothing_takes_no_room() -> None:
    block = fit("  ", BOLD, ROOM)
    assert (block.width, block.height) == (0, 0)


def test_what_reads_from_the_right_stands_on_the_right() -> None:
    left = ink_box(fit("Jazz", BOLD, Room(600, 90, 60, 60)), ROOM)
    right = ink_box(fit("جاز", BOLD, Room(600, 90, 60, 60)), ROOM)
    assert left[0] < 20
    assert right[2] > 580


# --- signs ---------------------------------------------------------------------------------------


def test_signs_that_belong_together_are_one() -> None:
    assert clusters("e\u0301a") == ["e\u0301", "a"]
    assert clusters("👩🏽‍🎤x") == ["👩🏽‍🎤", "x"]
    assert clusters("🇧🇷🇩🇪") == ["🇧🇷", "🇩🇪"]


def test_no_sign_carries_a_tower_of_marks() -> None:
    assert len(clusters("Z" + "\u0301" * 50)[0]) == 1 + fonts.MOST_MARKS


def test_orders_to_the_direction_are_dropped() -> None:
    assert tidy("a\u202eb \n c") == "ab c"


def test_every_machine_has_latin_greek_and_cyrillic() -> None:
    face = fonts.base_faces(Weight.BOLD)[0]
    assert all(has_glyph(face, sign) for sign in "AzßŁđỗΩЖ—“”…&")


def test_pillows_own_font_stands_in_for_the_consoles(monkeypatch) -> None:
    monkeypatch.setattr(fonts.finders, "find", lambda path: None)
    fonts.base_faces.cache_clear()
    try:
        assert fonts.base_faces(Weight.BOLD) == (fonts.PILLOWS_OWN,)
        assert_fits(fit("Blue Note Revisited", Style(Weight.BOLD, "en-x-own"), ROOM), ROOM)
    finally:
        fonts.base_faces.cache_clear()


@pytest.fixture
def bare_machine(monkeypatch):
    """A machine without a single font in its folders."""
    caches = (fonts.system_files, fonts.ranked_files, fonts.emoji_faces, fonts.choose)
    monkeypatch.setattr(fonts, "FOLDERS", ())
    monkeypatch.setenv("XDG_DATA_DIRS", "")
    for cache in caches:
        cache.cache_clear()
    yield
    for cache in caches:
        cache.cache_clear()


def test_without_a_font_for_them_signs_are_spelt_out(bare_machine) -> None:
    for cluster in ("東", "ج", "🎷"):
        face, drawn = choose(cluster, BOLD)
        assert drawn.isascii()
        assert all(has_glyph(face, sign) for sign in drawn)


@pytest.mark.parametrize("title", TITLES.values(), ids=TITLES)
def test_on_a_bare_machine_titles_fit_too(bare_machine, title) -> None:
    assert_fits(fit(title, BOLD, ROOM), ROOM)


@given(st.characters(exclude_categories=["Cs", "Cc"]))
def test_no_sign_is_drawn_as_a_box(sign) -> None:
    face, drawn = choose(sign, BOLD)
    assert all(has_glyph(face, part) for part in drawn)


@pytest.mark.skipif(not fonts.emoji_faces(), reason="no colour font on this machine")
def test_emoji_are_in_colour() -> None:
    image = Image.new("RGB", (100, 100), "white")
    fit("🔥", BOLD, Room(90, 90, 60, 60)).draw(image, (5, 5), width=90, ink="#000000")
    red, _, blue = image.split()
    assert ImageChops.difference(red, blue).getbbox()


# --- direction -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "rtl"), [("Jazz", False), ("12 جاز", True), ("…", False), ("«שיר» x", True)]
)
def test_the_first_letter_decides_the_direction(text, rtl) -> None:
    assert reads_right_to_left(text) is rtl


@pytest.mark.parametrize(
    ("text", "rtl", "expected"),
    [
        ("ab גד", False, [0, 0, 0, 1, 1]),
        ("אב 12 ab", True, [1, 1, 1, 2, 2, 1, 2, 2]),
        ("ab אב 12", False, [0, 0, 0, 1, 1, 1, 2, 2]),
        ("ab 12", False, [0] * 5),
        ("", True, []),
    ],
)
def test_levels_are_those_of_the_unicode_algorithm(text, rtl, expected) -> None:
    assert levels(list(text), rtl) == expected


def test_runs_stand_in_the_order_of_the_eye() -> None:
    line = lay_line("one שתים 3 four", BOLD, rtl=False)
    assert [run.text.strip() for run in line.runs if run.text.strip()] == [
        "one",
        "3",
        "שתים",
        "four",
    ]
    line = lay_line("שתים one ארבע", BOLD, rtl=True)
    assert [run.text.strip() for run in line.runs if run.text.strip()] == ["ארבע", "one", "שתים"]


# --- where a line may end ------------------------------------------------------------------------


def test_a_line_may_end_between_han_signs_but_not_before_a_full_stop() -> None:
    assert [atom.text for atom in atoms("東京、公演。")] == ["東", "京、", "公", "演。"]
    assert [atom.text for atom in atoms("「夜」と")] == ["「夜」", "と"]


def test_a_small_kana_and_a_long_vowel_stay_with_the_one_before() -> None:
    assert [atom.text for atom in atoms("リリース")] == ["リ", "リー", "ス"]
    assert [atom.text for atom in atoms("ショパン")] == ["ショ", "パ", "ン"]


def test_words_in_latin_stay_whole_and_part_after_a_dash() -> None:
    assert [atom.text for atom in atoms("hip-hop and R&B")] == ["hip-", "hop", "and", "R&B"]
    assert [atom.spaced for atom in atoms("hip-hop and")] == [False, False, True]

from __future__ import annotations

import json
from collections import Counter
from io import StringIO
from pathlib import Path

import pytest
import yaml
from django.core.management import CommandError, call_command

from content.catalogue.actions import add_genre
from content.catalogue.certainty import Doubt
from content.catalogue.expected import Expected
from content.catalogue.lexicon import GENRE_WORDS
from content.catalogue.measure import measure, measure_endings
from content.catalogue.models import Genre
from content.catalogue.resolver import Resolver
from content.catalogue.starter import STARTER_GENRES, plant_starter_genres

DATA = Path(__file__).parent / "data"


@pytest.mark.django_db
def test_names_that_nobody_tuned_on_are_mostly_resolved_and_rightly() -> None:
    figures = json.loads(_run(DATA / "names_held_out.csv", "--json"))
    assert figures["graph"] == "the starter graph"
    assert (figures["names"], figures["unknown_roots"]) == (240, {})
    assert figures["resolved"] > 0.85
    assert figures["right"] > 0.92
    assert not Genre.objects.exists()


@pytest.mark.django_db
def test_names_that_were_drawn_after_the_mending_are_understood_as_well() -> None:
    figures = json.loads(_run(DATA / "names_unseen.csv", "--json"))
    assert (figures["names"], figures["unknown_roots"]) == (303, {})
    assert figures["resolved"] > 0.9
    # strictly: by the first of several roots that would all be right
    assert figures["strictly"] > 0.92


@pytest.mark.django_db
def test_who_knows_fewer_words_leaves_more_for_a_person_and_is_not_more_often_wrong() -> None:
    figures = json.loads(_run(DATA / "names_held_out.csv", "--json", "--seed", "5"))
    [(split, halves)] = figures["crossed"].items()
    assert (split, len(halves)) == ("half (seed 5)", 2)
    for half in halves.values():
        assert half["taught_by_others"]["resolved"] < half["whole"]["resolved"]
        assert half["taught_by_others"]["right"] > 0.85


@pytest.mark.django_db
def test_what_is_said_to_be_sure_is_right_about_as_often() -> None:
    figures = json.loads(_run(DATA / "names_unseen.csv", "--json"))
    for band in figures["by_confidence"]:
        if band["of"] >= 20:
            assert band["right"] / band["of"] > band["stated"] - 0.05


@pytest.mark.django_db
def test_the_ends_of_words_are_counted_on_the_words_that_are_known() -> None:
    plant_starter_genres(actor=None)
    counts = measure_endings(Resolver.load())
    right = {doubt: hits / of for (_, doubt), (hits, of) in counts.items()}
    assert right[Doubt.STRANGE] > 0.85
    # "nightcore" is no punk
    assert right[Doubt.WEAK] < 0.6


@pytest.mark.django_db
def test_the_figures_count_by_number_and_by_weight() -> None:
    rock = add_genre(name="Rock")
    punk = add_genre(name="Punk", parents=[rock])
    add_genre(name="Jazz")
    rows = [
        Expected("punk", "rock", 6.0),
        Expected("rock", "punk", 1.0),
        Expected("atl jazz", "jazz", 2.0),
        Expected("xyzzy", "jazz", 1.0),
        Expected("jazz", "polka", 0.0),
    ]
    measured = measure(rows, Resolver.load(), threshold=0.5)
    assert (measured.names.number, measured.names.weight) == (5, 10.0)
    assert measured.exact.of(measured.names) == (0.6, 0.7)
    assert measured.resolved.of(measured.names) == (0.8, 0.9)
    assert measured.right.of(measured.resolved) == (0.5, pytest.approx(8 / 9))
    assert measured.unresolved.of(measured.names) == (0.2, 0.1)
    assert measured.unknown_roots == {"polka": 1}
    assert [wrong.name for wrong in measured.wrong] == ["rock", "jazz"]
    assert punk.pk != rock.pk


@pytest.mark.django_db
def test_an_answer_less_sure_than_the_threshold_is_left_for_a_person() -> None:
    add_genre(name="Jazz")
    measured = measure([Expected("atl jazz", "jazz")], Resolver.load(), threshold=1.0)
    assert (measured.resolved.number, measured.unresolved.number) == (0, 1)


@pytest.mark.django_db
def test_the_command_says_what_was_wrong_and_writes_between_its_marks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_genre(name="Rock")
    add_genre(name="Jazz")
    names = tmp_path / "names.csv"
    names.write_text("uk rock,rock,3\nuk jazz,rock,1\n")
    (tmp_path / "docs/reference").mkdir(parents=True)
    page = tmp_path / "docs/reference/targeting.md"
    page.write_text("# Targeting\n\nBefore.\n")
    monkeypatch.chdir(tmp_path)
    told = _run(names, "--write")
    assert "right   50.0%   weighted  75.0%" in told
    assert "wrong: uk jazz → Jazz (by “jazz”), expected rock" in told
    _run(names, "--write")
    text = page.read_text()
    assert text.startswith("# Targeting\n\nBefore.\n")
    assert text.count("| right, of those resolved | 50.0% | 75.0% |") == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("only a name\n", "line 1: write name, expected root"),
        ("name,root\nrap,hip hop,many\n", "line 2: write name, expected root"),
        ("rap,hip hop\nrock,rock,-1\n", "line 2: write name, expected root"),
        ("rap,hip hop\nrock,rock,nan\n", "line 2: write name, expected root"),
        ("rap,hip hop\n,rock\n", "line 2: write name, expected root"),
        ("", "line 1: there are no names"),
        ("\ufeff\n", "line 1: there are no names"),
        ("name,expected root\n", "line 1: there are no names"),
        ("name\nrap\n", "line 1: there is no column “expected root”"),
        ("artists,expected root\n7,hip hop\n", "line 1: there is no column “name”"),
        ('name,root\n"rap,hip\x00 hop\n', "line 2"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(tmp_path: Path, text: str, told: str) -> None:
    names = tmp_path / "names.csv"
    names.write_text(text)
    with pytest.raises(CommandError, match=told):
        _run(names)


@pytest.mark.django_db
def test_names_in_another_encoding_are_refused_with_their_line(tmp_path: Path) -> None:
    names = tmp_path / "names.csv"
    names.write_bytes("rap,hip hop\nforró,latin\n".encode("latin-1"))
    with pytest.raises(CommandError, match=r"line 2"):
        _run(names)


@pytest.mark.django_db
def test_a_mark_of_byte_order_and_other_columns_do_no_harm(tmp_path: Path) -> None:
    add_genre(name="Rock")
    names = tmp_path / "names.csv"
    names.write_text("\ufeffcolour,Root,artists,name\nred,rock,7,uk rock\n", encoding="utf-8")
    figures = json.loads(_run(names, "--json"))
    assert (figures["names"], figures["weight"], figures["right"]) == (1, 7.0, 1.0)


@pytest.mark.django_db
def test_lines_that_cannot_count_are_told_and_the_others_are_measured(tmp_path: Path) -> None:
    add_genre(name="Rock")
    add_genre(name="Jazz")
    names = tmp_path / "names.csv"
    names.write_text("uk rock,rock\nUK Rock,rock\nuk rock,jazz\nuk jazz,polka\n")
    errors = StringIO()
    figures = json.loads(_run(names, "--json", stderr=errors))
    assert (figures["names"], figures["unknown_roots"]) == (2, {"polka": 1})
    told = errors.getvalue()
    assert "line 2: “UK Rock” stood in line 1 already; it counts once." in told
    assert "line 3: “uk rock” stood in line 1 with another root, “rock”; that one counts." in told
    assert "line 4: no genre here is “polka”" in told


@pytest.mark.django_db
@pytest.mark.parametrize("either", ["jazz | rock", "Jazz / Rock", "Jazz & Rock", "jazz and rock"])
def test_any_of_several_expected_roots_is_right(tmp_path: Path, either: str) -> None:
    add_genre(name="Rock")
    add_genre(name="Jazz")
    names = tmp_path / "names.csv"
    names.write_text(f"uk rock,{either}\nuk jazz,{either}\n")
    figures = json.loads(_run(names, "--json"))
    assert (figures["right"], figures["strictly"]) == (1.0, 0.5)


def test_no_word_of_the_lexicon_has_two_meanings() -> None:
    data = yaml.safe_load(GENRE_WORDS.read_text(encoding="utf-8"))
    counted = Counter(
        word.strip()
        for section in ("strong", "makers")
        for words in data[section].values()
        for word in words.split(",")
    )
    assert [word for word, count in counted.items() if count > 1 or not word] == []


def test_every_starter_genre_says_something_of_itself() -> None:
    rows = yaml.safe_load(STARTER_GENRES.read_text(encoding="utf-8"))
    assert all(row["about"].strip() for row in rows)


def _run(path: Path, *options: str, stderr: StringIO | None = None) -> str:
    out = StringIO()
    call_command("measure_resolver", str(path), *options, stdout=out, stderr=stderr or StringIO())
    return out.getvalue()

from __future__ import annotations

import json
from collections import Counter
from io import StringIO
from pathlib import Path

import pytest
import yaml
from django.core.management import CommandError, call_command

from content.catalogue.actions import add_genre
from content.catalogue.lexicon import GENRE_WORDS
from content.catalogue.measure import Expected, measure
from content.catalogue.models import Genre
from content.catalogue.resolver import Resolver
from content.catalogue.starter import STARTER_GENRES

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
@pytest.mark.parametrize("text", ["only a name\n", "name,root\nrap,hip hop,many\n"])
def test_a_line_that_cannot_be_read_is_named(tmp_path: Path, text: str) -> None:
    names = tmp_path / "names.csv"
    names.write_text(text)
    with pytest.raises(CommandError, match=r"line \d"):
        _run(names)


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


def _run(path: Path, *options: str) -> str:
    out = StringIO()
    call_command("measure_resolver", str(path), *options, stdout=out)
    return out.getvalue()

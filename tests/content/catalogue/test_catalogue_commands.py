from __future__ import annotations

from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from content.catalogue.models import Artist, Genre

pytestmark = pytest.mark.django_db

MakeFile = Callable[..., Path]


def run(command: str, path: Path, *options: str) -> list[str]:
    out = StringIO()
    call_command(command, str(path), *options, stdout=out)
    return out.getvalue().splitlines()


def test_genres_are_imported_with_a_summary(make_file: MakeFile) -> None:
    path = make_file("tree.yaml", "- rock:", "    - punk", "    - ''")
    assert run("import_genres", path) == [
        "line 3: The name is empty.",
        "genres: 2 added, 0 changed, 0 unchanged",
        "links: 1 added, 0 changed, 0 unchanged",
        "aliases: 0 added, 0 changed, 0 unchanged",
        "bad rows: 1",
    ]


def test_a_catalogue_is_imported_with_a_summary(make_file: MakeFile) -> None:
    path = make_file("a.csv", "artist,title", "Aya,One", "Aya,Two")
    assert run("import_catalogue", path) == [
        "artists: 1 added, 0 changed, 0 unchanged",
        "tracks: 2 added, 0 changed, 0 unchanged",
        "genre names new in the queue: 0",
        "bad rows: 0",
    ]


def test_a_dry_run_says_so_and_keeps_nothing(make_file: MakeFile) -> None:
    assert run("import_genres", make_file("a.csv", "name", "rock"), "--dry-run")[-1] == (
        "Dry run: nothing was kept."
    )
    run("import_catalogue", make_file("b.csv", "artist,title", "Aya,One"), "--dry-run")
    assert not Genre.objects.exists()
    assert not Artist.objects.exists()


@pytest.mark.parametrize("command", ["import_genres", "import_catalogue"])
def test_a_file_that_is_not_there_fails_the_command(command: str, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No such file"):
        run(command, tmp_path / "none.csv")


@pytest.mark.parametrize("options", [[], ["--no-progress"]])
def test_no_bar_is_drawn_where_nobody_watches(
    make_file: MakeFile, capsys: pytest.CaptureFixture[str], options: list[str]
) -> None:
    run("import_catalogue", make_file("a.csv", "artist,title", "Aya,One"), *options)
    assert capsys.readouterr().err == ""

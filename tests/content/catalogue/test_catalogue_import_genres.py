from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from content.audit.models import AuditEntry
from content.catalogue.actions import add_genre, rename_genre
from content.catalogue.closure import rebuild_closure
from content.catalogue.exceptions import UnreadableFile
from content.catalogue.imports.genres import import_genres
from content.catalogue.models import Genre, GenreAlias, GenreEdge, UnresolvedGenre
from content.catalogue.resolver import resolve_genre

pytestmark = pytest.mark.django_db

MakeFile = Callable[..., Path]

TREE = [
    "- rock:",
    "    - punk:",
    "        - oi",
    "    - nu-jazz",
    "- electronic:",
    "    - electronic rock",
    "    - nu jazz",
    "- jazz",
    "- yes",
]


def links() -> set[tuple[str, str]]:
    return set(GenreEdge.objects.values_list("parent__name", "child__name"))


def reasons(path: Path) -> dict[int, str]:
    return {row.line: row.reason for row in import_genres(path).bad_rows}


def test_nested_lists_become_genres_and_links(make_file: MakeFile) -> None:
    report = import_genres(make_file("tree.yaml", *TREE))
    assert report.bad_rows == []
    assert report.numbers("genres") == (8, 0, 0)
    assert links() == {
        ("rock", "punk"),
        ("punk", "oi"),
        ("rock", "nu-jazz"),
        ("electronic", "nu-jazz"),
        ("electronic", "electronic rock"),
    }
    assert rebuild_closure() == 0


def test_a_second_spelling_under_another_parent_is_an_alias(make_file: MakeFile) -> None:
    import_genres(make_file("tree.yaml", *TREE))
    assert list(GenreAlias.objects.values_list("name", "genre__name")) == [("nu jazz", "nu-jazz")]


def test_reading_the_tree_again_changes_nothing(make_file: MakeFile) -> None:
    path = make_file("tree.yaml", *TREE)
    import_genres(path)
    entries = AuditEntry.objects.count()
    report = import_genres(path)
    assert report.numbers("genres") == (0, 0, 8)
    assert report.numbers("links") == (0, 0, 5)
    assert report.numbers("aliases") == (0, 0, 1)
    assert AuditEntry.objects.count() == entries


def test_a_genre_renamed_by_hand_is_met_by_its_old_name(make_file: MakeFile) -> None:
    path = make_file("tree.yaml", *TREE)
    import_genres(path)
    rename_genre(genre=Genre.objects.get(name="oi"), name="Street punk")
    assert import_genres(path).numbers("genres") == (0, 0, 8)
    assert not Genre.objects.filter(name="oi").exists()


def test_a_dry_run_reports_the_same_and_keeps_nothing(make_file: MakeFile) -> None:
    path = make_file("tree.yaml", *TREE)
    dry = import_genres(path, dry_run=True)
    assert not Genre.objects.exists()
    assert list(dry.lines()) == list(import_genres(path).lines())


def test_csv_takes_several_parents_and_aliases_in_any_order(make_file: MakeFile) -> None:
    report = import_genres(
        make_file(
            "genres.csv",
            "Name,Parent,Aliases",
            "liquid funk,d&b,",
            "drum and bass,electronic|black music,D&B|DnB",
            "",
            "electronic,,",
            "black music,,",
        )
    )
    assert report.bad_rows == []
    assert report.numbers("aliases") == (2, 0, 0)
    assert links() == {
        ("drum and bass", "liquid funk"),
        ("electronic", "drum and bass"),
        ("black music", "drum and bass"),
    }
    assert resolve_genre("DnB") == Genre.objects.get(name="drum and bass")


def test_an_imported_genre_with_more_links_is_changed(make_file: MakeFile) -> None:
    add_genre(name="punk")
    report = import_genres(make_file("genres.csv", "name,parent", "rock,", "punk,rock"))
    assert report.numbers("genres") == (1, 1, 0)
    assert AuditEntry.objects.filter(code="genre.changed").get().after["parents"] == ["rock"]


def test_bad_rows_are_told_with_line_and_reason_and_the_good_are_kept(
    make_file: MakeFile,
) -> None:
    found = reasons(
        make_file(
            "genres.csv",
            "name,parent,aliases",  # 1
            "rock,,",
            ",rock,",
            f"{'x' * 201},,",
            "punk,rokc,",  # 5
            "oi,punk,",
            "ring,gnir,",
            "gnir,ring,",
            "self,self,",
            "a\x00b,,",  # 10
            "too,many,columns,here",
            "few",
            "pop,,rock",
            "grunge,,jazz",
            "jazz,,",  # 15
            "last,rock,",
        )
    )
    assert sorted(Genre.objects.values_list("name", flat=True)) == ["jazz", "last", "rock"]
    expected = {
        3: "The name is empty",
        4: "too long: 201",
        5: "no genre “rokc” to stand below; did you mean “rock”?",
        6: "“punk”, which could not be imported (line 5)",
        7: "goes round",
        8: "goes round",
        9: "own parent",
        10: "control character (U+0000)",
        11: "4 columns, but the first row names 3",
        12: "1 column, but",
        13: "already means “rock”",
        14: "a genre of its own on line 15",
    }
    assert found.keys() == expected.keys()
    for line, reason in expected.items():
        assert reason in found[line]


def test_a_circle_through_the_database_is_told(make_file: MakeFile) -> None:
    rock = add_genre(name="rock")
    add_genre(name="punk", parents=[rock])
    found = reasons(make_file("genres.csv", "name,parent", "rock,punk"))
    assert "“rock” → “punk” → “rock”" in found[2]
    assert links() == {("rock", "punk")}


def test_bad_places_in_yaml_are_told_with_their_lines(make_file: MakeFile) -> None:
    found = reasons(
        make_file(
            "tree.yaml",
            "- rock: &below",  # 1
            "    - punk:",
            "        - rock",
            "    -",
            "- pov: indie",  # 5
            "- [a, b]: c",
            "- again: *below",
            "- pop",
        )
    )
    assert sorted(Genre.objects.values_list("name", flat=True)) == ["again", "pop", "punk", "rock"]
    assert found.keys() == {1, 3, 4, 5, 6}
    assert "goes round" in found[3]
    assert "empty" in found[4]
    assert "into quotes" in found[5]
    assert "anchor" in found[1]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.yaml", b"- rock\n- [pop\n- jazz\n", "broken YAML at line 4"),
        ("a.yaml", b"- rock\n- p\x00p\n", "broken YAML at line 2"),
        ("a.yaml", b"- rock\n- ra\xefn\n", "byte 11 .line 2. is 0xEF"),
        ("a.yaml", b"", "no list of genres"),
        ("a.yaml", b"rock", "no list of genres"),
        ("a.yaml", b"[" * 5000, "nested too deeply"),
        ("a.csv", b"", "no column name"),
        ("a.csv", b"genre;parent\nrock;pop", "no column name.*genre;parent"),
        ("a.csv", b"name,Name\nrock,pop", "two columns for name"),
        ("a.csv", "name\nrock".encode("utf-16"), "not UTF-8: byte 0"),
        ("a.txt", b"rock", "must end in"),
    ],
)
def test_a_file_that_can_not_be_read_is_told_with_its_place(
    make_file: MakeFile, name: str, content: bytes, reason: str
) -> None:
    with pytest.raises(UnreadableFile, match=reason):
        import_genres(make_file(name, content=content))


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="No such file"):
        import_genres(tmp_path / "none.yaml")


def test_a_byte_order_mark_and_windows_lines_are_no_matter(make_file: MakeFile) -> None:
    path = make_file("a.csv", content=b"\xef\xbb\xbfname,parent\r\nrock,\r\npunk,rock\r\n")
    assert import_genres(path).bad_rows == []
    assert links() == {("rock", "punk")}


def test_waiting_names_that_the_file_explains_leave_the_queue(make_file: MakeFile) -> None:
    resolve_genre("zydeco")
    resolve_genre("schranz")
    import_genres(make_file("a.csv", "name,parent,aliases", "cajun,,zydeco"))
    assert UnresolvedGenre.objects.waiting().get().name == "schranz"


def test_genres_of_odd_signs_get_addresses_of_their_own(make_file: MakeFile) -> None:
    import_genres(make_file("a.csv", "name", "Ä", "A?!", "А", "!!!", "???"))  # noqa: RUF001
    slugs = list(Genre.objects.values_list("slug", flat=True))
    assert len(set(slugs)) == len(slugs) == 4
    assert all(slugs)

"""Styles and scripts are collected when they are missing or stale, and only then."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.contrib.staticfiles.storage import staticfiles_storage
from django.templatetags.static import static
from django.test import override_settings

from hub.runtime.collected import collect_if_changed

MANIFEST = "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
SOURCES = "django.contrib.staticfiles.finders.FileSystemFinder"


@pytest.fixture
def source(tmp_path: Path):
    """A place with one style, whose collected files lie elsewhere."""
    sources = tmp_path / "sources"
    sources.mkdir()
    style = sources / "page.css"
    style.write_text("a { color: red }")
    with override_settings(
        STORAGES={"staticfiles": {"BACKEND": MANIFEST}},
        STATICFILES_FINDERS=[SOURCES],
        STATICFILES_DIRS=[str(sources)],
        STATIC_ROOT=str(tmp_path / "collected"),
    ):
        yield style


def test_what_is_missing_is_collected_once(source: Path) -> None:
    assert collect_if_changed()
    assert not collect_if_changed()


def test_what_changed_since_is_collected_again(source: Path, settings) -> None:
    collect_if_changed()
    source.write_text("a { color: darkgreen }")
    assert collect_if_changed()
    found = Path(settings.STATIC_ROOT).glob("page.*.css")
    assert any("darkgreen" in path.read_text() for path in found)


def test_what_somebody_removed_is_collected_again(source: Path, settings) -> None:
    collect_if_changed()
    (Path(settings.STATIC_ROOT) / "staticfiles.json").unlink()
    assert collect_if_changed()


def test_where_names_carry_no_hash_nothing_is_collected(settings) -> None:
    assert not hasattr(staticfiles_storage, "manifest_name")
    assert not collect_if_changed()
    assert static("console/health.css")

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from hub.environment import Environment, WrongVariable, own_secret

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def env(tmp_path: Path) -> Environment:
    return Environment(tmp_path / ".env")


@pytest.mark.parametrize(
    ("kind", "value", "default", "sentence"),
    [
        ("flag", "perhaps", True, "must be true or false"),
        ("count", "many", 1, "must be a whole number"),
        ("count", "-1", 1, "must be 0 or more"),
        ("seconds", "soon", 1.0, "must be a number"),
        ("address", "music.example.org", "http://x", "must be a web address"),
        ("address", "https://", "http://x", "must be a web address"),
        ("database", "elsewhere", "sqlite://:memory:", "must be a database URL"),
    ],
)
def test_a_wrong_value_ends_the_start_with_a_sentence_that_names_the_variable(
    env, monkeypatch, kind, value, default, sentence
) -> None:
    monkeypatch.setenv("THING", value)
    with pytest.raises(SystemExit, match=f"variable THING {sentence}"):
        getattr(env, kind)("THING", default=default)


def test_a_secret_value_is_not_repeated_in_the_sentence(env, monkeypatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "nonsense://user:hunter2@db")
    with pytest.raises(WrongVariable) as caught:
        env.database("DATABASE_URL", default="sqlite://:memory:")
    assert "hunter2" not in str(caught.value)


def test_a_choice_names_the_possible_words(env, monkeypatch) -> None:
    monkeypatch.setenv("LOG_FORMAT", "xml")
    with pytest.raises(WrongVariable, match="must be one of: text, json"):
        env.choice("LOG_FORMAT", default="text", among=("text", "json"))


def test_words_between_commas_lose_their_blanks(env, monkeypatch) -> None:
    monkeypatch.setenv("THING", " a.example.org , ,b.example.org")
    assert env.words("THING") == ["a.example.org", "b.example.org"]


def test_an_address_loses_the_slash_at_its_end(env, monkeypatch) -> None:
    monkeypatch.setenv("SITE_URL", "https://music.example.org/")
    assert env.address("SITE_URL", default="http://x") == "https://music.example.org"


def test_a_file_gives_what_the_environment_does_not(tmp_path, monkeypatch) -> None:
    (tmp_path / ".env").write_text("THING=7\nOTHER=8\n")
    monkeypatch.setenv("OTHER", "9")
    env = Environment(tmp_path / ".env")
    assert (env.count("THING", default=1), env.count("OTHER", default=1)) == (7, 9)


def test_the_own_secret_is_made_once_for_its_owner_alone(tmp_path) -> None:
    file = tmp_path / "var" / "secret_key"
    first = own_secret(file)
    assert len(first) >= 50
    assert own_secret(file) == first
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["secret_key"]


def test_a_wrong_setting_ends_a_command_without_a_traceback() -> None:
    ended = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "hub.settings", "DEBUG": "perhaps"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert ended.stderr == (
        "Backbeat cannot start: the environment variable DEBUG must be true or false.\n"
    )

"""The checked reader of environment variables: a wrong value ends the start with one sentence."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from environs import Env
from environs.exceptions import EnvError

Value = TypeVar("Value")


class WrongVariable(SystemExit):
    """Ends the process: the message goes to stderr, without a traceback."""

    def __init__(self, name: str, wanted: str) -> None:
        super().__init__(f"Backbeat cannot start: the environment variable {name} {wanted}.")


class Environment:
    """Reads a variable by its kind; every method raises ``WrongVariable`` on a bad value."""

    def __init__(self, file: Path) -> None:
        self._env = Env()
        self._env.read_env(file, recurse=False)

    def text(self, name: str, *, default: str) -> str:
        return self._read(self._env.str, name, default, "must be a text")

    def flag(self, name: str, *, default: bool) -> bool:
        return self._read(self._env.bool, name, default, "must be true or false")

    def count(self, name: str, *, default: int, least: int = 0) -> int:
        number = self._read(self._env.int, name, default, "must be a whole number")
        if number < least:
            raise WrongVariable(name, f"must be {least} or more")
        return number

    def seconds(self, name: str, *, default: float, least: float = 0.0) -> float:
        number = self._read(self._env.float, name, default, "must be a number")
        if number < least:
            raise WrongVariable(name, f"must be {least:g} or more")
        return number

    def words(self, name: str, *, default: Sequence[str] = ()) -> list[str]:
        """Read words between commas."""
        words = self._read(self._env.list, name, list(default), "must be words between commas")
        return [word.strip() for word in words if word.strip()]

    def path(self, name: str, *, default: Path) -> Path:
        return self._read(self._env.path, name, default, "must be a path")

    def choice(self, name: str, *, default: str, among: Sequence[str]) -> str:
        word = self.text(name, default=default)
        if word not in among:
            raise WrongVariable(name, f"must be one of: {', '.join(among)}")
        return word

    def address(self, name: str, *, default: str) -> str:
        """Read the address of a site, without a slash at its end."""
        address = self.text(name, default=default).rstrip("/")
        parts = urlsplit(address)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query:
            raise WrongVariable(name, "must be a web address, such as https://music.example.org")
        return address

    def database(self, name: str, *, default: str) -> dict[str, Any]:
        """Read a database URL as Django's ``DATABASES`` wants it."""
        wanted = "must be a database URL, such as postgres://user:password@host:5432/backbeat"
        try:
            config: dict[str, Any] = dict(self._env.dj_db_url(name, default=default))
        except (EnvError, ValueError) as error:
            raise WrongVariable(name, wanted) from error
        if not config.get("ENGINE"):
            raise WrongVariable(name, wanted)
        return config

    def cache(self, name: str, *, table: str) -> dict[str, Any]:
        """Read a cache URL as Django's ``CACHES`` wants it; without one, a table is the cache."""
        if not self.text(name, default=""):
            return {
                "BACKEND": "django.core.cache.backends.db.DatabaseCache",
                "LOCATION": table,
                "OPTIONS": {"MAX_ENTRIES": 10_000},
            }
        wanted = "must be a cache URL, such as redis://host:6379/1"
        config: dict[str, Any] = self._read(self._env.dj_cache_url, name, {}, wanted)
        if config["BACKEND"].endswith("RedisCache"):
            # no page waits for a cache that says nothing
            config["OPTIONS"] = {"socket_connect_timeout": 5, "socket_timeout": 5}
        return config

    def mail(self, name: str, *, default: str) -> dict[str, Any]:
        """Read the URL of a mail server as Django's ``EMAIL_…`` settings."""
        wanted = "must be a mail server's URL, such as submission://user:password@host:587"
        try:
            config = dict(self._env.dj_email_url(name, default=default))
        except (EnvError, ValueError, KeyError) as error:
            raise WrongVariable(name, wanted) from error
        if not config.get("EMAIL_BACKEND"):
            raise WrongVariable(name, wanted)
        return config

    def _read(
        self, read: Callable[..., Value | None], name: str, default: Value, wanted: str
    ) -> Value:
        try:
            value = read(name, default=default)
        except (EnvError, ValueError) as error:
            raise WrongVariable(name, wanted) from error
        return default if value is None else value


def own_secret(file: Path) -> str:
    """Return the secret kept in ``file``, made once and readable by its owner alone."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_name(f"{file.name}.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(50))
        try:
            # of two processes that start together, the first one's secret stays
            os.link(draft, file)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return file.read_text().strip()

"""System checks: combinations of settings that would lose posts, leak or surprise."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error

Check = Callable[..., list[CheckMessage]]

# they lose messages on a crash, and the first one kills workers
REFUSED_BROKERS = ("filesystem", "sqla", "sqlalchemy", "db+")
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def broker_keeps_its_messages(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    if not settings.CELERY_BROKER_URL.startswith(REFUSED_BROKERS):
        return []
    return [
        Error(
            "CELERY_BROKER_URL names a broker that loses messages and kills workers.",
            hint="Leave it empty for the embedded runner, or use redis:// or amqp://.",
            id="backbeat.E001",
        )
    ]


def broker_suits_the_database(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    sqlite = settings.DATABASES["default"]["ENGINE"].endswith("sqlite3")
    embedded = settings.CELERY_BROKER_URL.startswith("memory")
    if sqlite and not embedded:
        return [
            checks.Warning(
                "Several Celery workers share one SQLite file: safe, but they wait for each other.",
                hint="Set DATABASE_URL to a PostgreSQL database, or leave CELERY_BROKER_URL empty.",
                id="backbeat.W001",
            )
        ]
    return []


def credential_keys_are_keys(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    try:
        for key in settings.CREDENTIAL_KEYS:
            Fernet(key)
    except ValueError:
        return [
            Error(
                "CREDENTIAL_KEYS holds something that is not a Fernet key.",
                hint="Each key is 32 random bytes in URL-safe base64; docs/how-to/deploy.md"
                " has the command that makes one.",
                id="backbeat.E002",
            )
        ]
    return []


def keys_are_named(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    messages: list[CheckMessage] = []
    if not settings.NAMED_SECRET_KEY:
        messages.append(
            checks.Warning(
                "SECRET_KEY is the one that this machine made for itself.",
                hint="Set SECRET_KEY, so that all machines share it and a new disk keeps it.",
                id="backbeat.W002",
            )
        )
    if not settings.NAMED_CREDENTIAL_KEYS:
        messages.append(
            checks.Warning(
                "The keys for the channels' credentials are derived from SECRET_KEY.",
                hint="Set CREDENTIAL_KEYS: a new SECRET_KEY would lock every channel out.",
                id="backbeat.W003",
            )
        )
    return messages


def address_is_public(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    parts = urlsplit(settings.SITE_URL)
    if parts.scheme == "https" and parts.hostname not in LOOPBACK:
        return []
    return [
        checks.Warning(
            f"SITE_URL is {settings.SITE_URL}: feeds and networks would be given that address.",
            hint="Set SITE_URL to the public https:// address of the site.",
            id="backbeat.W004",
        )
    ]


def broker_outlives_a_process(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    sqlite = settings.DATABASES["default"]["ENGINE"].endswith("sqlite3")
    if sqlite or not settings.CELERY_BROKER_URL.startswith("memory"):
        return []
    return [
        checks.Warning(
            "CELERY_BROKER_URL is memory://: it reaches one runner process and no Celery worker.",
            hint="Set CELERY_BROKER_URL to Redis or RabbitMQ, and start as many workers as you"
            " like.",
            id="backbeat.W005",
        )
    ]


def private_addresses_are_refused(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    if not settings.ALLOW_PRIVATE_ADDRESSES:
        return []
    return [
        checks.Warning(
            "ALLOW_PRIVATE_ADDRESSES lets editors make this machine call its own network.",
            hint="Unset it, unless every channel's address is set by people you trust with that.",
            id="backbeat.W006",
        )
    ]


def posts_get_a_second_look(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    if settings.FOUR_EYES:
        return []
    return [
        checks.Info(
            "FOUR_EYES is off: whoever may approve may approve their own posts.",
            hint="Unset it as soon as a second person works with you.",
            id="backbeat.I001",
        )
    ]


ALWAYS: tuple[Check, ...] = (
    broker_keeps_its_messages,
    broker_suits_the_database,
    credential_keys_are_keys,
)
WHEN_DEPLOYED: tuple[Check, ...] = (
    keys_are_named,
    address_is_public,
    broker_outlives_a_process,
    private_addresses_are_refused,
    posts_get_a_second_look,
)

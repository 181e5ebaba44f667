from __future__ import annotations

import pytest
from django.core.checks import run_checks

SQLITE = "django.db.backends.sqlite3"
POSTGRES = "django.db.backends.postgresql"


def ids(*, deploy: bool = False) -> set[str]:
    messages = run_checks(include_deployment_checks=deploy)
    return {message.id for message in messages if (message.id or "").startswith("backbeat.")}


@pytest.mark.parametrize("broker", ["filesystem://", "sqla+sqlite:///x", "sqlalchemy+sqlite://"])
def test_brokers_that_lose_messages_are_refused(settings, broker) -> None:
    settings.CELERY_BROKER_URL = broker
    assert "backbeat.E001" in ids()


@pytest.mark.parametrize("broker", ["memory://", "redis://broker:6379/0", "amqp://broker"])
def test_other_brokers_are_welcome(settings, broker) -> None:
    settings.CELERY_BROKER_URL = broker
    assert "backbeat.E001" not in ids()


@pytest.mark.parametrize(
    ("engine", "broker", "warned"),
    [
        (SQLITE, "redis://broker", True),
        (SQLITE, "memory://", False),
        (POSTGRES, "redis://broker", False),
    ],
)
def test_workers_that_share_a_sqlite_file_are_warned_of(
    settings, monkeypatch, engine, broker, warned
) -> None:
    monkeypatch.setitem(settings.DATABASES["default"], "ENGINE", engine)
    settings.CELERY_BROKER_URL = broker
    assert ("backbeat.W001" in ids()) is warned


def test_a_broken_credential_key_is_an_error(settings) -> None:
    settings.CREDENTIAL_KEYS = ["too-short"]
    assert "backbeat.E002" in ids()


def test_the_embedded_default_is_not_fit_to_be_deployed_as_it_is(settings, monkeypatch) -> None:
    settings.NAMED_SECRET_KEY = ""
    settings.NAMED_CREDENTIAL_KEYS = []
    settings.SITE_URL = "http://127.0.0.1:8000"
    settings.ALLOW_PRIVATE_ADDRESSES = True
    monkeypatch.setitem(settings.DATABASES["default"], "ENGINE", POSTGRES)
    settings.CELERY_BROKER_URL = "memory://"
    expected = {f"backbeat.W00{number}" for number in (2, 3, 4, 5, 6)}
    assert ids(deploy=True) == expected
    assert ids() == set()


def test_every_message_has_a_hint(settings) -> None:
    settings.CELERY_BROKER_URL = "filesystem://"
    messages = run_checks(include_deployment_checks=True)
    ours = [message for message in messages if (message.id or "").startswith("backbeat.")]
    assert ours
    assert all(message.hint for message in ours)


def test_a_house_of_one_is_told_of(settings) -> None:
    assert "backbeat.I001" not in ids(deploy=True)
    settings.FOUR_EYES = False
    assert "backbeat.I001" in ids(deploy=True)

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from hub.delivery.models import Heartbeat
from hub.runtime import readiness


@pytest.fixture
def worker_seen(db: None) -> Heartbeat:
    now = timezone.now()
    return Heartbeat.objects.create(name="worker@here", role="worker", started_at=now, seen_at=now)


def test_healthz_asks_no_database(client) -> None:
    # no db fixture: a query would fail this test
    assert client.get("/healthz").content == b"ok\n"


def test_readyz_is_ready_while_a_worker_is_seen(client, worker_seen) -> None:
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json() == {"ready": True, "problems": []}


def test_readyz_tells_that_no_worker_was_seen_lately(client, worker_seen) -> None:
    Heartbeat.objects.update(seen_at=timezone.now() - timedelta(minutes=2))
    response = client.get("/readyz")
    assert response.status_code == 503
    assert "No runner or worker" in response.json()["problems"][0]


def test_a_worker_that_was_seen_at_a_time_to_come_was_not_seen(client, worker_seen) -> None:
    Heartbeat.objects.update(seen_at=timezone.now() + timedelta(hours=1))
    assert client.get("/readyz").status_code == 503
    Heartbeat.objects.update(started_at=timezone.now() - timedelta(hours=1))
    text = client.get("/metrics").content.decode()
    age = re.search(r'heartbeat_age_seconds{name="worker@here",role="worker"} (\S+)', text)
    assert age
    assert float(age[1]) >= 3600
    assert "backbeat_worker_alive 0.0" in text


def test_a_beat_alone_is_no_worker(client, worker_seen) -> None:
    Heartbeat.objects.update(role="beat")
    assert client.get("/readyz").status_code == 503


def test_readyz_tells_that_the_database_lacks_migrations(client, worker_seen, monkeypatch) -> None:
    readiness._seen_migrated.cache_clear()
    monkeypatch.setattr(
        readiness.MigrationExecutor, "migration_plan", lambda self, targets: ["one"]
    )
    response = client.get("/readyz")
    assert response.status_code == 503
    assert "migrations" in response.json()["problems"][0]


def test_metrics_are_for_this_machine_alone_without_a_token(client, db) -> None:
    assert client.get("/metrics").status_code == 200
    assert client.get("/metrics", REMOTE_ADDR="192.0.2.7").status_code == 403
    assert client.get("/metrics", headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 403


def test_metrics_ask_everyone_for_the_token_when_there_is_one(client, db, settings) -> None:
    settings.METRICS_TOKEN = "let-me-see"
    assert client.get("/metrics").status_code == 403
    wrong = client.get("/metrics", headers={"Authorization": "Bearer let-me-sée"})
    assert wrong.status_code == 403
    right = client.get(
        "/metrics",
        headers={"Authorization": "Bearer let-me-see"},
        REMOTE_ADDR="192.0.2.7",
    )
    assert right.status_code == 200


def test_metrics_count_requests_by_view(client, worker_seen) -> None:
    client.get("/readyz")
    text = client.get("/metrics").content.decode()
    assert 'backbeat_http_request_seconds_count{method="GET",status="200",view=' in text


def test_metrics_tell_of_deliveries_and_heartbeats(client, worker_seen) -> None:
    text = client.get("/metrics").content.decode()
    assert "backbeat_database_up 1.0" in text
    assert 'backbeat_deliveries{state="review"} 0.0' in text
    assert "backbeat_oldest_overdue_seconds 0.0" in text
    assert 'backbeat_heartbeat_age_seconds{name="worker@here",role="worker"}' in text
    assert "backbeat_open_gates 0.0" in text


def test_metrics_tell_when_the_database_is_gone(client, worker_seen, monkeypatch) -> None:
    def fail() -> None:
        raise OperationalError("gone")

    monkeypatch.setattr("hub.runtime.metrics.snapshot", fail)
    assert "backbeat_database_up 0.0" in client.get("/metrics").content.decode()


def test_media_come_with_a_lifetime_and_stay_below_their_root(
    client, db, settings, tmp_path
) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.MEDIA_ROOT.mkdir()
    (settings.MEDIA_ROOT / "picture.png").write_bytes(b"\x89PNG")
    (tmp_path / "secret").write_text("no")
    response = client.get("/media/picture.png")
    assert b"".join(response.streaming_content) == b"\x89PNG"
    assert response["Cache-Control"] == "public, max-age=86400"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert client.get("/media/../secret").status_code == 400
    assert client.get("/media/").status_code == 404

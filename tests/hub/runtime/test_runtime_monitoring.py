"""What the dashboard and the alert rules ask for is told by /metrics, cheaply."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.db import connection
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from hub.alerts.models import Alert
from hub.delivery.gates import gate_name
from hub.delivery.models import Gate, Heartbeat, TickLease
from hub.delivery.ticks import TICKS, Tick

ROOT = Path(__file__).resolve().parents[3]
MONITORING = ROOT / "docs" / "monitoring"
HOW_TO = ROOT / "docs" / "how-to" / "watch-the-machine.md"
NAME = re.compile(r"\bbackbeat_[a-z_]+")
SELECTOR = re.compile(r"\b(backbeat_[a-z_]+)\{([^}]*)\}")
# a rule about rounds: which, and after how many seconds
STOPPED = re.compile(r'backbeat_tick_age_seconds\{tick(=~|!~|!=|=)"([^"]+)"\}\) > (\d+)')
# what Prometheus makes of one histogram
PARTS = ("_bucket", "_count", "_sum", "_created")
# on PostgreSQL one more, for its time
MOST_QUERIES = 8 + (connection.vendor == "postgresql")


@pytest.fixture
def busy_house(make_channel):
    now = timezone.now()
    channel = make_channel(slug="jazz-site")
    Heartbeat.objects.create(name="w@here", role="worker", started_at=now, seen_at=now)
    TickLease.objects.create(name="reap", until=now, last_run_at=now, last_error="x")
    Gate.objects.create(name=gate_name(channel.pk), on_pace_at=now, opened_until=now)
    Alert.objects.create(code="circuit.open", since=now, seen_at=now)


@pytest.fixture
def told(client, busy_house) -> dict[str, Any]:
    text = client.get("/metrics").content.decode()
    return {family.name: family for family in text_string_to_metric_families(text)}


def expressions() -> dict[str, list[str]]:
    rules = yaml.safe_load((MONITORING / "alert-rules.yml").read_text())
    dashboard = json.loads((MONITORING / "grafana-dashboard.json").read_text())
    return {
        "rules": [rule["expr"] for group in rules["groups"] for rule in group["rules"]],
        "dashboard": [
            target["expr"] for panel in dashboard["panels"] for target in panel["targets"]
        ],
    }


def names_in(text: str) -> set[str]:
    found = set(NAME.findall(text))
    return {name.removesuffix(part) for name in found for part in PARTS if name.endswith(part)} | {
        name for name in found if not name.endswith(PARTS)
    }


@pytest.mark.parametrize("place", ["rules", "dashboard"])
def test_every_metric_that_is_asked_for_is_told(told, place) -> None:
    asked = set().union(*map(names_in, expressions()[place]))
    assert len(asked) > 8
    assert asked <= set(told)


def test_every_metric_is_explained(told) -> None:
    ours = names_in(" ".join(told))
    assert ours <= names_in(HOW_TO.read_text())


def test_every_metric_says_itself_what_it_is(told) -> None:
    ours = [family for family in told.values() if family.name.startswith("backbeat_")]
    assert len(ours) > 20
    assert [family.name for family in ours if not family.documentation.endswith(".")] == []


@pytest.mark.parametrize("place", ["rules", "dashboard"])
def test_every_label_that_is_asked_for_is_told(told, place) -> None:
    """A panel that asks for a label that is not there stays empty without a word."""
    labels = {
        family.name: {name for sample in family.samples for name in sample.labels}
        for family in told.values()
        if family.samples
    }
    for expression in expressions()[place]:
        for name, chosen in SELECTOR.findall(expression):
            known = labels.get(next(iter(names_in(name))))
            asked = set(re.findall(r"(\w+)\s*[=!]~?", chosen))
            assert known is None or asked <= known, expression


def test_every_rule_says_what_is_wrong() -> None:
    rules = yaml.safe_load((MONITORING / "alert-rules.yml").read_text())
    for group in rules["groups"]:
        for rule in group["rules"]:
            assert rule["annotations"]["summary"]
            assert rule["labels"]["severity"] in {"critical", "warning"}


def watched_after(tick: Tick) -> list[int]:
    """Give the seconds after which each rule that is about this round takes it for stopped."""
    found = []
    for expression in expressions()["rules"]:
        for how, which, seconds in STOPPED.findall(expression):
            named = re.fullmatch(which if "~" in how else re.escape(which), tick.name)
            if bool(named) != how.startswith("!"):
                found.append(int(seconds))
    return found


@pytest.mark.parametrize("tick", TICKS.values(), ids=TICKS)
def test_each_round_has_one_rule_that_gives_it_time_and_not_for_ever(tick) -> None:
    [seconds] = watched_after(tick)
    three_rounds = 3 * tick.every.total_seconds()
    assert three_rounds <= seconds <= max(300, three_rounds)


def test_every_rule_about_the_age_of_a_round_was_understood() -> None:
    """One that is written otherwise would not be compared with the intervals."""
    about = [text for text in expressions()["rules"] if "backbeat_tick_age_seconds" in text]
    assert len(about) >= 3
    assert all(STOPPED.search(text) for text in about)


def test_a_round_of_an_older_version_is_not_told(client, busy_house) -> None:
    long_ago = timezone.now() - timedelta(days=9)
    TickLease.objects.create(name="gone", until=long_ago, last_run_at=long_ago, last_error="x")
    assert 'tick="gone"' not in client.get("/metrics").content.decode()


def test_the_panels_of_the_dashboard_do_not_overlap() -> None:
    dashboard = json.loads((MONITORING / "grafana-dashboard.json").read_text())
    taken: set[tuple[int, int]] = set()
    for panel in dashboard["panels"]:
        at = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert not cells & taken
        assert at["x"] + at["w"] <= 24
        taken |= cells


def test_channels_are_told_by_their_slug(told) -> None:
    [sample] = told["backbeat_channel_circuit_open"].samples
    assert (sample.labels, sample.value) == ({"channel": "jazz-site"}, 1.0)


def test_a_scrape_takes_few_queries_however_many_channels(
    client, busy_house, make_channel, django_assert_max_num_queries
) -> None:
    for _ in range(20):
        make_channel()
    with django_assert_max_num_queries(MOST_QUERIES):
        client.get("/metrics")

from __future__ import annotations

import json
import logging
import logging.config

import pytest

from hub.runtime.logs import logging_config


@pytest.fixture
def format_line():
    """Format a record as the configured handler would."""

    def format_line(record: logging.LogRecord, form: str) -> str:
        config = logging.config.DictConfigurator(logging_config(level="INFO", form=form))
        config.config["formatters"] = config.config["formatters"]
        formatter = config.configure_formatter(dict(config.config["formatters"][form]))
        context = config.configure_filter(dict(config.config["filters"]["context"]))
        context.filter(record)
        return formatter.format(record)

    return format_line


def make_record(message: str, **extra: object) -> logging.LogRecord:
    record = logging.LogRecord("hub.somewhere", logging.INFO, __file__, 1, message, (), None)
    record.__dict__.update(extra)
    return record


def test_a_line_for_machines_is_json_with_all_that_was_given(format_line) -> None:
    line = json.loads(format_line(make_record("sent", channel=7), "json"))
    assert line["message"] == "sent"
    assert line["level"] == "INFO"
    assert line["logger"] == "hub.somewhere"
    assert line["channel"] == 7
    assert "at" in line


def test_a_line_for_people_is_one_short_line(format_line) -> None:
    assert format_line(make_record("sent"), "text") == "INFO    hub.somewhere: sent"


def test_each_request_is_logged_once_without_its_query(client, db, caplog) -> None:
    with caplog.at_level(logging.INFO, "hub.runtime.middleware"):
        client.get("/nowhere-at-all/?token=hunter2", headers={"X-Request-ID": "abcdef-123456"})
    lines = [record.getMessage() for record in caplog.records if "nowhere" in record.getMessage()]
    ours = [line for line in lines if line.startswith("GET /nowhere-at-all/ 404 in ")]
    assert len(ours) == 1
    assert not any("hunter2" in line for line in lines)


def test_probes_are_not_logged(client, caplog) -> None:
    with caplog.at_level(logging.INFO, "hub.runtime.middleware"):
        client.get("/healthz")
    assert not caplog.records


def test_a_good_request_id_is_kept_and_a_bad_one_replaced(client) -> None:
    kept = client.get("/healthz", headers={"X-Request-ID": "abcdef-123456"})
    assert kept["X-Request-ID"] == "abcdef-123456"
    replaced = client.get("/healthz", headers={"X-Request-ID": "no good\tid"})
    assert replaced["X-Request-ID"] != "no good\tid"


def test_a_picture_of_a_page_is_no_line_of_its_own_unless_it_is_missing(
    client, db, caplog, settings, tmp_path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    (tmp_path / "there.txt").write_text("a picture")
    with caplog.at_level(logging.INFO, "hub.runtime.middleware"):
        client.get("/media/gone.txt")
        # last, for to close a file ends the connection of this test
        client.get("/media/there.txt").close()
    lines = [record.getMessage() for record in caplog.records if "/media/" in record.getMessage()]
    assert len(lines) == 1
    assert lines[0].startswith("GET /media/gone.txt 404")

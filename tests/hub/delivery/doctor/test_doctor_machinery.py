"""Channels, gates, rounds, messages and tables that a wrong hand or clock left odd."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from hub.alerts.models import Alert, Notice
from hub.delivery import policy, triggers
from hub.delivery.gates import gate_name
from hub.delivery.models import Delivery, Gate, Heartbeat, Hold, TickLease
from hub.delivery.states import TRANSITIONS, State
from spokes.channels.models import Channel
from spokes.site.models import CardImage, FeedPing, Publication
from tests.hub.delivery.doctor.examined import assert_left_to_a_person, assert_mends, codes

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("code", "wrong"),
    [
        ("channel.no_network", {"network": "gone"}),
        ("channel.no_places", {"max_inflight": 0}),
        ("channel.zone", {"zone": "Mars/Olympus"}),
    ],
)
def test_a_channel_that_cannot_send_says_why(row, now, code, wrong) -> None:
    row()
    Channel.objects.update(**wrong)
    # also where something is due: more workers would not help
    Delivery.objects.update(due_at=now - HOUR, next_try_at=now - HOUR)
    assert codes(now) == ([code, "channel.overdue"] if "zone" in wrong else [code])


def test_no_network(channel, now) -> None:
    Channel.objects.update(network="gone")
    assert_left_to_a_person("channel.no_network", now)


def test_no_places(channel, now) -> None:
    Channel.objects.update(max_inflight=0)
    assert_left_to_a_person("channel.no_places", now)


def test_no_zone(channel, now) -> None:
    Channel.objects.update(zone="Mars/Olympus")
    assert_left_to_a_person("channel.zone", now)


def test_credentials_under_a_key_that_is_gone_are_named(channel, now, settings) -> None:
    channel.credentials = {"token": "secret"}
    channel.save(update_fields=["credentials"])
    settings.CREDENTIAL_KEYS = ["w7Xcn7lG5OTsvVDbVQzzyBdvQSgWCQVWnBt6s8mVxkM="]
    assert_left_to_a_person("channel.sealed", now)


def test_a_pause_that_was_forgotten_is_named_with_what_it_keeps(row, now) -> None:
    row()
    Delivery.objects.update(due_at=now - HOUR, next_try_at=now - HOUR)
    Channel.objects.update(paused_at=now - 8 * DAY)
    assert_left_to_a_person("pause.forgotten", now)


def test_a_pause_that_keeps_nothing_is_in_order(row, now) -> None:
    row()
    Channel.objects.update(paused_at=now - 8 * DAY)
    assert codes(now) == []


@pytest.mark.parametrize("scope", ["all", "spoke", "artist", "post"])
def test_a_hold_that_was_forgotten_is_named_with_what_it_keeps(
    row, make_spoke, make_genre, make_artist, manager, now, scope
) -> None:
    held = row()
    Delivery.objects.update(due_at=now - HOUR, next_try_at=now - HOUR)
    spoke, artist = make_spoke(make_genre("Jazz")), make_artist("Ada")
    Channel.objects.update(spoke=spoke)
    held.post.artists.add(artist)
    on = {"spoke": spoke, "artist": artist, "post": held.post}
    what = {scope: on[scope]} if scope in on else {}
    Hold.objects.create(scope=scope, reason="Wait", by=manager, since=now - 8 * DAY, **what)
    assert "hold.forgotten" in codes(now)
    if scope in {"all", "spoke"}:
        assert_left_to_a_person("hold.forgotten", now)


@pytest.mark.parametrize("scope", ["spoke", "artist"])
def test_a_hold_that_stops_nothing_is_named(
    make_spoke, make_genre, make_artist, manager, now, scope
) -> None:
    what = (
        {"spoke": make_spoke(make_genre("Jazz"))}
        if scope == "spoke"
        else {"artist": make_artist("Ada")}
    )
    Channel.objects.all().delete()
    Hold.objects.create(scope=scope, reason="Wait", by=manager, since=now, **what)
    assert_left_to_a_person("hold.empty", now)


def test_a_gate_of_a_channel_that_is_gone_is_forgotten(db, now) -> None:
    Gate.objects.create(name="channel:nothing", on_pace_at=now)
    assert_mends("gate.of_nothing", now)
    assert not Gate.objects.exists()


@pytest.mark.parametrize("credit", [-5.0, 1e6])
def test_a_credit_that_cannot_be_begins_anew(channel, now, credit) -> None:
    Gate.objects.create(name=gate_name(channel.pk), on_pace_at=now, retry_credit=credit)
    assert_mends("gate.credit", now)
    assert Gate.objects.get().retry_credit == policy.RETRY_CREDIT_LIMIT


def test_late_ones_without_a_pace_for_ever_have_one_again(channel, now) -> None:
    far = now + 300 * DAY
    Gate.objects.create(name=gate_name(channel.pk), on_pace_at=now, late_free_before=far)
    assert_mends("gate.unpaced", now)
    assert Gate.objects.get().late_free_before == now


def test_a_circuit_that_nobody_tries_is_named(channel, now) -> None:
    Gate.objects.create(name=gate_name(channel.pk), on_pace_at=now, opened_until=now - 2 * HOUR)
    Heartbeat.objects.create(name="w", role="worker", started_at=now, seen_at=now)
    assert_left_to_a_person("gate.not_tried", now)


def test_a_circuit_of_a_channel_without_credentials_is_in_order(channel, now) -> None:
    Gate.objects.create(name=gate_name(channel.pk), on_pace_at=now, opened_until=now - 2 * HOUR)
    Heartbeat.objects.create(name="w", role="worker", started_at=now, seen_at=now)
    Channel.objects.update(auth_lost_at=now - HOUR)
    assert codes(now) == []


def test_a_round_that_is_no_more_is_forgotten_with_its_fault(db, now) -> None:
    TickLease.objects.create(name="old", until=now - 2 * DAY, last_error="KeyError('x')")
    assert_mends("tick.unknown", now)
    assert not TickLease.objects.exists()


def test_a_round_that_no_worker_knows_is_named(db, now) -> None:
    from hub.delivery.ticks import rounds

    Heartbeat.objects.create(name="w", role="worker", started_at=now - HOUR, seen_at=now)
    for name in rounds().keys() - {"reap"}:
        TickLease.objects.create(name=name, until=now, last_run_at=now)
    assert_left_to_a_person("tick.never", now)


def test_cards_that_nobody_draws_are_named_once(db, now) -> None:
    shown = Publication.objects.create(
        key="k",
        post_ref=1,
        slug="k",
        kind="feature",
        title="K",
        teaser="k",
        cta_label="Go",
        cta_url="https://listen.example.org/",
        published_at=now - HOUR,
        changed_at=now - HOUR,
        withdrawn_at=now,
    )
    for shape in ("wide", "square"):
        CardImage.objects.create(publication=shown, shape=shape, next_try_at=now - 2 * HOUR)
    assert_left_to_a_person("card.waiting", now)


def test_feeds_that_nobody_tells_of_are_named_where_there_is_a_hub(db, now, settings) -> None:
    FeedPing.objects.create(page="/jazz/", changed_at=now - DAY, next_try_at=now - 2 * HOUR)
    settings.WEBSUB_HUB = ""
    assert codes(now) == []
    settings.WEBSUB_HUB = "https://hub.example.org/"
    assert_left_to_a_person("ping.late", now)


def test_a_feed_that_changed_in_the_future_hides_no_change(db, now) -> None:
    FeedPing.objects.create(page="/jazz/", changed_at=now + DAY)
    assert_mends("ping.future", now)


@pytest.fixture
def message(db, now) -> Notice:
    """A message about an alert, to be sent now."""
    return Notice.objects.create(
        way="email", key="k", subject="Wrong", text="Wrong.", created_at=now, next_try_at=now
    )


def test_a_message_that_nobody_sends_is_named(message, now) -> None:
    Notice.objects.update(next_try_at=now - 2 * HOUR)
    assert_left_to_a_person("notice.late", now)


def test_a_message_of_the_far_future_is_sent_now(message, now) -> None:
    Notice.objects.update(next_try_at=now + 300 * DAY)
    assert_mends("notice.far", now)


def test_a_message_that_was_given_up_lately_is_named(message, now) -> None:
    Notice.objects.update(given_up_at=now - HOUR, error="No route")
    assert_left_to_a_person("notice.given_up", now)
    Notice.objects.update(given_up_at=now - 2 * DAY)
    assert codes(now) == []


def test_an_alert_silenced_for_ever_is_heard_again(db, now) -> None:
    Alert.objects.create(
        code="disk.short", words="Full.", since=now, seen_at=now, silenced_until=now + 300 * DAY
    )
    assert_mends("alert.silenced", now)


def test_a_rule_that_the_database_lost_is_named(db, now) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX hold_everything_once")
    assert_left_to_a_person("rule.missing", now)


def test_an_index_that_the_database_lost_is_named(db, now) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX attempt_by_time")
    assert_left_to_a_person("index.missing", now)


def _names_of_triggers() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(triggers.THERE[connection.vendor], [triggers.TABLE])
        return [name for (name,) in cursor.fetchall() if name.startswith(triggers.PREFIX)]


def _assert_steps_are_refused_again(row, now) -> None:
    live = Delivery.objects.filter(pk=row(state=State.LIVE, settled_at=now).pk)
    # what is live has ended: no way leads from there
    with pytest.raises(IntegrityError), transaction.atomic():
        live.update(state=State.SCHEDULED)


def test_a_lost_trigger_is_made_anew(row, now) -> None:
    (name,) = _names_of_triggers()
    on = f' ON "{triggers.TABLE}"' if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f'DROP TRIGGER "{name}"{on}')
    assert_mends("trigger.missing", now)
    assert _names_of_triggers() == [name]
    _assert_steps_are_refused_again(row, now)


def test_a_trigger_that_is_turned_off_is_made_anew(row, now) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no way to turn a trigger off")
    (name,) = _names_of_triggers()
    with connection.cursor() as cursor:
        cursor.execute(f'ALTER TABLE "{triggers.TABLE}" DISABLE TRIGGER "{name}"')
    assert_mends("trigger.missing", now)
    _assert_steps_are_refused_again(row, now)


def test_the_trigger_of_an_older_release_gives_way(row, now, monkeypatch) -> None:
    with monkeypatch.context() as older:
        fewer = TRANSITIONS | {State.SCHEDULED: frozenset({State.CLAIMED})}
        older.setattr(triggers, "TRANSITIONS", fewer)
        triggers.install(using="default")
    old = _names_of_triggers()
    assert_mends("trigger.missing", now)
    assert old != _names_of_triggers()
    _assert_steps_are_refused_again(row, now)

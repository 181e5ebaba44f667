"""Messages arrive, through real servers; what fails is tried again and shown."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.utils import timezone
from standardwebhooks import Webhook

from hub.alerts import telling
from hub.alerts.actions import send_test_alert
from hub.alerts.exceptions import NobodyToTell
from hub.alerts.models import Notice
from hub.alerts.telling import send_due
from hub.delivery.ticks import TICKS, run_due_ticks
from hub.runtime import outside
from hub.runtime.beat import schedule_of_ticks
from tests.hub.alerts.conftest import SECRET


def threads_end(*names: str) -> None:
    """Wait for the threads of these names, and for those that they begin."""
    while threads := [one for one in threading.enumerate() if one.name in names]:
        threads[0].join(timeout=60)
        assert not threads[0].is_alive()


@pytest.fixture
def tested(manager, mailbox, receiver):
    now = timezone.now()
    send_test_alert(actor=manager, now=now)
    return now


def test_a_mail_goes_to_all_addresses_in_one(tested, mailbox) -> None:
    assert send_due(tested) == 2
    [mail] = mailbox.mails
    assert mail["To"] == "ops@example.org, night@example.org"
    assert "A test: alerts arrive here" in str(mail["Subject"])
    assert "Nothing is wrong." in mailbox.text()
    assert mail["Auto-Submitted"] == "auto-generated"


def test_an_event_is_signed_as_our_webhooks_are(tested, receiver) -> None:
    send_due(tested)
    headers, body = receiver.events[0]
    event = Webhook(SECRET).verify(body, headers)
    assert event["type"] == "alert.news"
    assert event["data"]["test"] is True


def test_what_was_sent_is_not_sent_again(tested, mailbox, receiver) -> None:
    send_due(tested)
    assert send_due(tested + timedelta(days=1)) == 0
    assert (len(mailbox.mails), len(receiver.events)) == (1, 1)


def test_what_was_refused_is_tried_again_under_its_key(tested, mailbox, receiver) -> None:
    receiver.status = 503
    mailbox.answer = "451 later"
    assert send_due(tested) == 0
    assert {"503" in notice.error or "451" in notice.error for notice in Notice.objects.all()} == {
        True
    }
    receiver.status = 200
    mailbox.answer = "250 taken"
    assert send_due(tested + timedelta(seconds=30)) == 0
    assert send_due(tested + timedelta(minutes=2)) == 2
    assert receiver.events[0][0]["webhook-id"] == receiver.events[1][0]["webhook-id"]


def test_after_many_tries_it_is_given_up_and_kept(tested, receiver) -> None:
    receiver.status = 500
    Notice.objects.filter(way="webhook").update(tries=telling.MOST_TRIES - 1)
    send_due(tested)
    given_up = Notice.objects.given_up().get()
    assert "500" in given_up.error


def test_one_way_that_fails_does_not_stop_the_other(tested, mailbox, receiver) -> None:
    mailbox.answer = "554 no"
    send_due(tested)
    assert len(receiver.events) == 1


def test_a_mail_server_that_is_not_there_costs_no_row(tested, settings) -> None:
    settings.EMAIL_PORT = 1
    send_due(tested)
    assert Notice.objects.unsent().get().way == "email"


def test_of_two_senders_one_sends(tested, mailbox) -> None:
    notice = Notice.objects.filter(way="email").get()
    assert telling._take(notice, tested)
    assert not telling._take(notice, tested)


def test_nobody_to_tell_is_said(manager) -> None:
    with pytest.raises(NobodyToTell):
        send_test_alert(actor=manager, now=timezone.now())


@pytest.mark.django_db(transaction=True)
def test_a_ticker_alone_notices_and_tells(mailbox, receiver, make_channel) -> None:
    """No mail server is waited for: the round ends, and a thread of its own sends."""
    now = timezone.now()
    make_channel(network="webhook", auth_lost_at=now, auth_lost_reason="Key revoked")
    assert "alerts" in run_due_ticks(holder="w1/ticker")
    threads_end("alerts")
    assert any("Key revoked" in mailbox.text(number) for number in range(len(mailbox.mails)))
    told = [row["code"] for row in receiver.event(0)["data"]["begun"]]
    assert "channel.token_lost" in told


def test_beat_sends_the_round_too() -> None:
    assert "alerts" in TICKS
    assert schedule_of_ticks()["alerts"]["args"] == ("alerts",)


@pytest.mark.django_db(transaction=True)
def test_the_web_process_tells_when_no_worker_is_left(client, mailbox, receiver) -> None:
    assert client.get("/readyz").status_code == 503
    threads_end("watch", "alerts")
    assert any("No worker has ever been seen" in mailbox.text(n) for n in range(len(mailbox.mails)))


def test_a_look_from_outside_respects_the_lease(db) -> None:
    assert outside.look()
    assert not outside.look()

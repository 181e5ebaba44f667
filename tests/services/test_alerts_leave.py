"""What goes wrong is told from real processes: a mail and a signed event leave, once each."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from standardwebhooks import Webhook

from hub.alerts.models import Notice
from spokes.channels.actions import reconnect_channel
from spokes.channels.models import Channel
from tests.receivers import taking_events, taking_mail
from tests.services import slow_network
from tests.services.conftest import Processes

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]

CELERY = ("-m", "celery", "-A", "hub", "--quiet")
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
LOST = "channel.token_lost"


@pytest.fixture
def mailbox():
    with taking_mail() as box:
        yield box


@pytest.fixture
def receiver():
    with taking_events() as known:
        yield known


@pytest.fixture
def network():
    """The network of the channel: it does not know our secret until it is told to."""
    with taking_events() as known:
        known.status = 401
        yield known


@pytest.fixture
def place(grown_up_place: Processes, mailbox, receiver) -> Processes:
    grown_up_place.environment |= {
        "EMAIL_URL": f"smtp://127.0.0.1:{mailbox.port}",
        "ALERT_EMAILS": "ops@example.org,night@example.org",
        "ALERT_WEBHOOK_URL": receiver.url,
        "ALERT_WEBHOOK_SECRET": SECRET,
        "ALLOW_PRIVATE_ADDRESSES": "true",
        # this machine's disk is no matter of the test
        "ALERT_DISK_PERCENT": "0",
        "FASTER": "10",
    }
    return grown_up_place


def test_a_lost_token_is_mailed_and_posted_once_and_so_is_its_end(
    place, mailbox, receiver, network, settings
) -> None:
    settings.ALLOW_PRIVATE_ADDRESSES = True
    slow_network.plant(network.url, posts=1)
    # nobody ticks: what is noticed, the beat's own round notices
    place.start("worker", *CELERY, "worker", "--concurrency", "2", TICKER="false")
    place.start("beat", *CELERY, "beat")

    def arrived(number: int) -> bool:
        return len(mailbox.mails) >= number <= len(receiver.events)

    place.wait_until("it is told", lambda: arrived(1))
    # the network refused a real call of the worker's
    assert len(network.events) == 1
    network.status = 200
    channel = Channel.objects.get()
    person = User.objects.get(username="anton")
    reconnect_channel(channel=channel, credentials=channel.credentials, actor=person)
    place.wait_until("its end is told", lambda: arrived(2))
    assert place.stop("beat") == place.stop("worker") == 0

    # the processes are gone: nothing more can come
    begun, over = mailbox.subjects
    assert "has lost its connection" in begun
    assert "Over: " in over
    assert mailbox.mails[0]["To"] == "ops@example.org, night@example.org"
    told = [Webhook(SECRET).verify(body, headers)["data"] for headers, body in receiver.events]
    codes = [
        {name: [row["code"] for row in news[name]] for name in ("begun", "going_on", "over")}
        for news in told
    ]
    assert codes == [
        {"begun": [LOST], "going_on": [], "over": []},
        {"begun": [], "going_on": [], "over": [LOST]},
    ]
    assert not Notice.objects.unsent().exists()

"""Messages on their way out: each with a time-out, tried for a day, in a thread of its own."""

from __future__ import annotations

import json
import logging
import threading
from datetime import datetime, timedelta
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from standardwebhooks import Webhook

from hub.alerts.exceptions import AlertProblem
from hub.alerts.models import Notice
from hub.alerts.querysets import HELD_FOR, LONGEST_PAUSE
from spokes.channels import http

logger = logging.getLogger(__name__)

FIRST_PAUSE = timedelta(minutes=1)
# about a day
MOST_TRIES = 50
BATCH = 20
CALL_SECONDS = 10.0

_telling = threading.Lock()


def tell_soon(now: datetime) -> None:
    """Send what is due after the caller's transaction, in a thread, if any is."""
    if Notice.objects.due(now).exists():
        transaction.on_commit(_start)


def _start() -> None:
    threading.Thread(target=_tell_alone, name="alerts", daemon=True).start()


def _tell_alone() -> None:
    """Send what is due, unless a thread of this process is at it."""
    if not _telling.acquire(blocking=False):
        return
    try:
        send_due(timezone.now())
    except Exception:  # a thread has nobody to tell; the rows stay
        logger.exception("messages about alerts could not be sent")
    finally:
        _telling.release()
        connection.close()


def send_due(now: datetime) -> int:
    """Send the messages that are due, each once among all processes; returns how many went out."""
    sent = 0
    for notice in list(Notice.objects.due(now)[:BATCH]):
        if _take(notice, now):
            sent += _send(notice, now)
    return sent


def _take(notice: Notice, now: datetime) -> bool:
    mine = Notice.objects.unsent().filter(pk=notice.pk, next_try_at=notice.next_try_at)
    return bool(mine.update(next_try_at=now + HELD_FOR, tries=F("tries") + 1))


def _send(notice: Notice, now: datetime) -> bool:
    tries = notice.tries + 1
    mine = Notice.objects.filter(pk=notice.pk)
    try:
        SENDERS[Notice.Way(notice.way)](notice)
    except Exception as error:  # noqa: BLE001  # mail servers fail in many ways: all are tried again
        logger.warning("%s, try %s: %s", notice.way, tries, error)
        words = (str(error) or repr(error))[:400]
        if tries >= MOST_TRIES:
            mine.update(error=words, given_up_at=now)
        else:
            pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(tries - 1, 10))
            mine.update(error=words, next_try_at=now + pause)
        return False
    mine.update(sent_at=now, error="")
    return True


def _mail(notice: Notice) -> None:
    """Mail all addresses at once; EMAIL_TIMEOUT bounds it."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    EmailMessage(
        subject=notice.subject,
        body=notice.text,
        to=settings.ALERT_EMAILS,
        # the same at every try, so that a repeat is seen as one; no machine answers it
        headers={"Message-ID": f"<{notice.key}@{domain}>", "Auto-Submitted": "auto-generated"},
    ).send()


def _call(notice: Notice) -> None:
    """Post a signed event, as our webhook channels do. Raises AlertProblem or HttpError."""
    now = timezone.now()
    body = json.dumps(
        {
            "type": "alert.news",
            "timestamp": notice.created_at.isoformat(),
            "data": {"subject": notice.subject, "text": notice.text, **notice.data},
        }
    )
    headers = {
        "content-type": "application/json",
        "webhook-id": notice.key,
        "webhook-timestamp": str(int(now.timestamp())),
    }
    if settings.ALERT_WEBHOOK_SECRET:
        signer = Webhook(settings.ALERT_WEBHOOK_SECRET)
        headers["webhook-signature"] = signer.sign(notice.key, now, body)
    answer = http.request(
        "POST",
        settings.ALERT_WEBHOOK_URL,
        content=body.encode(),
        headers=headers,
        seconds=CALL_SECONDS,
    )
    if not 200 <= answer.status < 300:
        raise AlertProblem(_("The receiver answered %(status)s.") % {"status": answer.status})


SENDERS = {Notice.Way.EMAIL: _mail, Notice.Way.WEBHOOK: _call}

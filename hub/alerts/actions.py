"""What a person does with alerts: silence one for a time, and try whether messages arrive."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from content.audit.actions import record
from hub.alerts.exceptions import NobodyToTell
from hub.alerts.models import Alert, Notice
from hub.alerts.notices import queue
from hub.alerts.telling import tell_soon
from hub.console.people import full_name


def silence_alert(*, alert: Alert, until: datetime, actor: User) -> Alert:
    """Tell nobody of it before ``until``, even where it ends and comes back meanwhile."""
    with transaction.atomic():
        Alert.objects.filter(pk=alert.pk).update(silenced_until=until, silenced_by=actor)
        record(
            code="alert.silenced",
            subject=alert,
            actor=actor,
            after={"silenced_until": until.isoformat()},
        )
    alert.refresh_from_db(fields=["silenced_until", "silenced_by"])
    return alert


def wake_alert(*, alert: Alert, actor: User) -> Alert:
    """Tell of it again as if it had never been silenced."""
    with transaction.atomic():
        same = Alert.objects.filter(code=alert.code, about=alert.about)
        if same.exclude(silenced_until=None).update(silenced_until=None, silenced_by=None):
            record(code="alert.woken", subject=alert, actor=actor)
    alert.refresh_from_db(fields=["silenced_until", "silenced_by"])
    return alert


def send_test_alert(*, actor: User, now: datetime) -> list[Notice]:
    """Send a message that says it is a test, on every way. Raises NobodyToTell."""
    with transaction.atomic():
        who = full_name(actor)
        notices = queue(
            subject=_("[Backbeat] A test: alerts arrive here"),
            text=_("%(who)s sent this test. Nothing is wrong.") % {"who": who} + "\n",
            data={"test": True, "begun": [], "going_on": [], "over": []},
            now=now,
        )
        if not notices:
            raise NobodyToTell(
                _("Set ALERT_EMAILS or ALERT_WEBHOOK_URL first; nobody would be told.")
            )
        record(code="alert.tested", subject=notices[0], actor=actor)
        tell_soon(now)
    return notices

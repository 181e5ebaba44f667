"""The watch: what is wrong is kept as alerts, told once, told again after hours, told as over.

Any number of watchers may run at once: every telling is a conditional update that one wins, in
the same transaction as the message that says it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import F, Max

from hub.alerts.faults import Fault, Surroundings, find_faults
from hub.alerts.models import Alert
from hub.alerts.notices import News, queue_notices, ways
from hub.alerts.telling import tell_soon
from hub.delivery.clock import TO_COME
from hub.delivery.health import snapshot

KEPT = timedelta(days=90)


class Kept(NamedTuple):
    alert: Alert
    # None: it is not wrong any more
    fault: Fault | None


def watch(now: datetime, *, rounds: Mapping[str, timedelta]) -> int:
    """Look after the machine, and let people know; returns how many things were news.

    Waits for no mail server: messages are rows, and a thread of its own sends them.
    """
    seen = snapshot(now, with_doubtful=True)
    faults = find_faults(seen, around=Surroundings.look(), rounds=rounds)
    with transaction.atomic():
        kept = note_faults(faults, now=now)
        news = News(
            begun=[alert for alert, fault in kept if _first_told(alert, fault, now)],
            going_on=[alert for alert, fault in kept if _told_again(alert, fault, now)],
            over=[alert for alert, fault in kept if not fault and _told_over(alert, now)],
        )
        queue_notices(news, now=now)
    Alert.objects.over().filter(over_at__lt=now - KEPT).delete()
    tell_soon(now)
    return news.number


def note_faults(faults: Iterable[Fault], *, now: datetime) -> list[Kept]:
    """Keep what is wrong as alerts, one each at a time; returns those that were or are open."""
    known = {(alert.code, alert.about): alert for alert in Alert.objects.going_on()}
    kept = {key: Kept(alert, None) for key, alert in known.items()}
    for fault in faults:
        key = (fault.code, fault.about)
        alert = known.get(key)
        if alert is None:
            # another watcher may have begun it a moment ago
            Alert.objects.bulk_create([_new(fault, now)], ignore_conflicts=True)
            alert = Alert.objects.going_on().get(code=fault.code, about=fault.about)
        _mend_times(alert, now)
        _say(alert, fault, now)
        kept[key] = Kept(alert, fault)
    return list(kept.values())


def _mend_times(alert: Alert, now: datetime) -> None:
    """Count from now what a wrong clock began: it would be told of, or again, only hours later."""
    for name in ("since", "told_at"):
        noted = getattr(alert, name)
        if noted and noted > now + TO_COME:
            Alert.objects.filter(pk=alert.pk, **{name: noted}).update(**{name: now})
            setattr(alert, name, now)


def _say(alert: Alert, fault: Fault, now: datetime) -> None:
    """Write how it is now, where that is other than what stands there."""
    said = {"words": fault.words, "to_do": fault.to_do, "link": fault.link}
    if any(getattr(alert, name) != value for name, value in said.items()):
        Alert.objects.filter(pk=alert.pk).update(**said, seen_at=now)
        for name, value in said.items():
            setattr(alert, name, value)


def _new(fault: Fault, now: datetime) -> Alert:
    """Begin an alert; one that was silenced before stays so, however often it comes and goes.

    What was over is told of only when it lasts anew: after a pause, what it kept needs its time.
    """
    earlier = Alert.objects.over().filter(code=fault.code, about=fault.about)
    over_at = earlier.aggregate(last=Max("over_at"))["last"]
    since = min(fault.since or now, now)
    if over_at and since < over_at <= now:
        since = over_at
    silenced = earlier.filter(silenced_until__gt=now).order_by("-silenced_until").first()
    return Alert(
        code=fault.code,
        about=fault.about,
        words=fault.words,
        channel_id=fault.channel_id,
        since=since,
        seen_at=now,
        silenced_until=silenced.silenced_until if silenced else None,
        silenced_by_id=silenced.silenced_by_id if silenced else None,
    )


def _first_told(alert: Alert, fault: Fault | None, now: datetime) -> bool:
    """Claim the first telling of what has lasted long enough; True for one watcher alone."""
    if fault is None or alert.told_at or now - alert.since < fault.patience:
        return False
    return _claim(alert, now)


def _told_again(alert: Alert, fault: Fault | None, now: datetime) -> bool:
    again = timedelta(hours=settings.ALERT_REMIND_HOURS)
    if fault is None or alert.told_at is None or now - alert.told_at < again:
        return False
    return _claim(alert, now)


def _claim(alert: Alert, now: datetime) -> bool:
    if not ways():
        # told as soon as there is somebody to tell
        return False
    mine = Alert.objects.going_on().audible(now).filter(pk=alert.pk, told_at=alert.told_at)
    return bool(mine.update(told_at=now, times_told=F("times_told") + 1))


def _told_over(alert: Alert, now: datetime) -> bool:
    """End what is not wrong any more; True where people had been told, and for one watcher."""
    if not Alert.objects.going_on().filter(pk=alert.pk).update(over_at=now):
        return False
    alert.over_at = now
    return bool(alert.told_at) and not alert.is_silenced(now)

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from spokes.site.push import ping_hub


@shared_task(name="hub.runtime.tasks.ping_feeds")
def ping_feeds() -> None:
    ping_hub(now=timezone.now())

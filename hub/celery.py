"""The Celery application: it carries hints; the database is the queue."""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hub.settings")

app = Celery("backbeat")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

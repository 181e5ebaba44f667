"""Gunicorn's configuration: gunicorn -c python:hub.runtime.web hub.wsgi.

One process with threads: /metrics counts within it, and more of them go behind a load balancer.
"""

from __future__ import annotations

import os
from typing import Any

from django.conf import settings

from hub.runtime.supervisor import SUPERVISED, leave_with_parent

# reading the settings here lets a wrong one end the start, not every worker's start
bind = f"{settings.HOST}:{settings.PORT}"
workers = 1
worker_class = "gthread"
threads = settings.WEB_THREADS
graceful_timeout = 25
keepalive = 5
control_socket_disable = True
logconfig_dict = settings.LOGGING


def when_ready(server: Any) -> None:
    if SUPERVISED in os.environ:
        leave_with_parent()

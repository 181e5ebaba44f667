from __future__ import annotations

from django.apps import AppConfig
from django.core.checks import Tags, register

from hub import checks


class RuntimeConfig(AppConfig):
    name = "hub.runtime"
    label = "runtime"

    def ready(self) -> None:
        for check in checks.ALWAYS:
            register(check, Tags.compatibility)
        for check in checks.WHEN_DEPLOYED:
            register(check, Tags.security, deploy=True)

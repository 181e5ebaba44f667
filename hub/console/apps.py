from __future__ import annotations

from django.apps import AppConfig

from hub.console.names import translate_names


class ConsoleConfig(AppConfig):
    name = "hub.console"
    label = "console"

    def ready(self) -> None:
        translate_names()

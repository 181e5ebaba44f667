from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate

from spokes.site.triggers import TRIGGERS


def _install_triggers(using: str, **told: Any) -> None:
    TRIGGERS.install(using=using)


class SiteConfig(AppConfig):
    name = "spokes.site"
    label = "site"

    def ready(self) -> None:
        post_migrate.connect(_install_triggers, sender=self)

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate

from hub.delivery import triggers


def _install_triggers(using: str, **told: Any) -> None:
    triggers.install(using=using)


class DeliveryConfig(AppConfig):
    name = "hub.delivery"
    label = "delivery"

    def ready(self) -> None:
        post_migrate.connect(_install_triggers, sender=self)

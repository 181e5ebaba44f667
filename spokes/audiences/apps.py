from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

from spokes.audiences.triggers import TRIGGERS


def _install_triggers(using: str, **told: Any) -> None:
    TRIGGERS.install(using=using)


class AudiencesConfig(AppConfig):
    name = "spokes.audiences"
    label = "audiences"
    verbose_name = _("Routing")

    def ready(self) -> None:
        post_migrate.connect(_install_triggers, sender=self)

from __future__ import annotations

from django.apps import AppConfig


class AudiencesConfig(AppConfig):
    name = "spokes.audiences"
    label = "audiences"

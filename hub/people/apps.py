from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PeopleConfig(AppConfig):
    name = "hub.people"
    verbose_name = _("People")

    def ready(self) -> None:
        # models are there from here on
        from hub.people.sign_ins import listen  # noqa: PLC0415  # needs the models, which load after this file

        listen()

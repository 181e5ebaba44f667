"""Makes the names of models and of their fields translatable, as if each were marked by itself."""

from __future__ import annotations

from collections.abc import Iterator

from django.apps import AppConfig, apps
from django.db import models
from django.utils.translation import gettext_lazy as _

OURS = ("content.", "spokes.", "hub.")


def our_apps() -> Iterator[AppConfig]:
    return (config for config in apps.get_app_configs() if config.name.startswith(OURS))


def our_models() -> Iterator[type[models.Model]]:
    for config in our_apps():
        yield from config.get_models()


def our_fields() -> Iterator[models.Field[object, object]]:
    for model in our_models():
        options = model._meta
        yield from (*options.local_fields, *options.local_many_to_many)


def translate_names() -> None:
    """Wrap every name in a lazy translation.

    Migrations don't see it: they compare what the model's source says, not what it became.
    """
    for config in our_apps():
        config.verbose_name = _(str(config.verbose_name))
    for field in our_fields():
        if isinstance(field.verbose_name, str):
            field.verbose_name = _(field.verbose_name)
    for model in our_models():
        options = model._meta
        options.verbose_name = _(str(options.verbose_name_raw))
        options.verbose_name_plural = _(str(options.verbose_name_plural))

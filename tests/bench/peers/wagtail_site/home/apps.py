from __future__ import annotations

from django.apps import AppConfig


class HomeConfig(AppConfig):
    name = "tests.bench.peers.wagtail_site.home"
    label = "home"

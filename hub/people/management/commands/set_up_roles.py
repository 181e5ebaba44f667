from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from hub.people.roles import set_up_roles


class Command(BaseCommand):
    help = "Make the groups of the newsroom right again; people stay in theirs."

    def handle(self, *args: Any, **options: Any) -> None:
        for group in set_up_roles():
            self.stdout.write(f"{group.name}: {group.permissions.count()} permissions")

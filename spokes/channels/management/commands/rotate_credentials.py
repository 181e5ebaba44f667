from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from spokes.channels.actions import renew_encryption
from spokes.channels.models import Channel


class Command(BaseCommand):
    help = (
        "Encrypt the credentials of every channel with the first of CREDENTIAL_KEYS, so that "
        "the older keys can be taken away. Safe to repeat and to break off."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Only say what would be done.")

    def handle(self, *, dry_run: bool, **options: Any) -> None:
        renewed = 0
        locked = []
        for channel in Channel.objects.order_by("pk"):
            if channel.is_sealed:
                locked.append(channel)
            elif dry_run or renew_encryption(channel_id=channel.pk):
                renewed += 1
        told = "1 channel" if renewed == 1 else f"{renewed} channels"
        now = "is" if renewed == 1 else "are"
        verb = "would be" if dry_run else now
        self.stdout.write(f"{told} {verb} encrypted with the first key.")
        if locked:
            names = ", ".join(f"{channel.name} (#{channel.pk})" for channel in locked)
            raise CommandError(
                f"None of the keys opens the credentials of: {names}. Add the key that wrote "
                "them to the end of CREDENTIAL_KEYS, or connect these channels anew."
            )

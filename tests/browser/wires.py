"""A newsroom whose channels are wires to one counting network; run it as a module to plant it."""

from __future__ import annotations

import sys
from datetime import timedelta

import django
from django.utils import timezone

from tests.services.slow_network import SECRET

SLOW = "Slow wire"
WIRES = {SLOW: "/slow/", "Radio": "/radio/", "Fan club": "/fans/"}
# planned on every wire for some far day: a story makes them due
HUNG = ["Dawn Chorus", "Early Tram", "First Light"]
CUT_OFF = ["Late Show", "Last Order"]
AFTERWARDS = ["Encore"]
# approved, and planned by nobody yet
UNPLANNED = "Soundcheck"


def plant(url: str) -> None:
    """Make two people, the wires, and the posts."""
    from django.contrib.auth.models import User

    from content.catalogue.actions import add_genre
    from content.editorial.actions import approve_post, submit_post, write_post
    from hub.schedule.actions import schedule_post
    from spokes.channels.actions import add_channel, settle_in

    edith, anton = (
        User.objects.create_superuser(name, f"{name}@example.org", f"pass-word-{name}")
        for name in ("edith", "anton")
    )
    settle_in(actor=anton)
    genre = add_genre(name="Jazz")
    for name, path in WIRES.items():
        add_channel(
            name=name,
            network="webhook",
            late_policy="always",
            # a copy under the same key is dropped, so no doubt needs a person
            settings={"url": url.rstrip("/") + path, "dedupes": True},
            credentials={"secret": SECRET},
        )
    for title in (*HUNG, *CUT_OFF, *AFTERWARDS, UNPLANNED):
        fields = {
            "title": title,
            "teaser": f"The teaser of {title}.",
            "body": f"The body of {title}.",
            "cta_url": "https://listen.example.org/album/1",
            "genres": [genre],
        }
        post = submit_post(post=write_post(actor=edith, fields=fields), actor=edith)
        post = approve_post(post=post, actor=anton)
        if title != UNPLANNED:
            schedule_post(post=post, actor=anton, at=timezone.now() + timedelta(days=30))


if __name__ == "__main__":
    django.setup()
    plant(sys.argv[1])

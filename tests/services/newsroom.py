"""A small newsroom made by the same actions as the console's; also from the command line."""

from __future__ import annotations

import sys
from datetime import datetime, timedelta

import django


def plant() -> None:
    """Make a hub and one spoke, each with its site."""
    from django.contrib.auth.models import User

    from content.catalogue.actions import add_genre
    from spokes.channels.actions import add_channel, add_spoke

    for name in ("edith", "anton"):
        User.objects.create_superuser(name, f"{name}@example.org", f"pass-word-{name}")
    genre = add_genre(name="Jazz")
    spoke = add_spoke(genre=genre)
    # what is sent here is never too late: a killed worker's lease runs for a minute
    add_channel(name="Hub site", network="site", late_policy="always")
    add_channel(name="Jazz site", network="site", spoke=spoke, late_policy="always")


def publish(title: str, at: datetime | None = None) -> str:
    """Write, submit, approve and schedule one post; return its slug."""
    from django.contrib.auth.models import User

    from content.catalogue.models import Genre
    from content.editorial.actions import approve_post, submit_post, write_post
    from hub.schedule.actions import schedule_post

    edith, anton = (User.objects.get(username=name) for name in ("edith", "anton"))
    fields = {
        "title": title,
        "teaser": f"The teaser of {title}.",
        "body": f"The body of **{title}**.",
        "cta_url": "https://listen.example.org/album/1",
        "genres": [Genre.objects.get(name="Jazz")],
    }
    post = write_post(actor=edith, fields=fields)
    post = submit_post(post=post, actor=edith)
    post = approve_post(post=post, actor=anton)
    scheduled = schedule_post(post=post, actor=anton, at=at)
    assert len(scheduled.deliveries) == 2, scheduled
    return post.slug


if __name__ == "__main__":
    django.setup()
    from django.utils import timezone

    plant()
    for heading in sys.argv[1:]:
        publish(heading, timezone.now() + timedelta(seconds=1))

"""The world of the browser's tests, made by actions; run it as a module to plant it."""

from __future__ import annotations

import sys
from datetime import time

import django

ZONE = "Europe/Berlin"
PEOPLE = ("edith", "anton")


def plant() -> None:
    """Make two people who may approve, two spokes and the hub with their sites, and slots."""
    from content.catalogue.actions import add_artist, add_genre
    from content.editorial.actions import add_tag
    from hub.schedule.models import Slot, Weekday
    from spokes.channels.actions import add_channel, add_spoke

    _add_people()
    jazz, techno = (add_genre(name=name) for name in ("Jazz", "Techno"))
    add_artist(name="Alma Reed", genres=[jazz], about="She plays the trumpet.")
    add_tag(name="Festival", meaning="Something that happens on a stage.")
    spokes = [None] + [add_spoke(genre=genre, colour="#8a4b08") for genre in (jazz, techno)]
    for spoke in spokes:
        name = f"{spoke.name if spoke else 'Hub'} site"
        channel = add_channel(
            name=name, network="site", spoke=spoke, zone=ZONE, late_policy="always"
        )
        Slot.objects.create(
            channel=channel, weekday=Weekday.FRIDAY, wall_time=time(18, 30), zone=ZONE
        )


def _add_people() -> None:
    from django.contrib.auth.models import User

    from hub.people.models import Membership
    from hub.people.roles import APPROVER, set_up_roles

    approvers = next(group for group in set_up_roles() if group.name == APPROVER)
    for name in PEOPLE:
        person = User.objects.create_user(name, password=f"pass-word-{name}", is_staff=True)
        person.groups.add(approvers)
        Membership.objects.create(user=person)


def publish(title: str) -> None:
    """Send one post to the hub and to Jazz at once."""
    from django.contrib.auth.models import User

    from content.catalogue.models import Artist
    from content.editorial.actions import approve_post, submit_post, write_post
    from hub.schedule.actions import schedule_post

    edith, anton = (User.objects.get(username=name) for name in PEOPLE)
    fields = {
        "title": title,
        "teaser": f"The teaser of {title}.",
        "body": f"The body of **{title}**, with `a_very_long_word_{'of_code_' * 12}`.",
        "cta_url": "https://listen.example.org/album/1",
        "artists": [Artist.objects.get(name="Alma Reed")],
    }
    post = write_post(actor=edith, fields=fields)
    post = submit_post(post=post, actor=edith)
    post = approve_post(post=post, actor=anton)
    assert len(schedule_post(post=post, actor=anton).deliveries) == 2


if __name__ == "__main__":
    django.setup()
    plant()
    for heading in sys.argv[1:]:
        publish(heading)

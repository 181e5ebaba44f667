"""The newsroom of the experiments: channels on the counting network, posts that are due."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.text import slugify

from content.editorial.actions import approve_post, submit_post, write_post
from content.editorial.models import Post
from hub.delivery.models import Delivery, Gate, Hold
from hub.schedule.actions import schedule_post
from spokes.channels.actions import add_channel
from spokes.channels.models import Channel
from tests.faults.servers import CountingNetwork

FACES = ("key", "lookup", "none")
# until the channels are connected to a network
NOWHERE = "http://127.0.0.1:9"


def plant() -> None:
    for name in ("edith", "anton"):
        User.objects.create_superuser(name, f"{name}@example.org", f"pass-word-{name}")


def open_channels(faces: tuple[str, ...] = FACES, each: int = 2) -> list[Channel]:
    """Close all channels that there are, and open new ones of the hub."""
    Delivery.objects.all().delete()
    Hold.objects.all().delete()
    Gate.objects.all().delete()
    Channel.objects.update(paused_at=timezone.now(), paused_reason="of another wave")
    taken = Channel.objects.count()
    names = [
        (face, f"{face}-{taken + number}")
        for number, face in enumerate(face for face in faces for _ in range(each))
    ]
    return [
        add_channel(
            name=name,
            network="counting",
            late_policy="always",
            settings={"url": NOWHERE, "face": face},
        )
        for face, name in names
    ]


def connect(channels: list[Channel], network: CountingNetwork) -> None:
    for channel in channels:
        channel.settings = {
            **channel.settings,
            "url": network.url(channel.settings["face"], channel.name),
        }
    Channel.objects.bulk_update(channels, ["settings"])


def planned_wave(due: int) -> list[Channel]:
    """Keep the posts of the planned wave that make about ``due``; returns its channels."""
    channels = list(Channel.objects.filter(network="counting").order_by("pk"))
    kept = posts(-(-due // len(channels)))
    Delivery.objects.exclude(post__in=kept).delete()
    return channels


def posts(count: int) -> list[Post]:
    """Give as many approved posts; those that there are, are new to new channels."""
    there = Post.objects.filter(title__startswith="Post ").count()
    for number in range(there, count):
        write_one(f"Post {number}")
    return list(Post.objects.filter(title__startswith="Post ").order_by("pk")[:count])


def write_one(title: str) -> Post:
    """Write, submit and approve one post."""
    edith, anton = people()
    fields = {
        "title": title,
        "teaser": "A teaser.",
        "cta_url": f"https://listen.example.org/album/{slugify(title)}",
    }
    post = write_post(actor=edith, fields=fields)
    return approve_post(post=submit_post(post=post, actor=edith), actor=anton)


def plan(posts: list[Post], channels: list[Channel]) -> int:
    """Plan every post on every channel for some far day; returns how many deliveries that is."""
    _, anton = people()
    later = timezone.now() + timedelta(days=30)
    for post in posts:
        schedule_post(post=post, actor=anton, at=later, channels=channels)
    return Delivery.objects.count()


def make_due(within: timedelta = timedelta(0)) -> None:
    """Make all that is planned due from now on, spread evenly over ``within``."""
    now = timezone.now()
    rows = list(Delivery.objects.order_by("post", "channel"))
    for number, delivery in enumerate(rows):
        delivery.due_at = delivery.next_try_at = now + within * (number / len(rows))
    Delivery.objects.bulk_update(rows, ["due_at", "next_try_at"], batch_size=200)


def people() -> tuple[User, User]:
    edith, anton = (User.objects.get(username=name) for name in ("edith", "anton"))
    return edith, anton

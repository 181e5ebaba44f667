"""Building the demo: pictures first, then all rows in one transaction: it is whole or not."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from content.catalogue.models import Genre
from content.editorial.models import Post
from content.media.models import Asset
from hub.delivery.models import Delivery
from hub.demo.agenda import Agenda, make_agenda, past_times, times_ahead, times_soon
from hub.demo.history import publish_in_the_past, withdraw_in_the_past
from hub.demo.material import load_material
from hub.demo.people import add_people, place_people
from hub.demo.posts import (
    Watch,
    approve,
    make_first_renditions,
    store_pictures,
    submit,
    write_draft,
)
from hub.demo.profiles import add_profiles
from hub.demo.world import World, build_world
from hub.demo.writer import Draft, Writer
from hub.schedule.actions import schedule_post
from spokes.audiences.actions import ban_post, pin_post
from spokes.channels.models import Spoke

DEFAULT_POSTS = 200
DEFAULT_SEED = 1
# below it, some lots of the agenda would be empty
FEWEST_POSTS = 20
WITHDRAWN = (
    "The same piece had gone out a week before.",
    "A photograph without a licence; the drawing came later.",
    "Asked for by the desk: the facts need another look.",
)

Say = Callable[[str], None]


@dataclasses.dataclass
class Newsroom:
    """Everything that the steps of the build share."""

    people: dict[str, User]
    world: World
    drafts: Sequence[Draft]
    heroes: Sequence[Asset]
    agenda: Agenda
    chance: random.Random
    now: datetime

    @property
    def approver(self) -> User:
        return self.people["approver"]

    def write(self, number: int, *, at: datetime) -> tuple[Post, User]:
        author = self.people["editor" if number % 3 else "writer"]
        draft, hero = self.drafts[number], self.heroes[number]
        return write_draft(draft, world=self.world, hero=hero, author=author, now=at), author

    def write_approved(self, number: int, *, at: datetime) -> Post:
        """Write a post a day before ``at``; approve it then."""
        post, author = self.write(number, at=at - timedelta(days=self.chance.uniform(1, 3)))
        return approve(post, author=author, approver=self.approver, now=at)


def has_content() -> bool:
    """Say whether something is there that a demo must not mix with."""
    return any(model._default_manager.exists() for model in (Post, Genre, Spoke))


def build_demo(
    *, posts: int = DEFAULT_POSTS, seed: int = DEFAULT_SEED, say: Say, watch: Watch
) -> None:
    """Fill an empty database; the same seed makes the same texts and pictures."""
    now = timezone.now()
    material = load_material()
    people = add_people()
    drafts = Writer(material, seed=seed, year=now.year).drafts(posts)
    agenda = make_agenda(drafts, seed=seed)
    heroes = store_pictures(drafts, actor=people["editor"], seed=seed, now=now, watch=watch)
    say("Making the small pictures …")
    make_first_renditions([heroes[number] for number in agenda.shown_first], now=now)
    with transaction.atomic():
        say("Building genres, artists, spokes and channels …")
        world = build_world(material, manager=people["manager"])
        place_people()
        chance = random.Random(seed)  # noqa: S311  # times of day, no secret
        newsroom = Newsroom(people, world, drafts, heroes, agenda, chance, now)
        say("Writing and publishing the last 30 days …")
        _fill_past(newsroom)
        say("Planning the next 14 days …")
        _fill_desks(newsroom)
        _fill_future(newsroom)
        add_profiles(manager=people["manager"])


def _fill_past(newsroom: Newsroom) -> None:
    numbers = newsroom.agenda.past
    times = past_times(len(numbers), now=newsroom.now, chance=newsroom.chance)
    planned = {
        newsroom.write_approved(number, at=at - timedelta(hours=21)).pk: at
        for number, at in zip(numbers, times, strict=True)
    }
    made = publish_in_the_past(
        planned, channels=list(newsroom.world.sites.values()), actor=newsroom.approver
    )
    for reason, post_id in zip(WITHDRAWN, list(planned)[4::20], strict=False):
        _withdraw([row for row in made if row.post_id == post_id], reason, newsroom)


def _withdraw(deliveries: Sequence[Delivery], reason: str, newsroom: Newsroom) -> None:
    for delivery in deliveries:
        at = min(delivery.due_at + timedelta(hours=3), newsroom.now - timedelta(minutes=5))
        withdraw_in_the_past(delivery, at=at, actor=newsroom.approver, reason=reason)


def _fill_desks(newsroom: Newsroom) -> None:
    """Leave some posts in review, and some unfinished."""
    for number in newsroom.agenda.in_review:
        at = newsroom.now - timedelta(hours=newsroom.chance.uniform(2, 30))
        post, author = newsroom.write(number, at=at)
        submit(post, author=author, now=at + timedelta(hours=1))
    for number in newsroom.agenda.unfinished:
        newsroom.write(number, at=newsroom.now - timedelta(hours=newsroom.chance.uniform(1, 60)))


def _fill_future(newsroom: Newsroom) -> None:
    agenda, world, approver = newsroom.agenda, newsroom.world, newsroom.approver
    approved = {
        number: newsroom.write_approved(number, at=newsroom.now - timedelta(hours=3))
        for number in (*agenda.soon, *agenda.later, *agenda.in_slots, *agenda.overslept)
    }
    _override([approved[number] for number in agenda.later], newsroom)
    sites = list(world.sites.values())
    everywhere = [*sites, *world.webhooks]
    for number in agenda.in_slots:
        schedule_post(post=approved[number], actor=approver, next_slot=True, channels=sites)
    ahead = times_ahead(len(agenda.later), now=newsroom.now, chance=newsroom.chance)
    for number, at in zip(agenda.later, ahead, strict=True):
        schedule_post(post=approved[number], actor=approver, at=at, channels=everywhere)
    _oversleep([approved[number] for number in agenda.overslept], newsroom)
    # the clock of those that somebody will watch starts when all the rest is done
    soon = times_soon(len(agenda.soon), now=timezone.now())
    for number, at in zip(agenda.soon, soon, strict=True):
        schedule_post(post=approved[number], actor=approver, at=at, channels=sites)


def _override(posts: Sequence[Post], newsroom: Newsroom) -> None:
    """Pin one post and ban another, by hand and for a reason."""
    sites, actor = newsroom.world.sites, newsroom.approver
    pin_post(
        post=posts[0],
        channel=sites["Indie"],
        reason="The Indie desk asked for it: it fits their series about first records.",
        actor=actor,
    )
    ban_post(
        post=posts[-1],
        channel=sites[""],
        reason="The hub has three pieces of this kind today; this one stays with its own readers.",
        actor=actor,
    )


def _oversleep(posts: Sequence[Post], newsroom: Newsroom) -> None:
    """Let posts have come up while nothing ran: the engine will find them and say "missed"."""
    due_at = newsroom.now - timedelta(hours=5)
    for post in posts:
        at = newsroom.now + timedelta(days=1)
        sites = list(newsroom.world.sites.values())
        plan = schedule_post(post=post, actor=newsroom.approver, at=at, channels=sites)
        ids = [delivery.pk for delivery in plan.deliveries]
        Delivery.objects.filter(pk__in=ids).update(due_at=due_at, next_try_at=due_at)

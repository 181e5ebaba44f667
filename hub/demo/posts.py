"""The demo's pictures and posts, from draft to approved, on the way that people take."""

from __future__ import annotations

import dataclasses
import itertools
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.core.files.base import ContentFile

from content.catalogue.names import make_slug
from content.editorial.actions import approve_post, submit_post, write_post
from content.editorial.models import Post
from content.media.actions import make_due_renditions, store_upload
from content.media.models import Asset, Rendition
from hub.demo import artwork
from hub.demo.world import World
from hub.demo.writer import LISTEN, Deck, Draft

# what the site's lists show; the job makes the others once it runs
SOON_NEEDED = "card-640"
# one draws while another is stored; Pillow leaves the interpreter free meanwhile
DRAWERS = 2
CTA_LABELS = {
    "release": "Listen to the album",
    "interview": "Play their records",
    "tour": "Hear the set",
    "playlist": "Play the playlist",
    "feature": "Listen along",
    "video": "Watch and listen",
}

Watch = Callable[[Iterable[Draft]], Iterable[Draft]]


def store_pictures(
    drafts: Sequence[Draft], *, actor: User, seed: int, now: datetime, watch: Watch
) -> list[Asset]:
    """Draw and store a picture for each draft, in their order; the same again adds nothing."""
    with ThreadPoolExecutor(max_workers=DRAWERS) as pool:
        drawn = pool.map(_Drawing.make, _drawings(drafts, seed))
        return [
            store_upload(
                upload=ContentFile(picture.jpeg, name=f"{make_slug(draft.title)}.jpg"),
                title=draft.title,
                alt_text=picture.alt_text,
                credit="Backbeat picture desk",
                actor=actor,
                now=now,
            )
            for draft, picture in zip(watch(drafts), drawn, strict=True)
        ]


@dataclasses.dataclass(frozen=True)
class _Drawing:
    motif: artwork.Motif
    colour: str
    seed: int

    def make(self) -> artwork.Picture:
        return artwork.draw(motif=self.motif, colour=self.colour, seed=self.seed)


def _drawings(drafts: Sequence[Draft], seed: int) -> Iterator[_Drawing]:
    """Choose a motif for each draft that suits its kind and its desk."""
    chance = random.Random(seed)  # noqa: S311  # art, no secret
    decks: dict[tuple[str, str], Deck[artwork.Motif]] = {}
    for number, draft in enumerate(drafts):
        place = (draft.kind, make_slug(draft.spoke.name))
        if place not in decks:
            decks[place] = Deck(artwork.motifs_for(kind=place[0], spoke=place[1]), chance)
        yield _Drawing(decks[place].draw(), draft.spoke.colour, seed * 100_000 + number)


def make_first_renditions(assets: Sequence[Asset], *, now: datetime) -> None:
    """Make the size that lists show, so that the first page is whole before any job runs."""
    ids = [asset.pk for asset in assets]
    later = Rendition.objects.exclude(asset__in=ids, name=SOON_NEEDED)
    later.filter(next_try_at__lte=now).update(next_try_at=now + timedelta(minutes=1))
    while make_due_renditions(now=now, limit=100):
        pass


def write_draft(draft: Draft, *, world: World, hero: Asset, author: User, now: datetime) -> Post:
    fields: dict[str, Any] = {
        "title": draft.title,
        "kind": draft.kind,
        "teaser": draft.teaser,
        "body": draft.body,
        "hero": hero,
        "artists": [world.artists[name] for name in draft.artists],
        "tracks": world.tracks_of(draft.records),
        "genres": [
            (world.genres[name], percent)
            for name, percent in itertools.zip_longest(draft.genres, draft.shares)
        ],
        "tags": [world.tags[name] for name in draft.tags],
        "cta_label": CTA_LABELS[draft.kind],
        "cta_url": f"{LISTEN}/{draft.kind}/{make_slug(draft.title)}",
        "explicit": draft.explicit,
        "evergreen": draft.kind in {"feature", "playlist"},
        "happens_on": _day_of(draft, now),
    }
    return write_post(actor=author, fields=fields, now=now)


def _day_of(draft: Draft, now: datetime) -> date | None:
    """Give shows, and anniversaries with their new pressings, a day some weeks ahead."""
    chance = random.Random(draft.title)  # noqa: S311  # a demo's calendar, no secret
    if draft.kind == "tour":
        return (now + timedelta(days=chance.randint(12, 80))).date()
    if draft.kind == "release" and "anniversary" in draft.tags:
        return (now + timedelta(days=chance.randint(7, 50))).date()
    return None


def submit(post: Post, *, author: User, now: datetime) -> Post:
    return submit_post(post=post, actor=author, now=now)


def approve(post: Post, *, author: User, approver: User, now: datetime) -> Post:
    submit(post, author=author, now=now - timedelta(hours=2))
    return approve_post(post=post, actor=approver, now=now)

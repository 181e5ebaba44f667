"""The demo's house: genres, artists, tags, spokes and channels, made by the rooms' own actions."""

from __future__ import annotations

import dataclasses
from datetime import time

from django.contrib.auth.models import User

from content.catalogue.actions import add_artist, add_genre, add_track
from content.catalogue.models import Artist, Genre, Track
from content.catalogue.names import make_slug
from content.catalogue.resolver import resolve_genre
from content.editorial.actions import add_tag
from content.editorial.models import AudienceTag
from hub.demo.material import ArtistFacts, Material, Record, SpokeFacts
from hub.demo.writer import LISTEN
from hub.schedule.models import Slot
from spokes.audiences.actions import save_audience
from spokes.channels.actions import add_channel, add_spoke, change_spoke, pause_channel
from spokes.channels.models import Channel

NO_RECEIVER = "Nobody listens at the demo’s address. Enter your own under settings, then resume."
HUB_SLOTS = ((0, "09:00"), (1, "09:00"), (2, "09:00"), (3, "09:00"), (4, "09:00"))


@dataclasses.dataclass
class World:
    """The rows that posts refer to, by the names in the material."""

    genres: dict[str, Genre]
    artists: dict[str, Artist]
    tracks: dict[tuple[str, str], Track]
    tags: dict[str, AudienceTag]
    # the site's channels by the spoke's name; the hub's under ""
    sites: dict[str, Channel]
    webhooks: list[Channel]

    def tracks_of(self, records: tuple[Record, ...]) -> list[Track]:
        return [self.tracks[record.artist, record.track] for record in records]


def build_world(material: Material, *, manager: User) -> World:
    genres: dict[str, Genre] = {}
    for facts in material.genres.values():
        genres[facts.name] = add_genre(
            name=facts.name,
            parents=[genres[parent] for parent in facts.parents],
            aliases=facts.aliases,
            description=facts.about,
            actor=manager,
        )
    artists = {
        facts.name: _add_artist(facts, genres, manager) for facts in material.artists.values()
    }
    tracks = {
        (record.artist, record.track): _add_track(record, artists[record.artist], manager)
        for facts in material.artists.values()
        for record in facts.records
    }
    tags = {row["name"]: add_tag(**row, actor=manager) for row in material.tags}
    sites = {"": _add_hub(manager)}
    for position, spoke in enumerate(material.spokes, 1):
        sites[spoke.name] = _add_spoke(spoke, genres[spoke.genre], position, manager)
    for row in material.unresolved:
        resolve_genre(row["name"], example=row["example"])
    return World(genres, artists, tracks, tags, sites, _add_webhooks(sites, manager))


def _add_artist(facts: ArtistFacts, genres: dict[str, Genre], manager: User) -> Artist:
    return add_artist(
        name=facts.name,
        genres=[genres[name] for name in facts.genres],
        country=facts.country,
        about=facts.about,
        link=f"{LISTEN}/artist/{make_slug(facts.name)}",
        actor=manager,
    )


def _add_track(record: Record, artist: Artist, manager: User) -> Track:
    return add_track(
        artist=artist,
        title=record.track,
        album=record.album,
        released=str(record.year),
        explicit=record.explicit,
        link=f"{LISTEN}/track/{artist.slug}/{make_slug(record.track)}",
        actor=manager,
    )


def _add_hub(manager: User) -> Channel:
    audience = save_audience(
        name="Front page",
        expression='tag:"hub pick" OR tag:festival',
        note="The strongest of every desk, and what concerns everybody.",
        actor=manager,
    )
    channel = add_channel(
        name="Hub site", network="site", zone="Europe/London", audience=audience, actor=manager
    )
    _add_slots(channel, HUB_SLOTS, "Europe/London")
    return channel


def _add_spoke(facts: SpokeFacts, genre: Genre, position: int, manager: User) -> Channel:
    spoke = add_spoke(
        genre=genre,
        name=facts.name,
        colour=facts.colour,
        tagline=facts.tagline,
        rolls_up=facts.rolls_up,
        actor=manager,
    )
    change_spoke(spoke=spoke, fields={"position": position}, actor=manager)
    channel = add_channel(
        name=f"{facts.name} site", network="site", spoke=spoke, zone=facts.zone, actor=manager
    )
    _add_slots(channel, facts.slots, facts.zone)
    return channel


def _add_slots(channel: Channel, slots: tuple[tuple[int, str], ...], zone: str) -> None:
    Slot.objects.bulk_create(
        Slot(channel=channel, weekday=day, wall_time=time.fromisoformat(wall_time), zone=zone)
        for day, wall_time in slots
    )


def _add_webhooks(sites: dict[str, Channel], manager: User) -> list[Channel]:
    """Add two partners' webhooks, paused: a demo has nobody to send to."""
    channels = [
        add_channel(
            name=name,
            network="webhook",
            spoke=site.spoke,
            zone=site.zone,
            audience=site.audience,
            settings={"url": f"https://hooks.example.com/{make_slug(name)}"},
            credentials={"secret": "whsec_ZGVtby1zZWNyZXQtZm9yLW5vYm9keS1hdC1hbGw="},
            actor=manager,
        )
        for name, site in (("Partner radio", sites["Jazz"]), ("Label newsletter", sites[""]))
    ]
    return [pause_channel(channel=row, reason=NO_RECEIVER, actor=manager) for row in channels]

"""The world of the browser's tests, made by actions; run it as a module to plant it."""

from __future__ import annotations

import io
from datetime import datetime, time, timedelta
from typing import Any

import django
from django.core.files.base import ContentFile
from django.utils import timezone
from PIL import Image, ImageDraw

ZONE = "Europe/Berlin"
# each spoke's genre, its colour, and the artist that its posts are about
SPOKES = {
    "Jazz": ("#8a4b08", "Alma Reed"),
    "Hip Hop": ("#7a1f5c", "Kofi Blaze"),
    "Techno": ("#0b7285", "Nordlicht"),
}
LIVE = {"Night Bus": "Jazz", "Low Tide": "Hip Hop", "Warehouse": "Techno"}
LIVE_AT = ("/jazz/night-bus/", "/hip-hop/low-tide/", "/techno/warehouse/", "/hub/warehouse/")
PLANNED = {"Tomorrow Swing": "Jazz", "Tomorrow Rhymes": "Hip Hop", "Tomorrow Drums": "Techno"}
WAITING = {"Rain on Tin": "Jazz", "Corner Store": "Hip Hop"}


def plant() -> None:
    """Make people, three spokes and the hub with their sites, and posts at every stage."""
    people = _add_people()
    _open_spokes(people["mona"])
    _join_hip_hop(people["hanna"])
    picture = _upload(people["edith"])
    for number, (title, genre) in enumerate((LIVE | PLANNED | WAITING).items()):
        post = _write(people["edith"], title, genre, hero=picture if title in LIVE else None)
        if title not in WAITING:
            _schedule(people["anton"], post, days=2 + number if title in PLANNED else 0)
    _write(people["edith"], "Unfinished Business", "Jazz", submit=False)
    _leave_traces(people)


def _add_people() -> dict[str, Any]:
    from django.contrib.auth.models import User

    from hub.people.models import Membership
    from hub.people.roles import APPROVER, EDITOR, MANAGER, set_up_roles

    groups = {group.name: group for group in set_up_roles()}
    roles = {"edith": EDITOR, "anton": APPROVER, "hanna": MANAGER, "theo": EDITOR, "lotte": EDITOR}
    people = {"mona": User.objects.create_superuser("mona", password="pass-word-mona")}
    for name, role in roles.items():
        person = User.objects.create_user(
            name, f"{name}@example.org", f"pass-word-{name}", is_staff=True
        )
        person.groups.add(groups[role])
        if name != "hanna":
            Membership.objects.create(user=person)
        people[name] = person
    return people


def _open_spokes(actor: Any) -> None:
    from content.catalogue.actions import add_artist, add_genre
    from content.editorial.actions import add_tag
    from hub.schedule.models import Slot, Weekday
    from spokes.channels.actions import add_channel, add_spoke, name_hub, settle_in

    name_hub(name="Night Train", tagline="Music for those who stay up.", colour="#2e4a8a")
    settle_in(actor=actor)
    add_tag(name="Festival", meaning="Something that happens on a stage.", actor=actor)
    # no post has it, and no audience asks for it
    add_tag(name="Vinyl", meaning="Something to put a needle on.", actor=actor)
    places: list[Any] = [None]
    for name, (colour, artist) in SPOKES.items():
        genre = add_genre(name=name, actor=actor)
        add_artist(name=artist, genres=[genre], about=f"At home in {name}.", actor=actor)
        places.append(add_spoke(genre=genre, colour=colour, actor=actor))
    for spoke in places:
        channel = add_channel(
            name=f"{spoke.name if spoke else 'Hub'} site",
            network="site",
            spoke=spoke,
            zone=ZONE,
            late_policy="always",
            actor=actor,
        )
        Slot.objects.create(
            channel=channel, weekday=Weekday.FRIDAY, wall_time=time(18, 30), zone=ZONE
        )


def _join_hip_hop(person: Any) -> None:
    from hub.people.models import Membership
    from spokes.channels.models import Spoke

    Membership.objects.create(user=person, spoke=Spoke.objects.get(slug="hip-hop"))


def draw_picture(words: str = "A stage") -> bytes:
    """Draw a picture as a camera would give one; other words make another picture."""
    image = Image.new("RGB", (1400, 800), "#17324d")
    ImageDraw.Draw(image).ellipse((500, 150, 900, 550), fill="#f2a65a")
    ImageDraw.Draw(image).text((20, 20), words, fill="white")
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def _upload(actor: Any) -> Any:
    from content.media.actions import store_upload

    return store_upload(
        upload=ContentFile(draw_picture(), name="stage.png"),
        title="Stage",
        alt_text="A round stage at night.",
        actor=actor,
    )


def _write(actor: Any, title: str, genre: str, *, submit: bool = True, **more: Any) -> Any:
    from content.catalogue.models import Artist, Genre
    from content.editorial.actions import submit_post, write_post
    from content.editorial.models import AudienceTag

    fields = {
        "title": title,
        "teaser": f"The teaser of {title}.",
        "body": f"The body of **{title}**, with `a_very_long_word_{'of_code_' * 12}`.",
        "cta_url": "https://listen.example.org/album/1",
        "artists": [Artist.objects.get(name=SPOKES[genre][1])],
        "genres": [Genre.objects.get(name=genre)],
        "tags": [AudienceTag.objects.get(name="Festival")],
        **more,
    }
    post = write_post(actor=actor, fields=fields)
    return submit_post(post=post, actor=actor) if submit else post


def _schedule(actor: Any, post: Any, *, days: int) -> None:
    from content.editorial.actions import approve_post
    from hub.schedule.actions import schedule_post

    post = approve_post(post=post, actor=actor)
    noon = timezone.now().replace(hour=12, minute=0, second=0, microsecond=0)
    at: datetime | None = noon + timedelta(days=days) if days else None
    assert len(schedule_post(post=post, actor=actor, at=at).deliveries) == 2


def _leave_traces(people: dict[str, Any]) -> None:
    """Add what else the console lists: an audience, a hold, a share link, two unknown genres."""
    from content.catalogue.models import UnresolvedGenre
    from content.editorial.models import Post
    from hub.delivery.actions import hold
    from hub.preview.actions import create_share_link
    from spokes.audiences.actions import save_audience

    save_audience(name="Clean ears", expression="explicit:no", actor=people["mona"])
    drums, waiting = (Post.objects.get(title=title) for title in ("Tomorrow Drums", "Rain on Tin"))
    hold(scope="post", post=drums, actor=people["mona"], reason="The label asked for it.")
    create_share_link(actor=people["edith"], label="The label", post=waiting)
    for name, key in (("jass", "jass"), ("jass nights", "jassnights")):
        UnresolvedGenre.objects.create(name=name, key=key, first_seen_at=timezone.now())


if __name__ == "__main__":
    django.setup()
    plant()

"""A house of two spokes with a row of every kind on each, and everyone's browser."""

from __future__ import annotations

import copy
import re
import time as moment
from datetime import UTC, datetime, time
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpResponse
from django.test import Client

from content.audit.actions import record
from content.catalogue.actions import add_artist, add_genre
from content.catalogue.models import Genre, Track, UnresolvedGenre
from content.editorial.actions import add_tag, write_post
from content.media.models import Asset
from hub.alerts.models import Alert
from hub.delivery.actions import hold, plan_delivery
from hub.people.models import Membership
from hub.people.roles import ANALYST, APPROVER, EDITOR, MANAGER, set_up_roles
from hub.preview.models import ShareLink
from hub.schedule.models import Slot
from spokes.audiences.models import Audience
from spokes.channels.models import Channel, Hub, Spoke

# in every name of the other spoke's rows, and in nothing else
SECRET = "Zwielicht"
NOW = datetime(2026, 6, 15, 12, 0, tzinfo=UTC)


def rows_of(spoke: Spoke, genre: Genre, mark: str, people: dict[str, User]) -> dict[str, Any]:
    """Make one row of every model on this spoke; all their names have the mark."""
    channel = Channel.objects.create(
        spoke=spoke, name=f"{mark} site", slug=f"{mark}-site".lower(), network="site"
    )
    asset = Asset(title=f"{mark} stage", checksum=mark, alt_text=f"{mark}.", uploaded_at=NOW)
    asset.file.name = "stage.png"
    asset.width = asset.height = 64
    Asset.objects.bulk_create([asset])
    post = write_post(
        actor=people["e"], fields={"title": f"{mark} news", "genres": [genre], "hero": asset}
    )
    audience = Audience.objects.create(name=f"{mark} ears", slug=mark, expression="explicit:no")
    Spoke.objects.filter(pk=spoke.pk).update(audience=audience)
    delivery = plan_delivery(
        post=post, channel=channel, due_at=NOW, actor=None, by_hand=True, now=NOW
    )
    writer = member(f"{mark.lower()}-writer", spoke)
    link = ShareLink.objects.create(
        kind="post",
        token_hash=mark,
        post=post,
        label=f"{mark} friends",
        created_by=people["s"],
        created_at=NOW,
        expires_at=NOW.replace(year=2030),
    )
    return {
        "audiences/audience": audience,
        "audit/auditentry": record(code="post.written", subject=post, actor=None),
        "auth/user": writer,
        "channels/channel": channel,
        "channels/spoke": spoke,
        "delivery/delivery": delivery,
        "delivery/hold": hold(
            scope="spoke", actor=people["s"], reason=f"{mark} waits.", spoke=spoke
        ),
        "editorial/post": post,
        "media/asset": asset,
        "preview/sharelink": link,
        "schedule/slot": Slot.objects.create(
            channel=channel, weekday=1, wall_time=time(9), zone="UTC"
        ),
        "slug": spoke.slug,
        "post_slug": post.slug,
    }


def member(name: str, *spokes: Spoke, **fields: Any) -> User:
    person = User.objects.create(username=name, is_staff=True, **fields)
    for spoke in spokes or [None]:
        Membership.objects.create(user=person, spoke=spoke)
    return person


def browser_of(person: User) -> Client:
    browser = Client()
    browser.force_login(person, backend=settings.AUTHENTICATION_BACKENDS[-1])
    session = browser.session
    session["account_authentication_methods_user"] = str(person.pk)
    session["account_authentication_methods"] = [{"method": "password", "at": moment.time()}]
    session.save()
    return browser


def build() -> SimpleNamespace:
    groups = {group.name: group for group in set_up_roles()}
    music = add_genre(name="Music")
    own_genre, other_genre = (add_genre(name=name, parents=[music]) for name in ("Rap", "Jazz"))
    own_spoke = Spoke.objects.create(genre=own_genre, name="Rhymes", slug="rhymes")
    other_spoke = Spoke.objects.create(genre=other_genre, name=f"{SECRET} house", slug="zw")
    Channel.objects.create(name="Centre site", slug="centre-site", network="site")
    people = {
        "r": member("rita"),
        "e": member("edith"),
        "a": member("anton"),
        "m": member("pavel"),
        "n": member("nora"),
        "b": member("hanna", own_spoke),
        "s": member("mona", is_superuser=True),
    }
    roles = (("e", EDITOR), ("a", APPROVER), ("m", MANAGER), ("n", ANALYST), ("b", MANAGER))
    for letter, role in roles:
        people[letter].groups.add(groups[role])
    artist = add_artist(name="Alma Reed", genres=[own_genre])
    shared = {
        "auth/group": groups[EDITOR],
        "catalogue/artist": artist,
        "catalogue/genre": own_genre,
        "catalogue/track": Track.objects.create(artist=artist, title="Blue", key="blue"),
        "catalogue/unresolvedgenre": UnresolvedGenre.objects.create(
            name="jass", key="jass", first_seen_at=NOW
        ),
        "alerts": Alert.objects.create(
            code="worker.silent", words="Nobody works.", since=NOW, seen_at=NOW
        ),
        "channels/hub": Hub.objects.create(pk=Hub.ONLY, name="Centre"),
        "editorial/audiencetag": add_tag(name="festival", meaning="On a stage."),
    }
    browsers = {letter: browser_of(person) for letter, person in people.items()}
    return SimpleNamespace(
        own={**shared, **rows_of(own_spoke, own_genre, "Rhymes", people)},
        other={**shared, **rows_of(other_spoke, other_genre, SECRET, people)},
        browsers={**browsers, "-": Client(), "x": browsers["b"]},
        people=people,
    )


def filled(address: str, rows: dict[str, Any]) -> str:
    """Put the rows' keys into the address."""
    model = "/".join(address.split("/")[1:3])
    row = rows.get(model)
    values = {
        "object_id": getattr(row, "pk", ""),
        "pk": rows["alerts"].pk,
        "post_id": rows["editorial/post"].pk,
        "asset_id": rows["media/asset"].pk,
        "number": 1,
        "what": "artists",
        "form": "csv",
        "place_slug": rows["slug"],
        "post": rows["post_slug"],
    }
    return "/" + re.sub(r"<\w+:(\w+)>", lambda found: str(values[found[1]]), address)


def ask(
    house: SimpleNamespace, letter: str, method: str, address: str, *, keep: bool = False
) -> HttpResponse:
    """Ask as this visitor, and leave no trace of it unless it is to be looked at."""
    rows = house.other if letter == "x" else house.own
    browser = house.browsers[letter]
    cookies = copy.deepcopy(browser.cookies)
    fields = QUERIES.get(address, {})
    if "/bulk/" in address:
        fields = {"keys": str(rows["/".join(address.split("/")[1:3])].pk)}
    with transaction.atomic():
        call = browser.get if method == "GET" else browser.post
        answer: HttpResponse = call(filled(address, rows), fields)
        transaction.set_rollback(not keep)
    browser.cookies = cookies
    return answer


QUERIES = {
    "admin/autocomplete/": {
        "app_label": "editorial",
        "model_name": "post",
        "field_name": "genres",
        "term": "",
    },
    "admin/search/": {"q": "z"},
}

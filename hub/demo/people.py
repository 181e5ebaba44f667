"""The demo's newsroom: a few people who may do different things."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.auth.models import Permission, User
from django.db.models import Q

from hub.demo.material import load_material

ROOMS = (
    *("audit", "catalogue", "media", "editorial", "channels", "audiences", "site"),
    *("delivery", "schedule"),
)
WRITING = (
    *("editorial.add_post", "editorial.change_post"),
    *("media.add_asset", "media.change_asset"),
    *("catalogue.add_artist", "catalogue.change_artist"),
    *("catalogue.add_track", "catalogue.change_track"),
)
PLANNING = (
    *("delivery.add_delivery", "delivery.change_delivery"),
    *("delivery.add_hold", "delivery.delete_hold"),
    *("schedule.add_slot", "schedule.change_slot", "schedule.delete_slot"),
    *("audiences.add_routingoverride", "audiences.change_routingoverride"),
)
# beside seeing everything, which all of them may
MAY: dict[str, tuple[str, ...]] = {
    "manager": (),
    "editor": WRITING,
    "approver": (
        *WRITING,
        *PLANNING,
        *("editorial.approve_post", "catalogue.change_unresolvedgenre"),
        *("editorial.add_audiencetag", "editorial.change_audiencetag"),
    ),
    "planner": (*PLANNING, "channels.change_channel", "channels.change_spoke"),
}


def add_people() -> dict[str, User]:
    """Make the demo's people, or set those that are there to the printed password, by username."""
    return {row["username"]: _add_person(row) for row in load_material().people}


def people_are_there() -> bool:
    usernames = [row["username"] for row in load_material().people]
    return User.objects.filter(username__in=usernames).count() == len(usernames)


def logins() -> list[str]:
    """Say who can sign in, one line a person."""
    people = load_material().people
    return [f"{row['username']:<10} {row['password']:<15} {row['may']}" for row in people]


def _add_person(row: dict[str, str]) -> User:
    first_name, last_name = row["name"].split(" ", 1)
    boss = row["role"] == "manager"
    person, _ = User.objects.update_or_create(
        username=row["username"],
        defaults={
            "first_name": first_name,
            "last_name": last_name,
            "email": f"{row['username']}@backbeat.example",
            "is_staff": True,
            "is_superuser": boss,
            "is_active": True,
        },
    )
    person.set_password(row["password"])
    person.save(update_fields=["password"])
    if not boss:
        person.user_permissions.set(permissions(MAY[row["role"]]))
    return person


def permissions(names: Iterable[str]) -> list[Permission]:
    """Find the permissions of these dotted names, and those to see every room."""
    wanted = Q(content_type__app_label__in=ROOMS, codename__startswith="view_")
    for name in names:
        app, codename = name.split(".")
        wanted |= Q(content_type__app_label=app, codename=codename)
    return list(Permission.objects.filter(wanted))

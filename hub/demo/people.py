"""The demo's newsroom: a few people who may do different things."""

from __future__ import annotations

from django.contrib.auth.models import Group, User

from hub.demo.material import load_material
from hub.people.models import Membership
from hub.people.roles import set_up_roles
from spokes.channels.models import Spoke


def add_people() -> dict[str, User]:
    """Make the demo's people, or set those that are there to the printed password, by username."""
    groups = {group.name: group for group in set_up_roles()}
    return {row["username"]: _add_person(row, groups) for row in load_material().people}


def place_people() -> None:
    """Bind those whose row names spokes to them; everybody else works in the whole house."""
    people = User.objects.in_bulk(
        [row["username"] for row in load_material().people], field_name="username"
    )
    for row in load_material().people:
        person = people[row["username"]]
        names = [name for name in row.get("spokes", "").split(", ") if name]
        spokes = list(Spoke.objects.filter(name__in=names)) if names else [None]
        person.memberships.all().delete()
        Membership.objects.bulk_create(Membership(user=person, spoke=spoke) for spoke in spokes)


def people_are_there() -> bool:
    usernames = [row["username"] for row in load_material().people]
    return User.objects.filter(username__in=usernames).count() == len(usernames)


def logins() -> list[str]:
    """Say who can sign in, one line a person."""
    people = load_material().people
    return [f"{row['username']:<10} {row['password']:<15} {row['may']}" for row in people]


def _add_person(row: dict[str, str], groups: dict[str, Group]) -> User:
    first_name, last_name = row["name"].split(" ", 1)
    group = groups[row["group"]] if row["group"] else None
    person, _ = User.objects.update_or_create(
        username=row["username"],
        defaults={
            "first_name": first_name,
            "last_name": last_name,
            "email": f"{row['username']}@backbeat.example",
            "is_staff": True,
            "is_superuser": group is None,
            "is_active": True,
        },
    )
    person.set_password(row["password"])
    person.save(update_fields=["password"])
    person.groups.set([group] if group else [])
    return person

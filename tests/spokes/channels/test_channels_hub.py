"""The hub's name, line and colour."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from content.audit.models import AuditEntry
from spokes.channels.actions import name_hub, settle_in
from spokes.channels.exceptions import HubInvalid
from spokes.channels.models import Hub
from spokes.channels.naming import hub_name

pytestmark = pytest.mark.django_db


def test_until_it_is_named_the_hub_has_the_name_of_the_settings(settings) -> None:
    settings.BRAND_NAME = "Offbeat"
    assert hub_name() == Hub.objects.current().name == "Offbeat"
    assert not Hub.objects.exists()


def test_naming_it_twice_leaves_one_row_and_two_entries(manager: User) -> None:
    name_hub(name=" Night  Train ", tagline="Late music.", colour="#0B7285", actor=manager)
    name_hub(name="Day Train", tagline="Late music.", colour="#0b7285", actor=manager)
    hub = Hub.objects.get()
    assert (hub.pk, hub.name, hub.colour) == (Hub.ONLY, "Day Train", "#0b7285")
    named, changed = AuditEntry.objects.order_by("id")
    assert (named.code, named.actor, named.after["name"]) == ("hub.named", manager, "Night Train")
    assert (changed.code, changed.before) == ("hub.changed", {"name": "Night Train"})


def test_the_same_name_again_is_no_change(manager: User) -> None:
    for _ in range(2):
        name_hub(name="Night Train", colour="#0b7285", actor=manager)
    assert [entry.code for entry in AuditEntry.objects.all()] == ["hub.named"]


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(HubInvalid) as refused:
        name_hub(name="  ", tagline="x" * 161, colour="teal")
    assert refused.value.errors.keys() == {"name", "tagline", "colour"}
    assert not Hub.objects.exists()


def test_a_new_name_is_known_at_once() -> None:
    assert hub_name() == "Backbeat"
    name_hub(name="Night Train", colour="#0b7285")
    assert hub_name() == "Night Train"


def test_settling_in_is_told_once(manager: User) -> None:
    first = settle_in(actor=manager)
    assert settle_in(actor=manager).settled_in_at == first.settled_in_at
    assert [entry.code for entry in AuditEntry.objects.all()] == ["hub.settled_in"]

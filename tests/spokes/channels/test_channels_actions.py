from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User

from content.audit.models import AuditEntry
from content.catalogue.models import Genre
from spokes.channels.actions import (
    add_channel,
    add_spoke,
    change_channel,
    change_spoke,
    mark_auth_lost,
    pause_channel,
    reconnect_channel,
    resume_channel,
)
from spokes.channels.connectors.registry import CONNECTORS, connector_for
from spokes.channels.exceptions import ChannelInvalid, SpokeInvalid, UnknownNetwork
from spokes.channels.fields import Sealed
from spokes.channels.models import Channel, Spoke

Make = Callable[..., Any]

SECRET = "whsec_bm90LWEtc2VjcmV0"
URL = "https://partner.example/hook/token-4711"


@pytest.fixture
def jazz(make_genre: Make) -> Genre:
    genre: Genre = make_genre("Jazz")
    return genre


@pytest.fixture
def hook(manager: User) -> Channel:
    return add_channel(
        name="Partner",
        network="webhook",
        settings={"url": URL},
        credentials={"secret": SECRET},
        actor=manager,
    )


def codes() -> list[str]:
    return [entry.code for entry in AuditEntry.objects.order_by("id")]


def channel_errors(**fields: Any) -> dict[str, list[str]]:
    with pytest.raises(ChannelInvalid) as caught:
        add_channel(**{"name": "Partner", "network": "webhook", **fields})
    assert not Channel.objects.exists()
    return caught.value.errors


# --- spokes ---------------------------------------------------------------------------------


def test_a_spoke_takes_name_and_address_from_its_genre(jazz: Genre, manager: User) -> None:
    spoke = add_spoke(genre=jazz, colour="#E4572E", actor=manager)
    stored = Spoke.objects.get(pk=spoke.pk)
    assert (stored.name, stored.slug, stored.colour) == ("Jazz", "jazz", "#e4572e")
    assert codes() == ["spoke.added"]


def test_all_that_is_wrong_with_a_spoke_is_said_at_once(jazz: Genre) -> None:
    with pytest.raises(SpokeInvalid) as caught:
        add_spoke(genre=jazz, name="Admin", colour="red", tagline="x" * 161)
    assert set(caught.value.errors) == {"slug", "colour", "tagline"}
    assert "needs itself" in str(caught.value)
    assert not Spoke.objects.exists()


def test_a_genre_has_one_spoke(jazz: Genre) -> None:
    add_spoke(genre=jazz)
    with pytest.raises(SpokeInvalid) as caught:
        add_spoke(genre=jazz, name="More jazz")
    assert set(caught.value.errors) == {"genre"}


def test_a_spoke_that_changes_its_name_keeps_its_address(jazz: Genre, manager: User) -> None:
    spoke = add_spoke(genre=jazz)
    change_spoke(spoke=spoke, fields={"name": "Jazz & Soul", "tagline": ""}, actor=manager)
    stored = Spoke.objects.get()
    assert (stored.name, stored.slug) == ("Jazz & Soul", "jazz")
    entry = AuditEntry.objects.get(code="spoke.changed")
    assert (entry.before, entry.after) == ({"name": "Jazz"}, {"name": "Jazz & Soul"})


# --- channels -------------------------------------------------------------------------------


def test_a_channel_keeps_what_it_was_given(jazz: Genre, manager: User) -> None:
    spoke = add_spoke(genre=jazz)
    channel = add_channel(
        name="Jazz partner",
        network="webhook",
        spoke=spoke,
        zone="Europe/Berlin",
        settings={"url": URL},
        credentials={"secret": SECRET},
        actor=manager,
    )
    stored = Channel.objects.get(pk=channel.pk)
    assert stored.slug == "jazz-partner"
    assert stored.spoke == spoke
    assert stored.zone == "Europe/Berlin"
    assert stored.settings == {"url": URL}
    assert stored.credentials == {"secret": SECRET}


def test_a_site_takes_more_at_once_than_a_network(hook: Channel) -> None:
    assert add_channel(name="Site", network="site").max_inflight == 200
    assert hook.max_inflight == 4
    assert add_channel(name="Small", network="site", max_inflight=3).max_inflight == 3


def test_two_channels_of_one_name_have_two_addresses(db: None) -> None:
    slugs = {add_channel(name="Site", network="site").slug for _ in range(2)}
    assert slugs == {"site", "site-2"}


def test_all_that_is_wrong_with_a_channel_is_said_at_once(db: None) -> None:
    errors = channel_errors(zone="Berlin", name="x" * 121)
    assert set(errors) == {"name", "zone", "settings", "credentials"}
    assert errors["settings"] == ["Webhook needs “url”."]
    assert errors["credentials"] == ["Webhook needs “secret”."]


def test_an_unknown_network_is_named_with_the_known_ones(db: None) -> None:
    errors = channel_errors(network="myspace")
    assert errors == {"network": ["“myspace” is no network that Backbeat knows: site, webhook."]}


@pytest.mark.parametrize("url", ["partner.example", "ftp://partner.example", 7])
def test_an_address_that_is_none_is_refused(db: None, url: object) -> None:
    errors = channel_errors(settings={"url": url}, credentials={"secret": SECRET})
    assert set(errors) == {"settings"}
    assert "web address" in errors["settings"][0]


def test_settings_are_names_with_values(db: None) -> None:
    assert "settings" in channel_errors(settings=["url"])


def test_a_change_is_saved_and_told(hook: Channel, manager: User) -> None:
    settings = {"url": URL, "dedupes": True}
    change_channel(
        channel=hook,
        fields={"name": "Partners", "settings": settings, "zone": "UTC"},
        actor=manager,
    )
    stored = Channel.objects.get()
    assert (stored.name, stored.slug, stored.settings) == ("Partners", "partner", settings)
    entry = AuditEntry.objects.get(code="channel.changed")
    assert entry.before == {"name": "Partner", "settings": ["url"]}
    assert entry.after == {"name": "Partners", "settings": ["dedupes", "url"]}


def test_a_change_to_nothing_new_leaves_no_trace(hook: Channel) -> None:
    change_channel(channel=hook, fields={"name": "Partner"})
    assert codes() == ["channel.added"]


def test_a_wrong_change_is_refused(hook: Channel) -> None:
    with pytest.raises(ChannelInvalid):
        change_channel(channel=hook, fields={"zone": "Mars/Olympus"})
    assert Channel.objects.get().zone == "UTC"


def test_a_change_leaves_alone_what_others_changed_meanwhile(hook: Channel, manager: User) -> None:
    stale = Channel.objects.get()
    pause_channel(channel=hook, reason="Storm", actor=manager)
    change_channel(channel=stale, fields={"name": "Partners"})
    assert Channel.objects.get().paused_reason == "Storm"


def test_a_channel_whose_secret_is_locked_may_still_be_renamed(hook: Channel) -> None:
    hook.credentials = Sealed("gibberish")
    change_channel(channel=hook, fields={"name": "Partners"})
    assert Channel.objects.get().name == "Partners"


# --- pause, resume --------------------------------------------------------------------------


def test_a_paused_channel_is_not_open_until_it_is_resumed(hook: Channel, manager: User) -> None:
    assert pause_channel(channel=hook, reason="Storm", actor=manager).paused_at
    assert not Channel.objects.open().exists()
    assert resume_channel(channel=hook, actor=manager).paused_at is None
    assert Channel.objects.get().paused_reason == ""
    assert Channel.objects.open().exists()
    assert codes() == ["channel.added", "channel.paused", "channel.resumed"]


def test_pausing_twice_keeps_the_first_reason(hook: Channel, manager: User) -> None:
    pause_channel(channel=hook, reason="Storm", actor=manager)
    pause_channel(channel=hook, reason="Calm", actor=None)
    resume_channel(channel=hook, actor=manager)
    resume_channel(channel=hook, actor=manager)
    assert codes() == ["channel.added", "channel.paused", "channel.resumed"]
    assert AuditEntry.objects.get(code="channel.paused").after == {"reason": "Storm"}


def test_a_long_reason_is_cut(hook: Channel) -> None:
    assert len(pause_channel(channel=hook, reason="x" * 500, actor=None).paused_reason) == 200


# --- credentials ----------------------------------------------------------------------------


def test_lost_credentials_close_the_channel_once(hook: Channel, now: datetime) -> None:
    mark_auth_lost(channel_id=hook.pk, reason="401", used=hook.credentials, now=now)
    later = now + timedelta(minutes=1)
    mark_auth_lost(channel_id=hook.pk, reason="403", used=hook.credentials, now=later)
    stored = Channel.objects.get()
    assert (stored.auth_lost_at, stored.auth_lost_reason) == (now, "401")
    assert not Channel.objects.open().exists()
    entry = AuditEntry.objects.get(code="channel.auth_lost")
    assert (entry.actor, entry.at) == (None, now)


def test_a_channel_that_is_gone_loses_nothing(db: None, now: datetime) -> None:
    mark_auth_lost(channel_id=4711, reason="401", used={}, now=now)
    assert codes() == []


def test_new_credentials_open_the_channel(hook: Channel, manager: User, now: datetime) -> None:
    mark_auth_lost(channel_id=hook.pk, reason="401", used=hook.credentials, now=now)
    channel = reconnect_channel(channel=hook, credentials={"secret": "whsec_bmV3"}, actor=manager)
    assert channel.auth_lost_at is None
    stored = Channel.objects.open().get()
    assert stored.credentials == {"secret": "whsec_bmV3"}
    assert stored.auth_lost_reason == ""


def test_a_late_answer_to_old_credentials_does_not_close_the_channel_again(
    hook: Channel, manager: User, now: datetime
) -> None:
    used = dict(hook.credentials)
    reconnect_channel(channel=hook, credentials={"secret": "whsec_bmV3"}, actor=manager)
    mark_auth_lost(channel_id=hook.pk, reason="401", used=used, now=now)
    assert Channel.objects.open().exists()
    assert "channel.auth_lost" not in codes()


def test_the_same_credentials_again_are_lost_again(
    hook: Channel, manager: User, now: datetime
) -> None:
    used = dict(hook.credentials)
    reconnect_channel(channel=hook, credentials=dict(used), actor=manager)
    mark_auth_lost(channel_id=hook.pk, reason="401", used=used, now=now)
    assert not Channel.objects.open().exists()


def test_credentials_that_lack_something_are_refused(
    hook: Channel, manager: User, now: datetime
) -> None:
    mark_auth_lost(channel_id=hook.pk, reason="401", used=hook.credentials, now=now)
    with pytest.raises(ChannelInvalid, match="needs “secret”"):
        reconnect_channel(channel=hook, credentials={"token": "x"}, actor=manager)
    stored = Channel.objects.get()
    assert stored.auth_lost_at == now
    assert stored.credentials == {"secret": SECRET}


def test_the_audit_holds_no_secret(hook: Channel, manager: User, now: datetime) -> None:
    mark_auth_lost(channel_id=hook.pk, reason="401", used=hook.credentials, now=now)
    reconnect_channel(channel=hook, credentials={"secret": "whsec_bmV3"}, actor=manager)
    change_channel(channel=hook, fields={"settings": {"url": f"{URL}-2"}}, actor=manager)
    rows = str(list(AuditEntry.objects.values()))
    assert len(codes()) == 4
    for secret in (SECRET, "whsec", "bmV3", "token-4711"):
        assert secret not in rows


# --- registry -------------------------------------------------------------------------------


@pytest.mark.parametrize("network", sorted(CONNECTORS))
def test_a_connector_is_registered_under_its_own_name(make_channel: Make, network: str) -> None:
    connector = connector_for(make_channel(network=network))
    assert connector.capabilities.network == network


def test_a_channel_of_a_network_that_is_gone_is_told(make_channel: Make) -> None:
    with pytest.raises(UnknownNetwork, match="“myspace” is no network"):
        connector_for(make_channel(network="myspace"))


@pytest.mark.parametrize(
    "secret", ["whsec_not base64!", "whsec_c2Vjc", "päßwort", "whsec_c2VjcmV0\n#", "whsec_"]
)
def test_a_webhook_secret_of_a_wrong_form_is_refused_beside_its_field(
    db: None, secret: str
) -> None:
    found = channel_errors(settings={"url": URL}, credentials={"secret": secret})
    assert found.keys() == {"credentials"}


def test_a_webhook_secret_may_come_without_its_prefix(db: None) -> None:
    add_channel(
        name="Partner",
        network="webhook",
        settings={"url": URL},
        credentials={"secret": "bm90LWEtc2VjcmV0"},
    )
    assert Channel.objects.exists()


def test_a_reconnect_with_a_wrong_secret_changes_nothing(hook: Channel, manager: User) -> None:
    with pytest.raises(ChannelInvalid, match="base64"):
        reconnect_channel(channel=hook, credentials={"secret": "whsec_!"}, actor=manager)
    assert Channel.objects.get().credentials == {"secret": SECRET}

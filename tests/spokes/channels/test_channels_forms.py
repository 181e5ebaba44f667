from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User

from spokes.channels.actions import add_channel
from spokes.channels.exceptions import ChannelInvalid
from spokes.channels.forms import ChannelForm, SpokeForm
from spokes.channels.models import Channel, Spoke

Make = Callable[..., Any]

URL = "https://partner.example/hook"


def filled(**fields: Any) -> dict[str, Any]:
    return {
        "name": "Partner",
        "network": "webhook",
        "zone": "Europe/Berlin",
        "late_policy": "standard",
        "settings": f'{{"url": "{URL}"}}',
        "credentials": '{"secret": "whsec_c2VjcmV0"}',
        **fields,
    }


@pytest.fixture
def hook(db: None) -> Channel:
    return add_channel(
        name="Partner",
        network="webhook",
        settings={"url": URL},
        credentials={"secret": "whsec_c2VjcmV0"},
    )


def test_a_channel_is_added_through_the_form(manager: User) -> None:
    form = ChannelForm(filled())
    assert form.is_valid(), form.errors
    form.write(actor=manager)
    stored = Channel.objects.get()
    assert stored.settings == {"url": URL}
    assert stored.credentials == {"secret": "whsec_c2VjcmV0"}
    assert (stored.zone, stored.max_inflight) == ("Europe/Berlin", 4)


def test_what_the_network_needs_is_said_in_the_form(db: None) -> None:
    html = str(ChannelForm())
    assert "Webhook needs “url”." in html
    assert "Webhook needs “secret”." in html


def test_a_channel_that_lacks_something_is_not_added(manager: User) -> None:
    form = ChannelForm(filled(credentials=""))
    assert form.is_valid()
    with pytest.raises(ChannelInvalid, match="needs “secret”"):
        form.write(actor=manager)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"url": ', "Line 1, column 9"),
        ('{\n"url" "x"}', "Line 2, column 7"),
        ('["x"]', "in braces"),
        ("7", "in braces"),
    ],
)
def test_a_slip_in_the_settings_is_shown_where_it_is(db: None, text: str, words: str) -> None:
    form = ChannelForm(filled(settings=text))
    assert words in str(form.errors["settings"])


def test_credentials_are_never_shown(hook: Channel) -> None:
    stored = str(ChannelForm(instance=hook))
    entered = str(ChannelForm(filled(name="", credentials='{"secret": "whsec_bmV3"}')))
    preset = str(ChannelForm(instance=hook, initial={"credentials": hook.credentials}))
    for html in (stored, entered, preset):
        assert "whsec" not in html
    assert URL in stored


def test_empty_credentials_leave_the_stored_ones(hook: Channel, manager: User) -> None:
    form = ChannelForm(filled(name="Partners", credentials="", max_inflight=2), instance=hook)
    assert form.is_valid(), form.errors
    form.write(actor=manager, channel=Channel.objects.get())
    stored = Channel.objects.get()
    assert (stored.name, stored.max_inflight) == ("Partners", 2)
    assert stored.credentials == {"secret": "whsec_c2VjcmV0"}


def test_new_credentials_connect_anew(hook: Channel, manager: User) -> None:
    Channel.objects.update(auth_lost_reason="401")
    fields = filled(credentials='{"secret": "whsec_bmV3"}', max_inflight=4)
    form = ChannelForm(fields, instance=hook)
    assert form.is_valid(), form.errors
    form.write(actor=manager, channel=Channel.objects.get())
    stored = Channel.objects.get()
    assert stored.credentials == {"secret": "whsec_bmV3"}
    assert stored.auth_lost_reason == ""


def test_half_a_change_is_no_change(hook: Channel, manager: User) -> None:
    fields = filled(name="Partners", credentials='{"token": "x"}', max_inflight=4)
    form = ChannelForm(fields, instance=hook)
    assert form.is_valid(), form.errors
    with pytest.raises(ChannelInvalid):
        form.write(actor=manager, channel=Channel.objects.get())
    assert Channel.objects.get().name == "Partner"


def test_a_channel_stays_on_its_network(hook: Channel, manager: User) -> None:
    form = ChannelForm(filled(network="site", max_inflight=4), instance=hook)
    assert form.is_valid(), form.errors
    form.write(actor=manager, channel=Channel.objects.get())
    assert Channel.objects.get().network == "webhook"


def test_a_spoke_is_added_and_changed_through_the_form(make_genre: Make, manager: User) -> None:
    fields = {"genre": make_genre("Jazz").pk, "name": "Jazz", "colour": "#112233", "position": 3}
    form = SpokeForm(fields)
    assert form.is_valid(), form.errors
    spoke = form.write(actor=manager)
    assert (spoke.slug, spoke.position, spoke.rolls_up) == ("jazz", 3, False)

    form = SpokeForm({**fields, "tagline": "Blue notes", "genre": ""}, instance=spoke)
    assert form.is_valid(), form.errors
    form.write(actor=manager, spoke=Spoke.objects.get())
    stored = Spoke.objects.get()
    assert (stored.tagline, stored.genre.name) == ("Blue notes", "Jazz")

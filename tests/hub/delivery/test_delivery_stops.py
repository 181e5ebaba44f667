"""A stop that has succeeded is in force: what is not on the wire by then does not go out."""

from __future__ import annotations

import pytest

from hub.delivery import actions, engine
from hub.delivery.models import Delivery, Hold
from spokes.channels.actions import pause_channel

pytestmark = pytest.mark.django_db


@pytest.fixture
def stop_after_the_claim(monkeypatch, wire):
    """Let a person act when the worker has claimed and prepared, and not yet begun to send."""

    def arrange(act) -> None:
        prepare = engine.make_ready

        def and_act(*args, **words):
            ready = prepare(*args, **words)
            act()
            return ready

        monkeypatch.setattr(engine, "make_ready", and_act)

    return arrange


@pytest.mark.parametrize("what", ["all", "post", "channel"])
def test_what_is_claimed_does_not_go_out_after_a_stop(
    plan, send, wire, channel, manager, stop_after_the_claim, what
) -> None:
    delivery = plan()

    def stop() -> None:
        if what == "channel":
            pause_channel(channel=channel, reason="Stop.", actor=manager)
        else:
            post = delivery.post if what == "post" else None
            actions.hold(scope=what, actor=manager, reason="Stop.", post=post)

    stop_after_the_claim(stop)
    send()
    row = Delivery.objects.get()
    assert (row.state, row.attempts.count(), wire.calls) == ("scheduled", 0, [])


def test_what_was_stopped_in_hand_goes_out_when_the_stop_ends(
    plan, send, wire, manager, stop_after_the_claim
) -> None:
    delivery = plan()
    stops = [Hold.Scope.ALL]

    def stop_once() -> None:
        while stops:
            actions.hold(scope=stops.pop(), actor=manager, reason="Stop.")

    stop_after_the_claim(stop_once)
    send()
    Hold.objects.all().delete()
    send()
    assert (Delivery.objects.get().state, wire.posted) == ("live", [delivery.key])


def test_a_batch_of_our_own_site_stops_before_its_first_post(
    make_channel, make_post, plan, send, manager, stop_after_the_claim
) -> None:
    site = make_channel()
    for _ in range(2):
        plan(make_post(), channel=site)
    stop_after_the_claim(lambda: pause_channel(channel=site, reason="Stop.", actor=manager))
    send(on=site)
    assert set(Delivery.objects.values_list("state", flat=True)) == {"scheduled"}

"""A picture is shown while its licence lasts: looked at again when its post is sent."""

from __future__ import annotations

from datetime import date

import pytest

from content.audit.models import AuditEntry
from content.media.actions import set_licence
from content.media.exceptions import UploadRefused
from content.media.models import Asset
from hub.console.today import deliveries_of_today
from hub.delivery.models import Delivery
from spokes.channels.actions import change_channel

pytestmark = pytest.mark.django_db(transaction=True)

# the test's "now" is noon UTC of this day
TODAY = date(2026, 6, 15)


def fresh(delivery: Delivery) -> Delivery:
    return Delivery.objects.get(pk=delivery.pk)


@pytest.fixture
def hero(now) -> Asset:
    return Asset.objects.create(
        title="A stage",
        alt_text="A stage.",
        file="assets/a.jpg",
        width=4,
        height=3,
        checksum="c" * 64,
        uploaded_at=now,
    )


@pytest.fixture
def licensed(hero, make_post, plan, manager):
    """Plan a post whose picture has a licence for these days."""

    def make(first: date | None, last: date | None) -> Delivery:
        set_licence(asset=hero, first=first, last=last, actor=manager)
        return plan(make_post(hero=hero))

    return make


@pytest.mark.parametrize(
    ("first", "last"),
    [(None, None), (TODAY, TODAY), (None, TODAY), (TODAY, None), (date(2026, 1, 1), None)],
)
def test_on_its_days_it_goes_out(licensed, send, first, last) -> None:
    delivery = licensed(first, last)
    send()
    assert fresh(delivery).state == "live"


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (None, date(2026, 6, 14), "“A stage” ended on 2026-06-14"),
        (date(2026, 6, 16), None, "“A stage” begins on 2026-06-16"),
    ],
)
def test_outside_its_days_it_is_refused_and_says_why(
    licensed, send, wire, first, last, words
) -> None:
    delivery = licensed(first, last)
    send()
    assert (fresh(delivery).state, wire.calls) == ("refused", [])
    assert words in fresh(delivery).reason


def test_the_day_is_the_day_where_the_channel_is(licensed, send, channel) -> None:
    change_channel(channel=channel, fields={"zone": "Pacific/Kiritimati"})
    delivery = licensed(None, TODAY)
    # 02:00 of the next day there
    send()
    assert fresh(delivery).state == "refused"


def test_an_edit_does_not_show_what_may_not_be_shown_any_more(
    licensed, plan, send, hero, manager, wire
) -> None:
    delivery = licensed(None, None)
    send()
    set_licence(asset=hero, first=None, last=date(2026, 6, 14), actor=manager)
    edit = plan(delivery.post, kind="edit", target=fresh(delivery))
    send(minutes=1)
    assert fresh(edit).state == "refused"
    assert [call for call, _ in wire.calls] == ["commit"]


def test_a_withdrawal_asks_for_no_licence(licensed, plan, send, hero, manager) -> None:
    delivery = licensed(None, None)
    send()
    set_licence(asset=hero, first=None, last=date(2026, 6, 14), actor=manager)
    withdrawal = plan(delivery.post, kind="withdraw", target=fresh(delivery))
    send(minutes=1)
    assert fresh(withdrawal).state == "live"


@pytest.mark.parametrize(
    ("last", "listed"),
    [(date(2026, 6, 22), True), (date(2026, 6, 1), True), (date(2026, 6, 23), False)],
)
def test_what_is_live_is_listed_a_week_before_its_licence_ends(
    licensed, send, hero, manager, now, last, listed
) -> None:
    delivery = licensed(None, None)
    send()
    set_licence(asset=hero, first=None, last=last, actor=manager)
    ending = deliveries_of_today(manager, now).licences
    assert [row.pk for row in ending] == ([delivery.pk] if listed else [])


def test_a_licence_can_not_end_before_it_begins(hero, manager) -> None:
    with pytest.raises(UploadRefused) as refused:
        set_licence(asset=hero, first=TODAY, last=date(2026, 6, 14), actor=manager)
    assert refused.value.field == "licence_until"


def test_setting_a_licence_is_kept_in_the_history_once(hero, manager) -> None:
    for _ in range(2):
        set_licence(asset=hero, first=None, last=TODAY, note=" Agency X ", actor=manager)
    entry = AuditEntry.objects.get(code="asset.licence_set")
    assert entry.after == {"licence_until": "2026-06-15", "licence_note": "Agency X"}

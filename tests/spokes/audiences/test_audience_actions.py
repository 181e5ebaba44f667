from __future__ import annotations

import pytest

from content.audit.models import AuditEntry
from spokes.audiences.actions import ban_post, clear_override, pin_post, save_audience
from spokes.audiences.exceptions import AudienceNameRefused, ReasonRefused
from spokes.audiences.language import ExpressionErrors
from spokes.audiences.models import Audience, RoutingOverride


def codes_about(subject):
    return list(AuditEntry.objects.about(subject).values_list("code", flat=True))


def test_a_pin_keeps_who_said_it_and_why(make_post, make_channel, manager):
    override = pin_post(
        post=make_post(), channel=make_channel(), reason=" A crossover ", actor=manager
    )
    override.refresh_from_db()
    assert (override.verdict, override.reason, override.by) == ("pin", "A crossover", manager)


def test_a_ban_after_a_pin_replaces_it_and_both_are_audited(make_post, make_channel, manager):
    post, channel = make_post(), make_channel()
    pin_post(post=post, channel=channel, reason="Yes", actor=manager)
    ban_post(post=post, channel=channel, reason="No", actor=manager)
    assert RoutingOverride.objects.get(post=post, channel=channel).verdict == "ban"
    latest, first = AuditEntry.objects.about(post)
    assert (first.code, latest.code) == ("routing.pinned", "routing.banned")
    assert latest.before == {"channel": channel.pk, "verdict": "pin", "reason": "Yes"}
    assert latest.after == {"channel": channel.pk, "verdict": "ban", "reason": "No"}


@pytest.mark.parametrize("reason", ["", "  ", "x" * 301])
@pytest.mark.parametrize("action", [pin_post, ban_post])
def test_a_word_by_hand_needs_a_reason_of_fair_length(
    make_post, make_channel, manager, action, reason
):
    with pytest.raises(ReasonRefused):
        action(post=make_post(), channel=make_channel(), reason=reason, actor=manager)
    assert not RoutingOverride.objects.exists()


def test_clearing_lets_the_audience_decide_again(make_post, make_channel, manager):
    post, channel = make_post(), make_channel()
    ban_post(post=post, channel=channel, reason="No", actor=manager)
    assert clear_override(post=post, channel=channel, actor=manager) is True
    assert not RoutingOverride.objects.exists()
    assert codes_about(post)[0] == "routing.cleared"


def test_clearing_nothing_leaves_no_trace(make_post, make_channel, manager):
    post = make_post()
    assert clear_override(post=post, channel=make_channel(), actor=manager) is False
    assert codes_about(post) == []


def test_an_audience_is_saved_with_a_slug_and_audited(manager):
    audience = save_audience(name=" UK Heads ", expression=" kind:tour ", actor=manager)
    audience.refresh_from_db()
    assert (audience.name, audience.slug, audience.expression) == (
        "UK Heads",
        "uk-heads",
        "kind:tour",
    )
    assert codes_about(audience) == ["audience.added"]


def test_a_changed_audience_keeps_its_slug_and_its_past(manager):
    audience = save_audience(name="Heads", expression="kind:tour")
    save_audience(audience=audience, name="Minds", expression="kind:video", actor=manager)
    audience.refresh_from_db()
    assert (audience.name, audience.slug, audience.expression) == ("Minds", "heads", "kind:video")
    entry = AuditEntry.objects.get(code="audience.changed")
    assert entry.before == {"name": "Heads", "expression": "kind:tour", "note": ""}
    assert entry.after == {"name": "Minds", "expression": "kind:video", "note": ""}


def test_the_past_is_read_from_the_database_and_not_from_the_form(manager):
    audience = save_audience(name="Heads", expression="kind:tour")
    audience.expression = "kind:video"
    save_audience(audience=audience, name="Heads", expression="kind:video", actor=manager)
    assert AuditEntry.objects.get(code="audience.changed").before["expression"] == "kind:tour"


def test_an_unreadable_expression_is_not_stored(db):
    with pytest.raises(ExpressionErrors):
        save_audience(name="Heads", expression="kind:song")
    assert not Audience.objects.exists()


@pytest.mark.parametrize("name", ["", "  ", "x" * 121, "heads", "HEADS "])
def test_an_audience_needs_a_name_of_its_own(db, name):
    save_audience(name="Heads", expression="kind:tour")
    with pytest.raises(AudienceNameRefused):
        save_audience(name=name, expression="kind:tour")

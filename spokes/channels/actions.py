"""What can be done with spokes and channels. The audit gets names of credentials, never values."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from content.audit.actions import record
from content.catalogue.models import Genre
from content.catalogue.names import unique_slug
from content.text import clean_line
from spokes.audiences.models import Audience
from spokes.channels.connectors.base import Capabilities
from spokes.channels.connectors.registry import CONNECTORS, connector_for
from spokes.channels.exceptions import ChannelInvalid, Errors, HubInvalid, SpokeInvalid
from spokes.channels.links import is_web_link
from spokes.channels.models import Channel, Hub, LatePolicy, Spoke

# a site channel takes a batch at once; a network gets few calls at the same time
LOCAL_INFLIGHT = 200
NETWORK_INFLIGHT = 4


def name_hub(
    *, name: str, tagline: str = "", colour: str, actor: AbstractBaseUser | None = None
) -> Hub:
    """Give the house its name, its line and its colour. Raises HubInvalid.

    Pages show them from the next request on.
    """
    with transaction.atomic():
        hub = Hub.objects.select_for_update().current()
        fields = {
            "name": clean_line(name),
            "tagline": clean_line(tagline),
            "colour": colour.strip().lower(),
        }
        before = _assign(hub, fields) if hub.is_named else {}
        for field, value in fields.items():
            setattr(hub, field, value)
        if errors := _model_errors(hub):
            raise HubInvalid(errors)
        if hub.is_named:
            _save(hub, code="hub.changed", before=before, actor=actor)
        else:
            hub.save(force_insert=True)
            record(code="hub.named", subject=hub, actor=actor, after=fields)
    return hub


def settle_in(*, actor: AbstractBaseUser | None) -> Hub:
    """Put the checklist for newcomers away, for everybody; the hub gets its row if it has none."""
    with transaction.atomic():
        hub = Hub.objects.select_for_update().current()
        if not hub.is_named:
            hub.save(force_insert=True)
        if hub.settled_in_at is None:
            hub.settled_in_at = timezone.now()
            hub.save(update_fields=["settled_in_at"])
            record(code="hub.settled_in", subject=hub, actor=actor)
    return hub


def add_spoke(
    *,
    genre: Genre,
    name: str | None = None,
    colour: str = "#444444",
    tagline: str = "",
    audience: Audience | None = None,
    rolls_up: bool = True,
    genre_floor: float = 0,
    position: int = 0,
    actor: AbstractBaseUser | None = None,
) -> Spoke:
    """Open the home of a genre. Raises SpokeInvalid with every error at once."""
    spoke = Spoke(
        genre=genre,
        name=name or genre.name,
        slug=unique_slug(name or genre.name, Spoke.objects.all(), max_length=60),
        colour=colour.lower(),
        tagline=tagline,
        audience=audience,
        rolls_up=rolls_up,
        genre_floor=genre_floor,
        position=position,
    )
    if errors := _model_errors(spoke):
        raise SpokeInvalid(errors)
    with transaction.atomic():
        spoke.save(force_insert=True)
        record(code="spoke.added", subject=spoke, actor=actor, after={"genre": genre.name})
    return spoke


def change_spoke(
    *, spoke: Spoke, fields: Mapping[str, Any], actor: AbstractBaseUser | None = None
) -> Spoke:
    """Change some of name, colour, tagline, audience, rolls_up, genre_floor and position.

    The address stays, for it is known outside. Raises SpokeInvalid.
    """
    before = _assign(spoke, fields)
    if errors := _model_errors(spoke):
        raise SpokeInvalid(errors)
    _save(spoke, code="spoke.changed", before=before, actor=actor)
    return spoke


def add_channel(
    *,
    name: str,
    network: str,
    spoke: Spoke | None = None,
    zone: str = "UTC",
    settings: dict[str, Any] | None = None,
    credentials: dict[str, Any] | None = None,
    audience: Audience | None = None,
    fit_floor: float | None = None,
    late_policy: str = LatePolicy.STANDARD,
    late_spacing_minutes: int = 2,
    max_inflight: int | None = None,
    actor: AbstractBaseUser | None = None,
) -> Channel:
    """Add an account on a network; the hub's when ``spoke`` is None.

    Raises ChannelInvalid with every error at once.
    """
    local = network in CONNECTORS and CONNECTORS[network].capabilities.local
    channel = Channel(
        name=name,
        slug=unique_slug(name, Channel.objects.all()),
        network=network,
        spoke=spoke,
        zone=zone,
        settings=settings or {},
        audience=audience,
        fit_floor=fit_floor,
        late_policy=late_policy,
        late_spacing_minutes=late_spacing_minutes,
        max_inflight=max_inflight or (LOCAL_INFLIGHT if local else NETWORK_INFLIGHT),
    )
    channel.credentials = credentials or {}
    if errors := channel_errors(channel):
        raise ChannelInvalid(errors)
    with transaction.atomic():
        channel.save(force_insert=True)
        record(
            code="channel.added",
            subject=channel,
            actor=actor,
            after={"network": network, "spoke": spoke.name if spoke else "hub", "zone": zone},
        )
    return channel


def change_channel(
    *, channel: Channel, fields: Mapping[str, Any], actor: AbstractBaseUser | None = None
) -> Channel:
    """Change some of name, spoke, zone, audience, floor, settings, late policy and max_inflight.

    Credentials go through ``reconnect_channel``; network and slug stay. Raises ChannelInvalid.
    """
    before = _assign(channel, fields)
    errors = channel_errors(channel)
    # lost credentials are no reason to refuse another name
    errors.pop("credentials", None)
    if errors:
        raise ChannelInvalid(errors)
    _save(channel, code="channel.changed", before=before, actor=actor)
    return channel


def pause_channel(*, channel: Channel, reason: str, actor: AbstractBaseUser | None) -> Channel:
    """Stop it at once; what is due waits. A channel that is paused already keeps its reason."""
    now = timezone.now()
    running = Channel.objects.running().filter(pk=channel.pk)
    with transaction.atomic():
        if running.update(paused_at=now, paused_reason=reason[:200]):
            record(
                code="channel.paused",
                subject=channel,
                actor=actor,
                after={"reason": reason},
                at=now,
            )
    channel.refresh_from_db(fields=["paused_at", "paused_reason"])
    return channel


def resume_channel(*, channel: Channel, actor: AbstractBaseUser | None) -> Channel:
    paused = Channel.objects.paused().filter(pk=channel.pk)
    with transaction.atomic():
        if paused.update(paused_at=None, paused_reason=""):
            record(code="channel.resumed", subject=channel, actor=actor)
    channel.refresh_from_db(fields=["paused_at", "paused_reason"])
    return channel


def mark_auth_lost(*, channel_id: int, reason: str, used: Mapping[str, Any], now: datetime) -> None:
    """Remember that the network refused our credentials; the first reason stays.

    ``used`` are those of the call: an answer that comes after the channel was connected again
    says nothing of the new ones.
    """
    connected = Channel.objects.connected().filter(pk=channel_id)
    with transaction.atomic():
        # without the order by spokes: PostgreSQL locks no row that a join may lack
        channel = connected.order_by().select_for_update(no_key=True).first()
        if channel is None or channel.credentials != used:
            return
        connected.update(auth_lost_at=now, auth_lost_reason=reason[:300])
        record(
            code="channel.auth_lost",
            subject=channel,
            actor=None,
            after={"reason": reason},
            at=now,
        )


def reconnect_channel(
    *, channel: Channel, credentials: dict[str, Any], actor: AbstractBaseUser | None
) -> Channel:
    """Replace the credentials; deliveries that waited for them go on. Raises ChannelInvalid."""
    channel.credentials = credentials
    if errors := channel_errors(channel).get("credentials"):
        raise ChannelInvalid({"credentials": errors})
    with transaction.atomic():
        Channel.objects.filter(pk=channel.pk).update(
            credentials=credentials, auth_lost_at=None, auth_lost_reason=""
        )
        record(
            code="channel.reconnected",
            subject=channel,
            actor=actor,
            after={"credentials": sorted(credentials)},
        )
    channel.refresh_from_db(fields=["auth_lost_at", "auth_lost_reason"])
    return channel


def renew_encryption(*, channel_id: int) -> bool:
    """Encrypt stored credentials with the first key; False when no key opens them."""
    with transaction.atomic():
        channel = Channel.objects.select_for_update().get(pk=channel_id)
        if channel.is_sealed:
            return False
        channel.save(update_fields=["credentials"])
    return True


def channel_errors(channel: Channel) -> Errors:
    """Say all that keeps this from being a working channel, by field; asks no network."""
    errors = _model_errors(channel, exclude={"credentials"})
    if channel.network in CONNECTORS:
        capabilities = CONNECTORS[channel.network].capabilities
        errors.update(_connection_errors(channel, capabilities))
    elif channel.network:
        known = ", ".join(CONNECTORS)
        errors["network"] = [
            _("“%(network)s” is no network that Backbeat knows: %(known)s.")
            % {"network": channel.network, "known": known}
        ]
    return errors


def _connection_errors(channel: Channel, capabilities: Capabilities) -> Errors:
    settings, credentials = channel.settings, channel.credentials
    if not isinstance(settings, dict) or not isinstance(credentials, dict):
        return {"settings": [_("Settings and credentials are names with values.")]}
    missing = [name for name in capabilities.required_settings if not settings.get(name)]
    sealed = [name for name in capabilities.required_credentials if not credentials.get(name)]
    needs = _("%(network)s needs “%(name)s”.")
    label = capabilities.label
    found = {
        "settings": [needs % {"network": label, "name": name} for name in missing],
        "credentials": [needs % {"network": label, "name": name} for name in sealed],
    }
    if settings.get("url") and not is_web_link(str(settings["url"])):
        found["settings"].append(_("“url” is no web address; it should start with https://."))
    if not sealed:
        found["credentials"] += connector_for(channel).credential_faults()
    return {field: words for field, words in found.items() if words}


def _model_errors(row: models.Model, exclude: set[str] | None = None) -> Errors:
    try:
        row.full_clean(exclude=exclude)
    except ValidationError as error:
        return dict(error.message_dict)
    return {}


def _assign(row: Spoke | Channel | Hub, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Set the fields that differ; give their old values."""
    before = {name: getattr(row, name) for name in fields}
    for name, value in fields.items():
        setattr(row, name, value)
    return {name: value for name, value in before.items() if value != fields[name]}


def _save(
    row: Spoke | Channel | Hub,
    *,
    code: str,
    before: Mapping[str, Any],
    actor: AbstractBaseUser | None,
) -> None:
    if not before:
        return
    with transaction.atomic():
        row.save(update_fields=list(before))
        record(
            code=code,
            subject=row,
            actor=actor,
            before={name: _told(name, value) for name, value in before.items()},
            after={name: _told(name, getattr(row, name)) for name in before},
        )


def _told(name: str, value: Any) -> Any:
    """Say a value as the audit may keep it: of settings only the names, for a URL can be secret."""
    if name == "settings":
        return sorted(value)
    return value if isinstance(value, bool | int | float) else str(value or "")

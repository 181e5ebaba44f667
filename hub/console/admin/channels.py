"""Spokes and channels: where posts go."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import Count, Exists, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter

from hub.console.admin.base import ConsoleAdmin
from hub.console.channel_forms import (
    ConsoleChannelForm,
    ConsoleSpokeForm,
    CredentialsForm,
    OpenSpokeForm,
    useless_fields,
)
from hub.console.delivery_waits import shut
from hub.console.filters import NetworkFilter
from hub.console.forms import ReasonForm
from hub.console.hold_steps import hold_steps
from hub.console.late_steps import LATE_STEPS
from hub.console.moments import moment
from hub.console.people import RUN_CHANNELS
from hub.console.preview_links import spoke_buttons
from hub.console.saving import SavesByAction
from hub.console.steps import Button, Step
from hub.console.targeting.pages import TargetingPages
from hub.console.typed import display
from hub.delivery.gates import gate_name, gate_name_in
from hub.delivery.models import Gate
from hub.people.scope import sees_whole_house
from spokes.channels import http
from spokes.channels.actions import (
    pause_channel,
    reconnect_channel,
    resume_channel,
)
from spokes.channels.connectors.registry import CONNECTORS, connector_for
from spokes.channels.exceptions import ChannelError
from spokes.channels.models import Channel, Spoke

STATE_COLOURS = {"open": "success", "paused": "warning", "rests": "danger", "lost": "danger"}
# a person waits for the answer
PATIENCE = 8.0


@admin.register(Spoke)
class SpokeAdmin(TargetingPages, SavesByAction, ConsoleAdmin):
    form = ConsoleSpokeForm
    steps = hold_steps("spoke")
    when_empty = _("No spokes yet. A spoke gives one genre its own place and channels.")
    list_display = ["swatch", "name", "genre", "audience", "rolls_up", "channel_count"]
    list_display_links = ["name"]
    list_select_related = ["genre", "audience"]
    search_fields = ["name", "genre__name"]
    autocomplete_fields = ["genre", "audience"]
    fields = [
        *("genre", "name", "tagline", "colour", "audience", "rolls_up"),
        *("genre_floor", "position"),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Spoke]:
        rows: QuerySet[Spoke] = super().get_queryset(request)
        # an order of its own: a count beside each row would drop the model's
        return rows.annotate(channel_number=Count("channels")).order_by("position", "name")

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """Open a new one whole: with its site and weekly times, without which it is silent."""
        kind = {} if obj else {"form": OpenSpokeForm}
        return super().get_form(request, obj, change=change, **kind, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields if obj else [*self.fields, "zone", "weekdays", "weekend"]

    def buttons(self, request: HttpRequest, row: Any) -> list[Button]:
        return [*spoke_buttons(request, row), *super().buttons(request, row)]

    @display(description=_("Colour"))
    def swatch(self, spoke: Spoke) -> SafeString:
        return format_html(
            '<span class="console-swatch" style="background:{}"></span>', spoke.colour
        )

    @display(description=_("Channels"), ordering="channel_number")
    def channel_count(self, spoke: Any) -> int:
        return int(spoke.channel_number)

    def write(self, *, actor: User, row: Any, form: Any, formsets: Any) -> Spoke:
        written: Spoke = form.write(actor=actor, spoke=row)
        return written


def _runs(channel: Channel) -> bool:
    return channel.paused_at is None


def _is_paused(channel: Channel) -> bool:
    return channel.paused_at is not None


def _needs_credentials(channel: Channel) -> bool:
    network = CONNECTORS.get(channel.network)
    return network is not None and bool(network.capabilities.required_credentials)


def _pause(channel: Channel, actor: User, answers: dict[str, Any]) -> str:
    pause_channel(channel=channel, reason=answers["reason"], actor=actor)
    return gettext("{channel} is paused. What is planned waits.").format(channel=channel)


def _resume(channel: Channel, actor: User, answers: dict[str, Any]) -> str:
    resume_channel(channel=channel, actor=actor)
    return gettext("{channel} publishes again.").format(channel=channel)


def _check(channel: Channel, actor: User, answers: dict[str, Any]) -> str:
    with http.at_most(PATIENCE):
        health = connector_for(channel).check()
    if not health.works:
        raise ChannelError(gettext("It does not work: {message}").format(message=health.message))
    return gettext("It works: {message}").format(message=health.message)


def _network_of(gate: Gate | None) -> list[str]:
    """Say how the last calls went, where they did not go well."""
    if gate is None:
        return []
    if words := shut(gate, timezone.now()):
        return [words]
    if gate.quick is False:
        return [gettext("Its network answers slowly or not at all.")]
    if gate.failures_in_row:
        words = ngettext(
            "The last call there failed.",
            "The last %(number)s calls there failed.",
            gate.failures_in_row,
        )
        return [words % {"number": gate.failures_in_row}]
    return []


def _reconnect(channel: Channel, actor: User, answers: dict[str, Any]) -> str:
    reconnect_channel(channel=channel, credentials=answers["credentials"], actor=actor)
    return gettext("{channel} has new credentials. What waited for them goes on.").format(
        channel=channel
    )


CHANNEL_STEPS = (
    Step(
        name="check",
        label=_("Check connection"),
        permission=RUN_CHANNELS,
        perform=_check,
    ),
    Step(
        name="pause",
        label=_("Pause"),
        permission=RUN_CHANNELS,
        perform=_pause,
        applies=_runs,
        form=ReasonForm,
        intro=_("Nothing goes out on this channel until you resume it. What is planned waits."),
        tone="danger",
        undo="resume",
    ),
    Step(
        name="resume",
        label=_("Resume"),
        permission=RUN_CHANNELS,
        perform=_resume,
        applies=_is_paused,
        tone="main",
    ),
    Step(
        name="reconnect",
        label=_("Reconnect"),
        permission=RUN_CHANNELS,
        perform=_reconnect,
        applies=_needs_credentials,
        form=CredentialsForm,
        intro=_("New credentials replace the old ones. They are stored encrypted and never shown."),
    ),
)


@admin.register(Channel)
class ChannelAdmin(TargetingPages, SavesByAction, ConsoleAdmin):
    form = ConsoleChannelForm
    steps = (*CHANNEL_STEPS, *LATE_STEPS)
    when_empty = _("No channels yet. A channel is where posts go out: a site, a webhook.")
    list_display = ["name", "home", "network", "zone", "state_label"]
    list_filter = [("spoke", AutocompleteSelectFilter), NetworkFilter]
    list_select_related = ["spoke"]
    search_fields = ["name", "spoke__name"]
    autocomplete_fields = ["spoke", "audience"]
    readonly_fields = ["connection"]
    fields = [
        "name",
        "network",
        "spoke",
        "connection",
        "zone",
        "audience",
        "fit_floor",
        "settings",
        "credentials",
        "late_policy",
        "late_spacing_minutes",
        "max_inflight",
    ]

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """Keep the hub's channels with the whole house: others name one of their spokes."""
        form = super().get_form(request, obj, change=change, **kwargs)
        if "spoke" in form.base_fields:
            form.base_fields["spoke"].required = not sees_whole_house(request.user)
        return form

    def get_fields(self, request: HttpRequest, obj: Channel | None = None) -> Any:
        """Leave out what its network has no use for; a new one has no connection yet."""
        useless = useless_fields(obj.network) if obj else {"connection"}
        return [name for name in self.fields if name not in useless]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Channel]:
        rows: QuerySet[Channel] = super().get_queryset(request)
        resting = Gate.objects.filter(name=gate_name_in("pk"), opened_until__isnull=False)
        return rows.annotate(rests=Exists(resting))

    @display(description=_("Of"), ordering="spoke__name")
    def home(self, channel: Channel) -> str:
        return channel.spoke.name if channel.spoke else gettext("the hub")

    @display(description=_("State"), label=STATE_COLOURS)
    def state_label(self, channel: Any) -> tuple[str, str]:
        if channel.auth_lost_at:
            return "lost", gettext("connection lost")
        if channel.paused_at:
            return "paused", gettext("paused")
        if channel.rests:
            return "rests", gettext("network fails")
        return "open", gettext("open")

    @display(description=_("Connection"))
    def connection(self, channel: Channel) -> str:
        """Say what is wrong with it; of the credentials only whether there are any."""
        said = []
        if channel.paused_at:
            said.append(
                gettext("Paused since {since}: {reason}").format(
                    since=moment(channel.paused_at), reason=channel.paused_reason
                )
            )
        if channel.auth_lost_at:
            since = moment(channel.auth_lost_at)
            said.append(
                gettext("Connection lost since {since}: {reason}").format(
                    since=since, reason=channel.auth_lost_reason
                )
            )
        if _needs_credentials(channel):
            said.append(
                gettext("Has credentials.")
                if channel.credentials
                else gettext("Has no credentials.")
            )
        said += _network_of(Gate.objects.filter(name=gate_name(channel.pk)).first())
        return " ".join(said) or gettext("Nothing is known to be wrong with what is sent there.")

    def write(self, *, actor: User, row: Any, form: Any, formsets: Any) -> Channel:
        written: Channel = form.write(actor=actor, channel=row)
        return written

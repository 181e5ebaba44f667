"""Every network that Backbeat can publish to: one line each."""

from __future__ import annotations

from django.utils.translation import gettext

from spokes.channels.connectors.base import Connector
from spokes.channels.connectors.site.connector import SiteConnector
from spokes.channels.connectors.webhook.connector import WebhookConnector
from spokes.channels.exceptions import UnknownNetwork
from spokes.channels.models import Channel

CONNECTORS: dict[str, type[Connector]] = {
    "site": SiteConnector,
    "webhook": WebhookConnector,
}


def connector_for(channel: Channel) -> Connector:
    try:
        return CONNECTORS[channel.network](channel)
    except KeyError:
        raise UnknownNetwork(
            gettext("“{network}” is no network that Backbeat knows: {networks}.").format(
                network=channel.network, networks=", ".join(CONNECTORS)
            )
        ) from None

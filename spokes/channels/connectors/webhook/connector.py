from __future__ import annotations

from spokes.channels.connectors.base import Connector


class WebhookConnector(Connector):
    """Being written."""

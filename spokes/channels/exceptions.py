from __future__ import annotations


class ChannelError(Exception):
    """Something is wrong with a channel."""


class UnknownNetwork(ChannelError):
    """No connector is registered for this network."""


class ContentRefused(ChannelError):
    """The post can't be put on this network as it is."""

from __future__ import annotations

# field → what is wrong with it, in the words of people
Errors = dict[str, list[str]]


class ChannelError(Exception):
    """Something is wrong with a channel."""


class UnknownNetwork(ChannelError):
    """No connector is registered for this network."""


class ContentRefused(ChannelError):
    """The post can't be put on this network as it is."""


class Invalid(ChannelError):
    """Some of what was entered can't be; ``errors`` has all of it at once."""

    def __init__(self, errors: Errors) -> None:
        self.errors = errors
        super().__init__(" ".join(words for found in errors.values() for words in found))


class ChannelInvalid(Invalid):
    """This can't be a channel."""


class SpokeInvalid(Invalid):
    """This can't be a spoke."""


class HubInvalid(Invalid):
    """The hub can't be named like this."""


class HttpError(ChannelError):
    """No answer came. ``sent`` tells whether the other side may have got any of the request."""

    def __init__(self, message: str, *, sent: bool) -> None:
        self.sent = sent
        super().__init__(message)


class AddressRefused(HttpError):
    """The host is on a private network; nothing was sent."""

    def __init__(self, message: str) -> None:
        super().__init__(message, sent=False)

"""Which addresses a connector may call: those of the public internet, looked at after DNS."""

from __future__ import annotations

import queue
import socket
import threading
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any

from django.conf import settings
from django.utils.translation import gettext

from spokes.channels.exceptions import AddressRefused, HttpError

IPAddress = IPv4Address | IPv6Address
# what getaddrinfo gives: family, type, protocol, canonical name, address
Place = tuple[int, int, int, str, Any]

# RFC 4291: all that IANA gives out for the public internet lies here
GLOBAL_UNICAST = IPv6Network("2000::/3")
# RFC 6052: the last 32 bits are an IPv4 address
NAT64 = IPv6Network("64:ff9b::/96")


def is_public(address: IPAddress) -> bool:
    """Tell whether the address is on the public internet, also when it carries an IPv4 one."""
    if isinstance(address, IPv4Address):
        return address.is_global and not address.is_multicast
    carried = address.ipv4_mapped or address.sixtofour
    if address in NAT64:
        carried = IPv4Address(int(address) & 0xFFFFFFFF)
    if carried is not None:
        return is_public(carried)
    return address in GLOBAL_UNICAST and address.is_global


def resolve(host: str, port: int, *, seconds: float) -> list[Place]:
    """Look the host up, and refuse it when any of its addresses is private.

    Connect to what this gives and to nothing else: a second look-up may answer otherwise.
    Raises HttpError (nothing was sent) when there is no answer within ``seconds``.
    """
    places = _look_up(host, port, seconds)
    if settings.ALLOW_PRIVATE_ADDRESSES:
        return places
    for place in places:
        if not is_public(ip_address(place[4][0])):
            raise AddressRefused(
                gettext(
                    "“{host}” leads to the private address {place}; Backbeat calls only the "
                    "public internet, unless ALLOW_PRIVATE_ADDRESSES is set."
                ).format(host=host, place=place[4][0])
            )
    return places


def _look_up(host: str, port: int, seconds: float) -> list[Place]:
    """Ask the system's resolver, which knows no time-out, from a thread that may be left behind."""
    answers: queue.SimpleQueue[list[Place] | str] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put(list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))
        except (OSError, UnicodeError) as error:
            answers.put(str(error))

    threading.Thread(target=ask, daemon=True, name="look-up").start()
    try:
        answer = answers.get(timeout=max(seconds, 0))
    except queue.Empty:
        answer = gettext("the name server does not answer")
    if isinstance(answer, str):
        raise HttpError(
            gettext("“{host}” could not be looked up: {answer}.").format(host=host, answer=answer),
            sent=False,
        )
    return answer

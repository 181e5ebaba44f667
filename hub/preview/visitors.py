"""What is kept of a visitor: a browser's name and a network, no more."""

from __future__ import annotations

import ipaddress

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext

# the first that is found in the header; each names itself also as those that come after it
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("CriOS", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)
BOTS = ("bot", "crawler", "spider", "preview", "facebookexternalhit", "slack", "whatsapp")


def short_agent(header: str) -> str:
    """Shorten a User-Agent: "Firefox on Windows", "A program (Slackbot)"."""
    if not header.strip():
        return ""
    if any(word in header.lower() for word in BOTS):
        return gettext("A program ({header})").format(header=_first_word(header))
    browser = next((name for sign, name in BROWSERS if sign in header), "")
    system = next((name for sign, name in SYSTEMS if sign in header), "")
    named = " on ".join(filter(None, (browser, system)))
    return named or _first_word(header)


def _first_word(header: str) -> str:
    return header.replace("/", " ").partition(" ")[0][:40]


def network_of(address: str) -> str:
    """Cut an address down to its network: a /24 of IPv4, a /48 of IPv6; empty for no address."""
    try:
        ip = ipaddress.ip_address(address.strip())
    except ValueError:
        return ""
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    length = 24 if ip.version == 4 else 48
    return str(ipaddress.ip_network((ip, length), strict=False).network_address)


def address_of(request: HttpRequest) -> str:
    """Give the caller's address; behind our own proxy it is the one that the proxy saw."""
    if settings.BEHIND_TLS:
        proxies: int = getattr(settings, "AXES_IPWARE_PROXY_COUNT", 1)
        passed = request.headers.get("X-Forwarded-For", "").split(",")
        return passed[-proxies].strip() if len(passed) >= proxies else ""
    return str(request.META.get("REMOTE_ADDR", ""))

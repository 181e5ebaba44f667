"""The one way out: every call to a network goes through here.

No redirects, no retries, no proxies, no connection that was used before: one request, on one
fresh connection, to an address that was looked at. One error type says whether any byte of the
request may have left, for that decides whether it may be sent again.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import socket
import ssl
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpcore
import httpx
from django.utils.translation import gettext

from spokes.channels.addresses import Place, resolve
from spokes.channels.exceptions import HttpError

CONNECT_SECONDS = 5.0
# for the whole call, from the look-up to the last byte of the answer
CALL_SECONDS = 20.0
MAX_ANSWER_BYTES = 1_000_000
# no network has a reason to send us away for longer
MAX_RETRY_AFTER = timedelta(days=1)
USER_AGENT = "Backbeat/1.0"


@dataclasses.dataclass(frozen=True)
class Answer:
    """What the other side said. The status stands even when the body broke off."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    # all of the body is here
    whole: bool = True

    def json(self) -> Any:
        """Give the body as JSON, None when it is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    def retry_after(self, now: datetime) -> timedelta | None:
        """Give the wait that the header asks for (seconds or an HTTP date), None without."""
        text = self.headers.get("retry-after", "").strip()
        try:
            if text.isdecimal():
                return timedelta(seconds=min(int(text), MAX_RETRY_AFTER.total_seconds()))
            at = parsedate_to_datetime(text)
        except (ValueError, OverflowError):
            return None
        wait = (at if at.tzinfo else at.replace(tzinfo=UTC)) - now
        return min(max(wait, timedelta(0)), MAX_RETRY_AFTER)


def request(
    method: str,
    url: str,
    *,
    content: bytes = b"",
    headers: Mapping[str, str] | None = None,
    seconds: float = CALL_SECONDS,
) -> Answer:
    """Make one call, in ``seconds`` at most. Raises HttpError when no status came back."""
    call = _Call(time.monotonic() + seconds)
    client = httpx.Client(
        transport=_transport(call), trust_env=False, follow_redirects=False, timeout=seconds
    )
    sent_headers = {"user-agent": USER_AGENT, "accept-encoding": "identity", **(headers or {})}
    with (
        _told(url, call),
        client,
        client.stream(method, url, content=content, headers=sent_headers) as response,
    ):
        body, whole = _read(response)
        return Answer(response.status_code, response.headers, body, whole)


def reach(url: str) -> None:
    """Look up, connect and shake hands with the host of the URL, and send nothing.

    Raises HttpError saying what does not work.
    """
    call = _Call(time.monotonic() + 2 * CONNECT_SECONDS)
    with _told(url, call):
        parts = httpx.URL(url)
        secure = parts.scheme == "https"
        host = parts.raw_host.decode()
        stream = _Backend(call).connect_tcp(host, parts.port or (443 if secure else 80))
        if secure:
            stream = stream.start_tls(tls(), host)
        stream.close()


def _read(response: httpx.Response) -> tuple[bytes, bool]:
    """Read the body up to the limit; one that breaks off is what came until then."""
    body = bytearray()
    try:
        for part in response.iter_raw():
            body += part
            if len(body) > MAX_ANSWER_BYTES:
                return bytes(body[:MAX_ANSWER_BYTES]), False
    except httpx.TransportError:
        return bytes(body), False
    return bytes(body), True


@contextmanager
def _told(url: str, call: _Call) -> Iterator[None]:
    """Say in words, as an HttpError, what went wrong with a call."""
    try:
        yield
    except (httpx.InvalidURL, httpx.UnsupportedProtocol, httpx.LocalProtocolError) as error:
        raise HttpError(
            gettext("This address can't be called: {error}").format(error=error), sent=call.sent
        ) from error
    except (httpx.TransportError, httpcore.NetworkError, httpcore.TimeoutException) as error:
        host = httpx.URL(url).host
        if not call.sent:
            words = gettext("“{host}” can't be reached: {error}.").format(
                host=host, error=_reason(error)
            )
        elif isinstance(error, httpx.TimeoutException):
            words = gettext("“{host}” gave no answer in time.").format(host=host)
        else:
            words = gettext("“{host}” broke off before it answered: {error}.").format(
                host=host, error=_reason(error)
            )
        raise HttpError(words, sent=call.sent) from error


def _reason(error: Exception) -> str:
    return str(error).strip().rstrip(".") or type(error).__name__


# --- the connection -------------------------------------------------------------------------


@dataclasses.dataclass
class _Call:
    """One call on its way."""

    # by the monotonic clock
    deadline: float
    # from here on the other side may have got something
    sent: bool = False

    def left(self) -> float:
        """Give the seconds that are left; TimeoutError when there are none."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError(gettext("the time for the call is over"))
        return left


def _transport(call: _Call) -> httpx.HTTPTransport:
    transport = httpx.HTTPTransport(verify=tls(), trust_env=False)
    # httpx has no public way to choose how it connects; httpcore, below it, has
    transport._pool = httpcore.ConnectionPool(
        ssl_context=tls(), network_backend=_Backend(call), retries=0
    )
    return transport


@functools.cache
def tls() -> ssl.SSLContext:
    # SSL_CERT_FILE and SSL_CERT_DIR name an authority of one's own
    return httpx.create_ssl_context(trust_env=True)


class _Backend(httpcore.NetworkBackend):
    """Connects to addresses that were looked at, and to no others."""

    def __init__(self, call: _Call) -> None:
        self.call = call

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        with _mapped(httpcore.ConnectTimeout, httpcore.ConnectError):
            places = resolve(host, port, seconds=min(CONNECT_SECONDS, self.call.left()))
            return _Stream(self._connect(places), self.call)

    def _connect(self, places: list[Place]) -> socket.socket:
        """Connect to the first address that answers, each given its share of the time."""
        until = time.monotonic() + min(CONNECT_SECONDS, self.call.left())
        failure: OSError = OSError(gettext("it has no address"))
        for number, (family, kind, protocol, _, address) in enumerate(places):
            share = (until - time.monotonic()) / (len(places) - number)
            connection = socket.socket(family, kind, protocol)
            try:
                connection.settimeout(max(share, 0.01))
                connection.connect(address)
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            except OSError as error:
                connection.close()
                failure = error
            else:
                return connection
        raise failure


class _Stream(httpcore.NetworkStream):
    """A socket whose every step ends at the deadline of the call, however it is fed."""

    def __init__(self, connection: socket.socket, call: _Call) -> None:
        self.connection, self.call = connection, call

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        with _mapped(httpcore.ReadTimeout, httpcore.ReadError):
            self.connection.settimeout(self.call.left())
            return self.connection.recv(max_bytes)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        rest = memoryview(buffer)
        with _mapped(httpcore.WriteTimeout, httpcore.WriteError):
            while rest:
                self.connection.settimeout(self.call.left())
                self.call.sent = True
                rest = rest[self.connection.send(rest) :]

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        with _mapped(httpcore.ConnectTimeout, httpcore.ConnectError):
            try:
                self.connection.settimeout(self.call.left())
                secured = ssl_context.wrap_socket(self.connection, server_hostname=server_hostname)
            except OSError:
                self.close()
                raise
        return _Stream(secured, self.call)

    def close(self) -> None:
        self.connection.close()


@contextmanager
def _mapped(late: type[Exception], broken: type[Exception]) -> Iterator[None]:
    """Name the errors of a socket as httpcore does."""
    try:
        yield
    except TimeoutError as error:
        raise late(gettext("it took too long")) from error
    except OSError as error:
        raise broken(str(error)) from error

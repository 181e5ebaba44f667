"""The one way out: every call to a network goes through here.

No redirects, no retries, no proxies: one request, to an address that was looked at. One error type
says whether any byte of the request may have left, for that decides whether it may be sent again.

A connection is used again only for the next call of a burst, within ``KEPT_SECONDS``, and only
where the other side says that it keeps it: else it may be closing just when we send, and nobody
would know whether it had heard us. It leads to the address that was looked at when it was opened.
"""

from __future__ import annotations

import base64
import dataclasses
import functools
import json
import math
import os
import re
import select
import socket
import ssl
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpcore
import httpx
from django.conf import settings
from django.utils.translation import gettext

from spokes.channels.addresses import Place, resolve
from spokes.channels.exceptions import HttpError

CONNECT_SECONDS = 5.0
# for the whole call, from the look-up to the last byte of the answer
CALL_SECONDS = 20.0
MAX_ANSWER_BYTES = 1_000_000
# shorter than any server's own patience with an idle connection (the usual ones: 2, 5, 60, 75 s)
KEPT_SECONDS = 1.0
KEPT_CONNECTIONS = 20
# no network has a reason to send us away for longer
MAX_RETRY_AFTER = timedelta(days=1)
USER_AGENT = "Backbeat/1.0"
# what may go wrong on the way, or with the other side
BROKEN = (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError)


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


# by the monotonic clock: no call goes on beyond it
_latest: ContextVar[float] = ContextVar("latest", default=math.inf)


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """End all calls made within it after so many seconds together: somebody waits for them."""
    before = _latest.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _latest.reset(before)


def request(
    method: str,
    url: str,
    *,
    content: bytes = b"",
    headers: Mapping[str, str] | None = None,
    seconds: float = CALL_SECONDS,
) -> Answer:
    """Make one call, in ``seconds`` at most. Raises HttpError when no status came back."""
    call = _Call(min(time.monotonic() + seconds, _latest.get()))
    with _told(url, call), _on_its_way(call):
        request = _request(method, url, content, headers or {})
        response = _pool(tls(), settings.ALLOW_PRIVATE_ADDRESSES).handle_request(request)
        try:
            answered = httpx.Headers(response.headers)
            if not _keeps_open(answered):
                response.extensions["network_stream"].used_up = True
            body, whole = _read(response)
        finally:
            response.close()
        return Answer(response.status, answered, body, whole)


def _request(method: str, url: str, content: bytes, headers: Mapping[str, str]) -> httpcore.Request:
    place, sent = _place_of(url)
    sent = {**sent, **{name.lower(): value for name, value in headers.items()}}
    if content or method in {"POST", "PUT", "PATCH"}:
        sent["content-length"] = str(len(content))
    return httpcore.Request(method, place, headers=list(sent.items()), content=content)


@functools.lru_cache(maxsize=512)
def _place_of(url: str) -> tuple[httpcore.URL, Mapping[str, str]]:
    """Read an address once, for many calls: where it leads, and the headers that go there."""
    parts = httpx.URL(url)
    place = httpcore.URL(
        scheme=parts.raw_scheme, host=parts.raw_host, port=parts.port, target=parts.raw_path
    )
    headers = {
        "host": parts.netloc.decode("ascii"),
        "accept": "*/*",
        "accept-encoding": "identity",
        "user-agent": USER_AGENT,
    }
    if parts.userinfo:
        name_and_word = f"{parts.username}:{parts.password}".encode()
        headers["authorization"] = f"Basic {base64.b64encode(name_and_word).decode()}"
    return place, headers


def reach(url: str) -> None:
    """Look up, connect and shake hands with the host of the URL, and send nothing.

    Raises HttpError saying what does not work.
    """
    call = _Call(time.monotonic() + 2 * CONNECT_SECONDS)
    with _told(url, call), _on_its_way(call):
        parts = httpx.URL(url)
        secure = parts.scheme == "https"
        host = parts.raw_host.decode()
        stream = _Backend().connect_tcp(host, parts.port or (443 if secure else 80))
        if secure:
            stream = stream.start_tls(tls(), host)
        stream.close()


def _keeps_open(headers: Mapping[str, str]) -> bool:
    """Tell whether the other side promises to keep the connection for longer than we would."""
    if "keep-alive" not in headers.get("connection", "").lower():
        return False
    patience = re.search(r"timeout=(\d+)", headers.get("keep-alive", ""))
    return patience is None or int(patience[1]) > KEPT_SECONDS


def _read(response: httpcore.Response) -> tuple[bytes, bool]:
    """Read the body up to the limit; one that breaks off is what came until then."""
    body = bytearray()
    try:
        for part in response.iter_stream():
            body += part
            if len(body) > MAX_ANSWER_BYTES:
                return bytes(body[:MAX_ANSWER_BYTES]), False
    except BROKEN:
        return bytes(body), False
    return bytes(body), True


@contextmanager
def _told(url: str, call: _Call) -> Iterator[None]:
    """Say in words, as an HttpError, what went wrong with a call."""
    try:
        yield
    except (httpx.InvalidURL, httpcore.UnsupportedProtocol, httpcore.LocalProtocolError) as error:
        raise HttpError(
            gettext("This address can't be called: {error}").format(error=error), sent=call.sent
        ) from error
    except BROKEN as error:
        host = httpx.URL(url).host
        if not call.sent:
            words = gettext("“{host}” can't be reached: {error}.").format(
                host=host, error=_reason(error)
            )
        elif isinstance(error, httpcore.TimeoutException):
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


# the call that this thread is making: connections outlive the calls that use them
_current = threading.local()


@contextmanager
def _on_its_way(call: _Call) -> Iterator[None]:
    _current.call = call
    try:
        yield
    finally:
        del _current.call


def _call() -> _Call:
    call: _Call = _current.call
    return call


@functools.cache
def _pool(context: ssl.SSLContext, private: bool) -> httpcore.ConnectionPool:
    """Give this process's connections: others for other authorities or another guard.

    httpx, above it, has no public way to choose how it connects, and costs as much again.
    """
    return httpcore.ConnectionPool(
        ssl_context=context,
        network_backend=_Backend(),
        retries=0,
        max_connections=None,
        max_keepalive_connections=KEPT_CONNECTIONS,
        keepalive_expiry=KEPT_SECONDS,
    )


# a forked worker must not speak on its parent's connections
os.register_at_fork(after_in_child=_pool.cache_clear)


@functools.cache
def tls() -> ssl.SSLContext:
    # SSL_CERT_FILE and SSL_CERT_DIR name an authority of one's own
    return httpx.create_ssl_context(trust_env=True)


class _Backend(httpcore.NetworkBackend):
    """Connects to addresses that were looked at, and to no others."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        with _mapped(httpcore.ConnectTimeout, httpcore.ConnectError):
            places = resolve(host, port, seconds=min(CONNECT_SECONDS, _call().left()))
            return _Stream(self._connect(places))

    def _connect(self, places: list[Place]) -> socket.socket:
        """Connect to the first address that answers, each given its share of the time."""
        until = time.monotonic() + min(CONNECT_SECONDS, _call().left())
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

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        # no other call may go out on it
        self.used_up = False

    def get_extra_info(self, info: str) -> Any:
        """Tell the pool, which asks before it uses a connection again, whether it is closed."""
        if info != "is_readable":
            return None
        if self.used_up or self.connection.fileno() < 0:
            return True
        poll = select.poll()
        poll.register(self.connection, select.POLLIN)
        return bool(poll.poll(0))

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        with _mapped(httpcore.ReadTimeout, httpcore.ReadError):
            self.connection.settimeout(_call().left())
            return self.connection.recv(max_bytes)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        rest = memoryview(buffer)
        with _mapped(httpcore.WriteTimeout, httpcore.WriteError):
            while rest:
                self.connection.settimeout(_call().left())
                _call().sent = True
                rest = rest[self.connection.send(rest) :]

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        with _mapped(httpcore.ConnectTimeout, httpcore.ConnectError):
            try:
                self.connection.settimeout(_call().left())
                secured = ssl_context.wrap_socket(self.connection, server_hostname=server_hostname)
            except OSError:
                self.close()
                raise
        return _Stream(secured)

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

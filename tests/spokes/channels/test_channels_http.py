from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Any

import pytest

from spokes.channels import http
from spokes.channels.addresses import is_public, resolve
from spokes.channels.exceptions import AddressRefused, HttpError
from spokes.channels.http import Answer, reach, request


@pytest.fixture
def private_allowed(settings: Any) -> None:
    settings.ALLOW_PRIVATE_ADDRESSES = True


@pytest.fixture
def name_server(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """Answer look-ups from a table, each name once: a second look-up finds nothing."""
    table: dict[str, list[str]] = {}

    def look_up(host: str, port: int, **_: Any) -> list[Any]:
        if host not in table:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        kind = (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "")
        return [(*kind, (address, port)) for address in table.pop(host)]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return table


def refusal(url: str, **options: Any) -> HttpError:
    with pytest.raises(HttpError) as caught:
        request("POST", url, content=b"{}", **options)
    return caught.value


# --- addresses ------------------------------------------------------------------------------

PRIVATE = [
    "127.0.0.1",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "192.0.2.1",
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::7f00:1",
    "2002:7f00:1::",
    "2002:a00:1::1",
    "2001:0:7f00:1::",
    "2001:db8::1",
    "fe80::1",
    "fe80::1%1",
    "fec0::1",
    "fd00::1",
    "ff02::1",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_off_the_public_internet_is_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::"],
)
def test_an_address_on_the_public_internet_is_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "host", ["localhost", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0x7f.1", "::1"]
)
def test_every_spelling_of_this_machine_is_refused(host: str) -> None:
    with pytest.raises(AddressRefused, match="private address"):
        resolve(host, 80, seconds=5)


def test_one_private_address_among_public_ones_is_enough_to_refuse(
    name_server: dict[str, list[str]],
) -> None:
    name_server["hooks.example"] = ["8.8.8.8", "10.0.0.1"]
    with pytest.raises(AddressRefused, match=r"10\.0\.0\.1"):
        resolve("hooks.example", 443, seconds=5)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "[::ffff:127.0.0.1]"])
def test_a_private_host_gets_no_connection(receiver: Any, host: str) -> None:
    error = refusal(f"http://{host}:{receiver.port}/hook")
    assert isinstance(error, AddressRefused)
    assert not error.sent
    assert receiver.connections == 0


def test_a_name_that_leads_home_is_refused(
    receiver: Any, name_server: dict[str, list[str]]
) -> None:
    name_server["hooks.example"] = ["127.0.0.1"]
    assert isinstance(refusal(f"http://hooks.example:{receiver.port}/"), AddressRefused)
    assert receiver.connections == 0


@pytest.mark.usefixtures("private_allowed")
def test_the_address_that_was_looked_at_is_the_one_that_is_called(
    receiver: Any, name_server: dict[str, list[str]]
) -> None:
    name_server["hooks.example"] = ["127.0.0.1"]
    answer = request("POST", f"http://hooks.example:{receiver.port}/hook?a=b", content=b"{}")
    assert answer.status == 200
    assert receiver.requests[0].line == "POST /hook?a=b HTTP/1.1"
    assert receiver.requests[0].headers["host"] == f"hooks.example:{receiver.port}"


@pytest.mark.usefixtures("private_allowed")
def test_a_dead_address_gives_way_to_the_next(
    receiver: Any, name_server: dict[str, list[str]]
) -> None:
    name_server["hooks.example"] = ["127.0.0.9", "127.0.0.1"]
    assert request("GET", f"http://hooks.example:{receiver.port}/").status == 200


@pytest.mark.usefixtures("name_server")
def test_a_name_without_an_address_was_not_sent_to() -> None:
    error = refusal("https://nowhere.example/")
    assert not error.sent
    assert "“nowhere.example” could not be looked up" in str(error)


@pytest.fixture
def stuck_name_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    release = threading.Event()

    def look_up(*_: Any, **__: Any) -> list[Any]:
        release.wait(10)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    yield
    release.set()


@pytest.mark.usefixtures("stuck_name_server")
def test_a_stuck_name_server_does_not_hold_the_call() -> None:
    error = refusal("https://nowhere.example/", seconds=0.1)
    assert not error.sent
    assert "name server" in str(error)


# --- the call -------------------------------------------------------------------------------


@pytest.mark.usefixtures("private_allowed")
def test_an_answer_has_status_headers_and_body(receiver: Any) -> None:
    receiver.answer = receiver.says(418, b'{"short": true}', X_Pot="tea")
    answer = request("POST", receiver.url, content=b"milk", headers={"x-sugar": "none"})
    assert (answer.status, answer.headers["x-pot"], answer.json()) == (418, "tea", {"short": True})
    assert receiver.requests[0].body == b"milk"
    assert receiver.requests[0].headers["x-sugar"] == "none"


@pytest.mark.usefixtures("private_allowed")
def test_a_name_and_word_in_the_address_are_said_in_the_header(receiver: Any) -> None:
    request("POST", receiver.url.replace("://", "://anna:b%40n@"), content=b"milk")
    assert receiver.requests[0].headers["authorization"] == "Basic YW5uYTpiQG4="
    assert "anna" not in receiver.requests[0].headers["host"]


@pytest.mark.usefixtures("private_allowed")
def test_a_redirect_is_an_answer_like_any_other(receiver: Any) -> None:
    receiver.answer = receiver.says(302, Location=f"http://127.0.0.1:{receiver.port}/other")
    assert request("POST", receiver.url).status == 302
    assert receiver.connections == 1


@pytest.mark.usefixtures("private_allowed")
def test_a_closed_port_was_not_sent_to(receiver: Any) -> None:
    receiver.close()
    error = refusal(receiver.url)
    assert not error.sent
    assert "can't be reached" in str(error)


@pytest.mark.usefixtures("private_allowed")
def test_a_connection_that_breaks_after_the_request_may_have_been_heard(receiver: Any) -> None:
    receiver.answer = lambda connection: None
    error = refusal(receiver.url)
    assert error.sent
    assert "broke off" in str(error)
    assert receiver.connections == 1


@pytest.mark.usefixtures("private_allowed")
def test_what_is_no_http_may_have_been_heard(receiver: Any) -> None:
    receiver.answer = lambda connection: connection.sendall(b"\x00\x01 hello\r\n\r\n")
    assert refusal(receiver.url).sent


@pytest.mark.usefixtures("private_allowed")
def test_a_silent_receiver_may_have_heard(receiver: Any) -> None:
    receiver.answer = lambda connection: receiver.closing.wait(5)
    error = refusal(receiver.url, seconds=0.2)
    assert error.sent
    assert "no answer in time" in str(error)


@pytest.mark.usefixtures("private_allowed")
def test_all_calls_that_somebody_waits_for_end_together(receiver: Any) -> None:
    receiver.answer = lambda connection: receiver.closing.wait(5)
    started = time.monotonic()
    with http.at_most(1.5):
        assert refusal(receiver.url, seconds=20).sent
        assert not refusal(receiver.url, seconds=20).sent
    assert time.monotonic() - started < 10
    receiver.answer = receiver.says(200)
    assert request("POST", receiver.url).status == 200


def drips(receiver: Any, start: bytes) -> Callable[[socket.socket], None]:
    """Answer one byte at a time, for ever: each of them is in time."""

    def answer(connection: socket.socket) -> None:
        connection.sendall(start)
        while not receiver.closing.wait(0.02):
            connection.sendall(b"x")

    return answer


@pytest.mark.usefixtures("private_allowed")
def test_a_dripping_answer_ends_at_the_deadline(receiver: Any) -> None:
    receiver.answer = drips(receiver, b"HTTP/1.1 200 Fine\r\nX-Long: ")
    started = time.monotonic()
    assert refusal(receiver.url, seconds=0.3).sent
    assert time.monotonic() - started < 2


@pytest.mark.usefixtures("private_allowed")
def test_a_dripping_body_leaves_the_status(receiver: Any) -> None:
    receiver.answer = drips(receiver, b"HTTP/1.1 201 Made\r\nContent-Length: 5000\r\n\r\n")
    answer = request("POST", receiver.url, seconds=0.3)
    assert answer.status == 201
    assert not answer.whole


@pytest.mark.usefixtures("private_allowed")
def test_a_body_without_end_is_cut(receiver: Any) -> None:
    receiver.answer = receiver.says(200, b"x" * (http.MAX_ANSWER_BYTES + 1))
    answer = request("POST", receiver.url)
    assert len(answer.body) == http.MAX_ANSWER_BYTES
    assert not answer.whole


@pytest.mark.usefixtures("private_allowed")
def test_a_proxy_of_the_environment_is_not_used(
    receiver: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert request("GET", receiver.url).status == 200


@pytest.mark.parametrize(
    "url", ["", "hooks.example", "ftp://hooks.example/", "http://", "http://[::1", "http://a:b/"]
)
def test_what_is_no_web_address_can_not_be_called(url: str) -> None:
    assert not refusal(url).sent


# --- TLS ------------------------------------------------------------------------------------


@pytest.mark.usefixtures("private_allowed")
def test_a_certificate_for_the_host_is_accepted(secure_receiver: Any) -> None:
    assert request("POST", secure_receiver.url, content=b"{}").status == 200
    reach(secure_receiver.url)
    assert len(secure_receiver.requests) == 1


@pytest.mark.usefixtures("private_allowed")
def test_a_certificate_for_another_host_gets_nothing(secure_receiver: Any) -> None:
    url = secure_receiver.url.replace("localhost", "127.0.0.1")
    error = refusal(url)
    assert not error.sent
    assert "certificate" in str(error)
    with pytest.raises(HttpError, match="certificate"):
        reach(url)
    assert secure_receiver.requests == []


@pytest.mark.usefixtures("private_allowed")
def test_tls_spoken_to_a_plain_receiver_sends_nothing(receiver: Any) -> None:
    error = refusal(receiver.url.replace("http:", "https:"), seconds=0.2)
    assert not error.sent


# --- what an answer asks for ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ("120", timedelta(seconds=120)),
        ("Mon, 15 Jun 2026 12:01:00 GMT", timedelta(minutes=1)),
        ("Mon, 15 Jun 2026 11:00:00 GMT", timedelta(0)),
        ("Mon, 15 Jun 2026 12:01:00 -0000", timedelta(minutes=1)),
        ("99999999999999", timedelta(days=1)),
        ("9" * 5000, None),
        ("-5", None),
        ("soon", None),
        ("", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(
    header: str, wait: timedelta | None, now: datetime
) -> None:
    assert Answer(429, {"retry-after": header}, b"").retry_after(now) == wait


@pytest.mark.parametrize("body", [b"", b"<html>", b"\xff\xfe", b"[" * 100_000])
def test_a_body_that_is_no_json_is_none(body: bytes) -> None:
    assert Answer(200, {}, body).json() is None


# --- connections that are used again ---------------------------------------------------------


def stays(receiver: Any, **headers: str) -> Any:
    """Let the receiver answer every request of a connection, promising what the headers say."""
    say = receiver.says(200, b"{}", **headers)

    def answer(connection: socket.socket) -> None:
        say(connection)
        while connection.recv(65536):
            say(connection)

    return answer


@pytest.mark.usefixtures("private_allowed")
def test_the_next_call_of_a_burst_uses_the_connection_that_the_network_keeps(
    receiver: Any,
) -> None:
    receiver.answer = stays(receiver, Connection="keep-alive")
    assert [request("GET", receiver.url).status for _ in range(3)] == [200, 200, 200]
    assert receiver.connections == 1


@pytest.mark.usefixtures("private_allowed")
@pytest.mark.parametrize(
    "headers",
    [{}, {"Connection": "close"}, {"Connection": "keep-alive", "Keep_Alive": "timeout=1"}],
)
def test_a_connection_that_is_not_promised_for_long_is_used_once(
    receiver: Any, headers: dict[str, str]
) -> None:
    receiver.answer = receiver.says(200, b"{}", **headers)
    for _ in range(3):
        assert request("GET", receiver.url).status == 200
    assert receiver.connections == 3


def forget_the_connections() -> None:
    """Let the next call make a client of its own; this one leaves no connection open."""
    http._pool(http.tls(), True).close()
    http._pool.cache_clear()


@pytest.mark.usefixtures("private_allowed")
def test_a_connection_that_was_idle_for_long_is_not_used_again(
    receiver: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    forget_the_connections()
    monkeypatch.setattr(http, "KEPT_SECONDS", 0.0)
    receiver.answer = receiver.says(200, b"{}", Connection="keep-alive")
    for _ in range(2):
        assert request("GET", receiver.url).status == 200
    assert receiver.connections == 2
    forget_the_connections()


@pytest.mark.usefixtures("private_allowed")
def test_a_kept_connection_is_of_no_use_once_private_addresses_are_refused(
    receiver: Any, settings: Any
) -> None:
    receiver.answer = receiver.says(200, b"{}", Connection="keep-alive")
    assert request("GET", receiver.url).status == 200
    settings.ALLOW_PRIVATE_ADDRESSES = False
    assert isinstance(refusal(receiver.url), AddressRefused)
    assert receiver.connections == 1

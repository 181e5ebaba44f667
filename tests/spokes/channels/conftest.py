"""Letters, envelopes, and a receiver on this machine that answers as a test wants it to."""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from content.editorial.models import Post
from spokes.channels import http
from spokes.channels.connectors.base import Connector, Envelope, Letter


@pytest.fixture
def envelope(now: datetime) -> Envelope:
    return Envelope(key="key-0", marker="m0", due_at=now)


@pytest.fixture
def write_letter(now: datetime) -> Callable[..., Letter]:
    """Write the letter that the engine would: the post read with its content, then prepared."""
    numbers = itertools.count(1)

    def write(connector: Connector, post: Post, *, key: str = "", remote_id: str = "") -> Letter:
        number = next(numbers)
        key = key or f"key-{number}"
        envelope = Envelope(key=key, marker=f"m{number}", due_at=now)
        loaded = Post.objects.with_content().get(pk=post.pk)
        return Letter(key=key, payload=connector.prepare(loaded, envelope), remote_id=remote_id)

    return write


@dataclasses.dataclass
class Request:
    line: str
    headers: dict[str, str]
    body: bytes


class Receiver:
    """Takes one connection after the other, keeps what was asked, and answers with ``answer``.

    ``answer`` writes to the connection; what it returns does not matter.
    """

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.context = context
        self.requests: list[Request] = []
        self.connections = 0
        self.answer: Callable[[socket.socket], object] = self.says(200)
        self.closing = threading.Event()
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    @property
    def url(self) -> str:
        scheme, host = ("https", "localhost") if self.context else ("http", "127.0.0.1")
        return f"{scheme}://{host}:{self.port}/hook"

    def says(
        self, status: int, body: bytes = b"", **headers: str
    ) -> Callable[[socket.socket], object]:
        lines = [f"HTTP/1.1 {status} Fine", f"Content-Length: {len(body)}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        text = "\r\n".join(lines).encode() + b"\r\n\r\n" + body
        return lambda connection: connection.sendall(text)

    def close(self) -> None:
        self.closing.set()
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(timeout=5)

    def _serve(self) -> None:
        while not self.closing.is_set():
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            with connection, contextlib.suppress(OSError):
                self._take(connection)

    def _take(self, connection: socket.socket) -> None:
        connection.settimeout(5)
        if self.context is None:
            self._converse(connection)
            return
        with self.context.wrap_socket(connection, server_side=True) as secured:
            self._converse(secured)

    def _converse(self, connection: socket.socket) -> None:
        with connection.makefile("rb") as stream:
            line = stream.readline().decode("latin-1").strip()
            if not line:
                return
            headers = {}
            while header := stream.readline().decode("latin-1").strip():
                name, _, value = header.partition(": ")
                headers[name.lower()] = value
            body = stream.read(int(headers.get("content-length", 0)))
        self.requests.append(Request(line, headers, body))
        self.answer(connection)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture
def secure_receiver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """A receiver whose certificate is for localhost, by an authority that we trust."""
    file = tmp_path / "localhost.pem"
    file.write_bytes(_certificate())
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    http.tls.cache_clear()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    receiver = Receiver(context)
    yield receiver
    receiver.close()
    http.tls.cache_clear()


def _certificate() -> bytes:
    """Make a key and a certificate that signs itself, as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime(2020, 1, 1))  # noqa: DTZ001  # by its own rule, UTC
        .not_valid_after(datetime(2120, 1, 1))  # noqa: DTZ001
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ) + certificate.public_bytes(serialization.Encoding.PEM)

"""What a check relies on when it asks the network: an answer within its limit, whatever the other
side does, and the whole chain that a TLS server sends."""

from __future__ import annotations

import datetime
import socket
import socketserver
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from runbook_tui.adapters.network import MOST, LocalNetwork, chain

NETWORK = LocalNetwork()
DAY = datetime.timedelta(days=1)


@contextmanager
def serving(handle: Callable[[socket.socket], None]) -> Iterator[int]:
    """A server on loopback that does `handle` with each connection; its port."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            handle(self.request)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True

        def handle_error(self, *_: Any) -> None:
            return

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


def answering(raw: bytes) -> Callable[[socket.socket], None]:
    def handle(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(raw)

    return handle


def test_a_get_brings_status_headers_and_body() -> None:
    raw = b"HTTP/1.1 418 No\r\nX-Kind: Teapot\r\nContent-Length: 5\r\n\r\nshort"
    with serving(answering(raw)) as port:
        reply = NETWORK.get(f"http://127.0.0.1:{port}/a?b=c")
    assert (reply.status, reply.body, reply.headers["x-kind"]) == (418, b"short", "Teapot")
    assert reply.trouble == ""


def test_headers_and_path_go_out_as_given() -> None:
    seen: list[bytes] = []

    def handle(connection: socket.socket) -> None:
        seen.append(connection.recv(65536))
        connection.sendall(b"HTTP/1.1 204 OK\r\n\r\n")

    with serving(handle) as port:
        NETWORK.get(f"http://127.0.0.1:{port}/a?b=c", headers={"X-Token": "t"})
    assert seen[0].startswith(b"GET /a?b=c HTTP/1.1\r\n")
    assert b"X-Token: t\r\n" in seen[0]


def test_a_redirect_is_not_followed() -> None:
    raw = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
    with serving(answering(raw)) as port:
        reply = NETWORK.get(f"http://127.0.0.1:{port}/")
    assert (reply.status, reply.headers["location"]) == (302, "http://127.0.0.1:1/")


def test_no_more_than_a_mebibyte_is_kept() -> None:
    raw = b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * (MOST + 500_000)
    with serving(answering(raw)) as port:
        reply = NETWORK.get(f"http://127.0.0.1:{port}/")
    assert len(reply.body) == MOST


def test_an_answer_that_breaks_off_is_none() -> None:
    with serving(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")) as port:
        reply = NETWORK.get(f"http://127.0.0.1:{port}/")
    assert reply.status == 0
    assert "IncompleteRead" in reply.trouble


def test_a_server_that_drips_is_ended_at_the_limit() -> None:
    ended = threading.Event()

    def drip(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        try:
            while not ended.wait(0.05):
                connection.sendall(b"x")
        except OSError:
            return

    with serving(drip) as port:
        begun = time.monotonic()
        reply = NETWORK.get(f"http://127.0.0.1:{port}/", limit=0.5)
        took = time.monotonic() - begun
        ended.set()
    assert reply.status == 0
    assert reply.trouble == "no answer within 0.5 s"
    assert took < 3


def test_a_server_that_says_nothing_is_not_waited_for() -> None:
    ended = threading.Event()
    with serving(lambda _: ended.wait(20) and None) as port:
        reply = NETWORK.get(f"http://127.0.0.1:{port}/", limit=0.3)
        certificates, trouble = NETWORK.presented("127.0.0.1", port, limit=0.3)
        ended.set()
    assert reply.trouble == "no answer within 0.3 s"
    assert certificates == ()
    assert "0.3 s" in trouble


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://127.0.0.1/", "http://", "http://[::1", "x"]
)
def test_what_is_no_web_address_is_not_asked(url: str) -> None:
    reply = NETWORK.get(url)
    assert reply.status == 0
    assert reply.trouble


def test_what_is_no_http_is_told() -> None:
    with serving(answering(b"220 mail ready\r\n")) as port:
        reply = NETWORK.get(f"http://127.0.0.1:{port}/")
    assert reply.status == 0
    assert "no HTTP answer" in reply.trouble


def test_a_connection_is_made_or_the_reason_is_told() -> None:
    with serving(lambda _: None) as port:
        assert NETWORK.connect("127.0.0.1", port) == ""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        assert NETWORK.connect("127.0.0.1", unused.getsockname()[1]) == "refused"
    assert NETWORK.connect("no-such-host.invalid", 22) != ""


class Authority:
    """A root with what it has signed."""

    def __init__(self) -> None:
        self.root = self.make("Root", None)
        self.issuing = self.make("Issuing", self.root)
        self.leaf = self.make("127.0.0.1", self.issuing, leaf=True)

    def make(self, name: str, by: Any, leaf: bool = False) -> tuple[x509.Certificate, Any]:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        now = datetime.datetime.now(datetime.UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(by[0].subject if by else subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - DAY)
            .not_valid_after(now + DAY)
            .add_extension(x509.BasicConstraints(not leaf, None), critical=True)
            .sign(by[1] if by else key, hashes.SHA256())
        )
        return certificate, key

    def serve(self, folder: Path, *parts: tuple[x509.Certificate, Any]) -> ssl.SSLContext:
        bundle = folder / "bundle.pem"
        key = parts[0][1].private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        bundle.write_bytes(key + b"".join(each.public_bytes(Encoding.PEM) for each, _ in parts))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(bundle)
        return context


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


def over_tls(context: ssl.SSLContext) -> Callable[[socket.socket], None]:
    def handle(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secure:
            secure.recv(1)

    return handle


def der(*parts: tuple[x509.Certificate, Any]) -> tuple[bytes, ...]:
    return tuple(each.public_bytes(Encoding.DER) for each, _ in parts)


def test_the_whole_chain_comes_as_it_is_sent_leaf_first(
    authority: Authority, tmp_path: Path
) -> None:
    context = authority.serve(tmp_path, authority.leaf, authority.issuing, authority.root)
    with serving(over_tls(context)) as port:
        found, trouble = NETWORK.presented("127.0.0.1", port)
    assert trouble == ""
    assert found == der(authority.leaf, authority.issuing, authority.root)


def test_a_server_that_sends_only_its_leaf_is_seen_to(authority: Authority, tmp_path: Path) -> None:
    with serving(over_tls(authority.serve(tmp_path, authority.leaf))) as port:
        found, _ = NETWORK.presented("127.0.0.1", port, name="some.other.name.example")
    assert found == der(authority.leaf)


def test_without_the_chain_of_the_interpreter_it_is_the_leaf(authority: Authority) -> None:
    class Old:
        _sslobj = object()

        def getpeercert(self, binary_form: bool) -> bytes:
            return b"leaf"

    assert chain(Old()) == (b"leaf",)  # type: ignore[arg-type]


def test_a_public_chain_is_taken_where_the_interpreter_has_it() -> None:
    class New:
        def get_unverified_chain(self) -> list[bytes]:
            return [b"leaf", b"issuing"]

    assert chain(New()) == (b"leaf", b"issuing")  # type: ignore[arg-type]


def test_a_port_without_tls_is_told(authority: Authority) -> None:
    with serving(answering(b"SSH-2.0-x\r\n")) as port:
        found, trouble = NETWORK.presented("127.0.0.1", port)
    assert found == ()
    assert trouble.startswith("no TLS")


def test_a_get_does_not_trust_an_unknown_authority(authority: Authority, tmp_path: Path) -> None:
    context = authority.serve(tmp_path, authority.leaf, authority.issuing)
    with serving(over_tls(context)) as port:
        reply = NETWORK.get(f"https://127.0.0.1:{port}/")
    assert reply.status == 0
    assert "certificate is not accepted" in reply.trouble


def test_many_asks_leave_no_thread_behind() -> None:
    with serving(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")) as port:
        for _ in range(20):
            assert NETWORK.get(f"http://127.0.0.1:{port}/").status == 200
    assert [t for t in threading.enumerate() if t.name == "network"] == []

"""The network as checks see it: one GET, one connection, the certificates of one server.

Each has its own time limit for everything together, names being looked up included; nothing raises.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from typing import TypeVar
from urllib.parse import urlsplit

from runbook_tui.preflight.ports import Reply

MOST = 1024**2
"""Bytes kept of an answer."""
CHUNK = 64 * 1024
_DER = 2
"""`_ssl.ENCODING_DER`."""
T = TypeVar("T")


class LocalNetwork:
    """The network of this machine. Proxies from the environment are not used: what is asked is
    whether this machine reaches that one.
    """

    def get(
        self, url: str, *, headers: Mapping[str, str] | None = None, limit: float = 10.0
    ) -> Reply:
        """One GET; see `Network.get`. Certificates are verified."""
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError as error:
            return Reply(0, trouble=f"no address: {error}")
        if parts.scheme not in ("http", "https") or not host:
            return Reply(0, trouble="not an http or https address")
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        secure = parts.scheme == "https"

        def ask(deadline: float) -> Reply:
            plain = socket.create_connection(
                (host, port or (443 if secure else 80)), _left(deadline)
            )
            with _ended_at(plain, deadline), plain:
                wrapped = plain
                if secure:
                    wrapped = ssl.create_default_context().wrap_socket(plain, server_hostname=host)
                with wrapped:
                    connection = http.client.HTTPConnection(host, port, timeout=_left(deadline))
                    connection.sock = wrapped
                    asked = {"User-Agent": "runbook-tui", "Connection": "close", **(headers or {})}
                    connection.request("GET", path, headers=asked)
                    response = connection.getresponse()
                    named = {name.lower(): value for name, value in response.getheaders()}
                    return Reply(response.status, _body(response, deadline), named)

        return _within(limit, ask, lambda trouble: Reply(0, trouble=trouble))

    def connect(self, host: str, port: int, *, limit: float = 3.0) -> str:
        """Whether a TCP connection can be made; see `Network.connect`."""

        def ask(deadline: float) -> str:
            socket.create_connection((host, port), _left(deadline)).close()
            return ""

        return _within(limit, ask, lambda trouble: trouble)

    def presented(
        self, host: str, port: int, *, name: str = "", limit: float = 10.0
    ) -> tuple[tuple[bytes, ...], str]:
        """The certificates that a server sends; see `Network.presented`."""
        nothing: tuple[bytes, ...] = ()

        def ask(deadline: float) -> tuple[tuple[bytes, ...], str]:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            # What is looked at is what is sent, good or bad; nothing is said to it or believed.
            context.verify_mode = ssl.CERT_NONE
            plain = socket.create_connection((host, port), _left(deadline))
            with (
                _ended_at(plain, deadline),
                plain,
                context.wrap_socket(plain, server_hostname=name or host) as secure,
            ):
                found = chain(secure)
            return found, "" if found else "it sends no certificate"

        return _within(limit, ask, lambda trouble: (nothing, trouble))


def chain(secure: ssl.SSLSocket) -> tuple[bytes, ...]:
    """What a server has sent, in DER, leaf first, nothing verified.

    `ssl.SSLSocket.get_unverified_chain` is public from Python 3.13; 3.11 and 3.12 have it on the
    object inside only. Where neither is there, it is the leaf alone.
    """
    public = getattr(secure, "get_unverified_chain", None)
    if public is not None:
        return tuple(bytes(each) for each in public() or ())
    inside = getattr(getattr(secure, "_sslobj", None), "get_unverified_chain", None)
    if inside is not None:
        with contextlib.suppress(AttributeError, TypeError, ValueError):
            return tuple(each.public_bytes(_DER) for each in inside() or ())
    leaf = secure.getpeercert(binary_form=True)
    return (leaf,) if leaf else ()


def _left(deadline: float) -> float:
    return max(deadline - time.monotonic(), 0.001)


class _ended_at:  # noqa: N801 - used like a function
    """Ends a connection at its deadline: one that sends a byte now and then never times out."""

    def __init__(self, plain: socket.socket, deadline: float) -> None:
        self._plain = plain.dup()
        self._timer = threading.Timer(_left(deadline), self._end)
        self._timer.daemon = True

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, *_error: object) -> None:
        self._timer.cancel()
        self._timer.join()
        self._plain.close()

    def _end(self) -> None:
        with contextlib.suppress(OSError):
            self._plain.shutdown(socket.SHUT_RDWR)


def _body(response: http.client.HTTPResponse, deadline: float) -> bytes:
    kept = bytearray()
    while len(kept) < MOST and (chunk := response.read1(min(CHUNK, MOST - len(kept)))):
        kept += chunk
    if len(kept) < MOST:  # a connection that was ended early reads like one that is at its end
        if time.monotonic() >= deadline:
            raise TimeoutError
        if response.length:
            raise http.client.IncompleteRead(b"", response.length)
    return bytes(kept)


def _within(limit: float, ask: Callable[[float], T], failed: Callable[[str], T]) -> T:
    """What `ask` answers by its deadline, or why not. In a thread of its own: nothing else ends the
    look-up of a name, and that thread is left to itself when it takes too long.
    """
    answers: list[T] = []
    deadline = time.monotonic() + limit

    def run() -> None:
        try:
            answers.append(ask(deadline))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the answer
            late = time.monotonic() >= deadline
            answers.append(failed(f"no answer within {limit:g} s" if late else _words(error)))

    thread = threading.Thread(target=run, daemon=True, name="network")
    thread.start()
    thread.join(limit + 0.5)
    return answers[0] if answers else failed(f"no answer within {limit:g} s")


def _words(error: Exception) -> str:
    if isinstance(error, socket.gaierror):
        return "the name is not known"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not accepted: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"no TLS: {error.reason or error}"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, ConnectionRefusedError):
        return "refused"
    if isinstance(error, http.client.HTTPException):
        return f"no HTTP answer: {type(error).__name__}"
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return f"{type(error).__name__}: {error}"

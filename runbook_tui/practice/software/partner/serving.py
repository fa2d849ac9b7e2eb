"""What the partner's listeners share: a server on loopback, and a handler that speaks JSON."""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

DRAINED = 1_048_576
"""Bytes of a body too large that are read all the same."""


class BadBody(Exception):  # noqa: N818
    """A body that is not taken; `code` is the HTTP status, the text says why."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


class Loopback(ThreadingHTTPServer):
    """Listens on 127.0.0.1; a thread for every connection."""

    daemon_threads = True
    request_queue_size = 128

    def server_bind(self) -> None:
        """Binds without asking for the host's name, which can take seconds."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_name, self.server_port = self.socket.getsockname()[:2]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that broke off is nothing to write about."""


class JsonHandler(BaseHTTPRequestHandler):
    """Answers the requests of one connection; takes and gives JSON objects."""

    protocol_version = "HTTP/1.1"
    server_version = "partner"
    sys_version = ""
    timeout = 60
    wbufsize = -1

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Requests are counted, not logged."""

    def read_object(self, largest: int) -> dict[str, Any]:
        """The JSON object in the body, of at most `largest` bytes.

        Raises BadBody, and then the connection ends with the answer: what is left of the body is
        not read as the next request.
        """
        try:
            return self._read_object(largest)
        except BadBody:
            self.close_connection = True
            raise

    def _read_object(self, largest: int) -> dict[str, Any]:
        if "Transfer-Encoding" in self.headers:
            raise BadBody(411, "the body needs a Content-Length")
        length = (self.headers.get("Content-Length") or "0").strip()
        if not (length.isascii() and length.isdecimal()):
            raise BadBody(400, "the Content-Length is not a number")
        if len(length) > 12 or int(length) > largest:
            # Who still sends would see a broken connection instead of the answer.
            self.rfile.read(DRAINED if len(length) > 12 else min(int(length), DRAINED))
            raise BadBody(413, f"the body is larger than {largest} bytes")
        raw = self.rfile.read(int(length))
        try:
            found = json.loads(raw) if len(raw) == int(length) else None
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise BadBody(400, "the body is not a JSON object")
        return found

    def send_json(self, code: int, answer: Any, headers: Mapping[str, str] | None = None) -> None:
        """Sends an answer."""
        self.send_bytes(code, "application/json", json.dumps(answer).encode(), headers)

    def send_bytes(
        self, code: int, kind: str, body: bytes, headers: Mapping[str, str] | None = None
    ) -> None:
        """Sends a body of a Content-Type."""
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

"""Starts the partner: ``python -m partner --config FILE``.

It listens twice: on its old address with a certificate under the old vendor root, and on the new
one with a certificate under the new root. Like many real servers it sends its own certificate
only and leaves the intermediate to the client's bundle.
"""

from __future__ import annotations

import configparser
import contextlib
import json
import re
import signal
import socket
import ssl
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from .temper import Temper
from .webhooks import BadRegistration, Delivery, Webhooks

LARGEST_BODY = 65_536
WORK_S = 0.004
"""What it takes the partner to confirm an order."""
HANDSHAKE_S = 5.0


class Partner:
    """What both listeners share."""

    def __init__(self, config: configparser.ConfigParser) -> None:
        self.token = Path(config["partner"]["token_file"]).read_text(encoding="utf-8").strip()
        self.webhooks = Webhooks(Path(config["partner"]["webhooks_file"]))
        self.temper = Temper(config["partner"].getint("seed", 0))
        self.delivery = Delivery(self.webhooks)
        self.confirmed = 0
        self.refused = 0


class Listener(ThreadingHTTPServer):
    """One address with its certificate; a thread for every connection."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, partner: Partner, port: int, certificate: str, key: str) -> None:
        self.partner = partner
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(certificate, key)
        super().__init__(("127.0.0.1", port), Handler)

    def server_bind(self) -> None:
        """Binds without asking for the host's name, which can take seconds."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_name, self.server_port = self.socket.getsockname()[:2]

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Shakes hands in the connection's own thread, so that a slow client holds up nobody."""
        request.settimeout(HANDSHAKE_S)
        try:
            tls = self._tls.wrap_socket(request, server_side=True)
        except OSError:
            return  # a client that does not trust us says so on its own side
        with tls:
            super().finish_request(tls, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that broke off is nothing to write about."""


class Handler(BaseHTTPRequestHandler):
    """Answers the requests of one connection."""

    protocol_version = "HTTP/1.1"
    server_version = "partner"
    sys_version = ""
    timeout = 60
    wbufsize = -1
    server: Listener

    def do_GET(self) -> None:
        """Reads."""
        if self.path == "/healthz":
            partner = self.server.partner
            delivery = partner.delivery
            self._send(
                200,
                {
                    "status": "ok",
                    "confirmed": partner.confirmed,
                    "refused": partner.refused,
                    "webhooks_delivered": delivery.delivered,
                    "webhooks_failed": delivery.failed,
                },
            )
        elif self.path == "/webhooks":
            self._send(200, {"webhooks": self.server.partner.webhooks.all()})
        else:
            self._send(404, {"error": "no such place"})

    def do_POST(self) -> None:
        """Confirms an order or registers a webhook."""
        body = self._body()
        if body is None:
            self._send(400, {"error": "the body is not a JSON object"})
        elif not self._known():
            self._send(401, {"error": "the token is not known here"})
        elif self.path == "/confirmations":
            self._confirm(body)
        elif self.path == "/webhooks":
            try:
                webhook = self.server.partner.webhooks.add(
                    str(body.get("url", "")), str(body.get("created_by", ""))
                )
                self._send(201, webhook)
            except BadRegistration as error:
                self._send(422, {"error": str(error)})
        else:
            self._send(404, {"error": "no such place"})

    def do_DELETE(self) -> None:
        """Forgets a webhook."""
        found = re.fullmatch(r"/webhooks/([A-Za-z0-9_]{1,40})", self.path)
        if not found:
            self._send(404, {"error": "no such place"})
        elif not self._known():
            self._send(401, {"error": "the token is not known here"})
        elif self.server.partner.webhooks.remove(found[1]):
            self._send(200, {"deleted": found[1]})
        else:
            self._send(404, {"error": "no such webhook"})

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Requests are counted, not logged."""

    def _confirm(self, body: dict[str, Any]) -> None:
        partner = self.server.partner
        order = body.get("order")
        if not isinstance(order, int):
            self._send(422, {"error": "which order?"})
            return
        time.sleep(WORK_S)
        if partner.temper.fails(order):
            partner.refused += 1
            self._send(503, {"error": "try again"})
            return
        partner.confirmed += 1
        partner.delivery.tell({"event": "order.confirmed", "order": order})
        self._send(201, {"order": order, "state": "confirmed"})

    def _known(self) -> bool:
        return self.headers.get("Authorization") == f"Bearer {self.server.partner.token}"

    def _body(self) -> dict[str, Any] | None:
        try:
            length = int(self.headers.get("Content-Length") or 0)
            if not 0 <= length <= LARGEST_BODY:
                raise ValueError
            body = json.loads(self.rfile.read(length))
        except ValueError:
            self.close_connection = True
            return None
        return body if isinstance(body, dict) else None

    def _send(self, code: int, answer: dict[str, Any]) -> None:
        body = json.dumps(answer).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()


class Stopped(Exception):  # noqa: N818
    """The program was told to stop."""


def stopped(*_: object) -> None:
    """Takes a signal: the first one stops the program in order, the next changes nothing."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Stopped


def main() -> int:
    """Serves until told to stop."""
    if len(sys.argv) != 3 or sys.argv[1] != "--config":
        sys.stderr.write("usage: python -m partner --config FILE\n")
        return 2
    config = configparser.ConfigParser(interpolation=None)
    listeners: list[Listener] = []
    try:
        with open(sys.argv[2], encoding="utf-8") as file:  # noqa: PTH123
            config.read_file(file)
        partner = Partner(config)
        for name in ("listener old", "listener new"):
            part = config[name]
            listeners.append(
                Listener(partner, part.getint("port", 0), part["certificate"], part["key"])
            )
    except (OSError, KeyError, ValueError, configparser.Error) as error:
        sys.stderr.write(f"partner does not start: {sys.argv[2]}: {error}\n")
        return 78
    partner.delivery.start()
    for listener in listeners:
        threading.Thread(target=listener.serve_forever, args=(0.05,), daemon=True).start()
    sys.stderr.write(f"partner serves on {', '.join(str(p.server_port) for p in listeners)}\n")
    with contextlib.suppress(Stopped):
        signal.signal(signal.SIGTERM, stopped)
        while True:
            time.sleep(1)
    for listener in listeners:
        listener.shutdown()
        listener.server_close()
    return 0


if __name__ == "__main__":
    sys.exit(main())

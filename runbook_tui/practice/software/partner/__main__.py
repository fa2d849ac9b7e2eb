"""Starts the partner: ``python -m partner --config FILE``.

It takes confirmations and webhooks twice: on its old address with a certificate under the old
vendor root, and on the new one with a certificate under the new root. Like many real servers it
sends its own certificate only and leaves the intermediate to the client's bundle. Messages it takes
on a third port, over plain HTTP (`message_listener`).
"""

from __future__ import annotations

import configparser
import contextlib
import re
import signal
import ssl
import sys
import threading
import time
from pathlib import Path
from typing import Any

from .message_listener import MessageListener
from .serving import BadBody, JsonHandler, Loopback
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


class Listener(Loopback):
    """One address with its certificate."""

    def __init__(self, partner: Partner, port: int, certificate: str, key: str) -> None:
        self.partner = partner
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(certificate, key)
        super().__init__(("127.0.0.1", port), Handler)

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Shakes hands in the connection's own thread, so that a slow client holds up nobody."""
        request.settimeout(HANDSHAKE_S)
        try:
            tls = self._tls.wrap_socket(request, server_side=True)
        except OSError:
            return  # a client that does not trust us says so on its own side
        with tls:
            super().finish_request(tls, client_address)


class Handler(JsonHandler):
    """Answers who asks for confirmations and webhooks."""

    server: Listener

    def do_GET(self) -> None:  # noqa: N802
        """Reads."""
        if self.path == "/healthz":
            partner = self.server.partner
            delivery = partner.delivery
            self.send_json(
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
            self.send_json(200, {"webhooks": self.server.partner.webhooks.all()})
        else:
            self.send_json(404, {"error": "no such place"})

    def do_POST(self) -> None:  # noqa: N802
        """Confirms an order or registers a webhook."""
        body = self._body()
        if body is None:
            self.send_json(400, {"error": "the body is not a JSON object"})
        elif not self._known():
            self.send_json(401, {"error": "the token is not known here"})
        elif self.path == "/confirmations":
            self._confirm(body)
        elif self.path == "/webhooks":
            try:
                webhook = self.server.partner.webhooks.add(
                    str(body.get("url", "")), str(body.get("created_by", ""))
                )
                self.send_json(201, webhook)
            except BadRegistration as error:
                self.send_json(422, {"error": str(error)})
        else:
            self.send_json(404, {"error": "no such place"})

    def do_DELETE(self) -> None:  # noqa: N802
        """Forgets a webhook."""
        found = re.fullmatch(r"/webhooks/([A-Za-z0-9_]{1,40})", self.path)
        if not found:
            self.send_json(404, {"error": "no such place"})
        elif not self._known():
            self.send_json(401, {"error": "the token is not known here"})
        elif self.server.partner.webhooks.remove(found[1]):
            self.send_json(200, {"deleted": found[1]})
        else:
            self.send_json(404, {"error": "no such webhook"})

    def _confirm(self, body: dict[str, Any]) -> None:
        partner = self.server.partner
        order = body.get("order")
        if not isinstance(order, int):
            self.send_json(422, {"error": "which order?"})
            return
        time.sleep(WORK_S)
        if partner.temper.fails(order):
            partner.refused += 1
            self.send_json(503, {"error": "try again"})
            return
        partner.confirmed += 1
        partner.delivery.tell({"event": "order.confirmed", "order": order})
        self.send_json(201, {"order": order, "state": "confirmed"})

    def _known(self) -> bool:
        return self.headers.get("Authorization") == f"Bearer {self.server.partner.token}"

    def _body(self) -> dict[str, Any] | None:
        try:
            return self.read_object(LARGEST_BODY)
        except BadBody:
            return None


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
    listeners: list[Loopback] = []
    try:
        with open(sys.argv[2], encoding="utf-8") as file:  # noqa: PTH123
            config.read_file(file)
        partner = Partner(config)
        listeners.append(MessageListener(config["messages"]))
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

"""The HTTP face of the service."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import threading
import time
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from .events import accepts_events
from .metrics import Metrics
from .partner import Partner, PartnerError
from .release import VERSION
from .settings import Settings
from .store import Store

LARGEST_BODY = 65_536


class Refused(Exception):  # noqa: N818
    """A request that is answered with an error."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


class Health:
    """Whether the partner can be reached; asked again after two seconds, sooner if it was not."""

    def __init__(self, settings: Settings, token: str) -> None:
        self._settings = settings
        self._token = token
        self._lock = threading.Lock()
        self._asked = -1e9
        self._answer = ""

    def partner(self) -> str:
        """ "ok", or why not."""
        with self._lock:
            if time.monotonic() - self._asked > (2.0 if self._answer == "ok" else 0.2):
                partner = Partner(self._settings, self._token)
                try:
                    partner.reach()
                    self._answer = "ok"
                except PartnerError as error:
                    self._answer = str(error)
                finally:
                    partner.close()
                self._asked = time.monotonic()
            return self._answer


class Service(ThreadingHTTPServer):
    """A thread for every connection."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, settings: Settings, token: str) -> None:
        self.settings = settings
        self.token = token
        self.metrics = Metrics()
        self.health = Health(settings, token)
        self._busy = 0
        self._idle = threading.Condition()
        super().__init__((settings.host, settings.port), Handler)

    def working(self, change: int) -> None:
        """A request begins (+1) or ends (-1)."""
        with self._idle:
            self._busy += change
            self._idle.notify_all()

    def drain(self, seconds: float) -> None:
        """Waits until no request is being answered, at most so long."""
        with self._idle:
            self._idle.wait_for(lambda: self._busy == 0, seconds)

    def server_bind(self) -> None:
        """Binds without asking for the host's name, which can take seconds."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_name, self.server_port = self.socket.getsockname()[:2]


class Handler(BaseHTTPRequestHandler):
    """Answers the requests of one connection."""

    protocol_version = "HTTP/1.1"
    server_version = f"orders/{VERSION}"
    sys_version = ""
    timeout = 60
    wbufsize = -1
    disable_nagle_algorithm = True
    server: Service

    def setup(self) -> None:
        """Opens what the connection needs."""
        super().setup()
        settings = self.server.settings
        self.store = Store(settings.database, settings.busy_timeout_ms)
        self.partner = Partner(settings, self.server.token)

    def finish(self) -> None:
        """Gives it back."""
        self.store.close()
        self.partner.close()
        with contextlib.suppress(OSError):  # the client has gone, nobody waits for the rest
            super().finish()

    def do_GET(self) -> None:
        """Reads."""
        url = urlsplit(self.path)
        if url.path == "/healthz":
            self._answer("GET /healthz", self._health)
        elif url.path == "/version":
            self._answer("GET /version", self._version)
        elif url.path == "/metrics":
            self._send(200, self.server.metrics.render(), "text/plain; version=0.0.4")
        elif found := re.fullmatch(r"/orders/([0-9]{1,15})", url.path):
            self._answer("GET /orders/{id}", lambda: self._order(int(found[1])))
        elif url.path == "/orders":
            self._answer("GET /orders", lambda: self._of_customer(parse_qs(url.query)))
        else:
            self._send(404, '{"error": "no such place"}')

    def do_POST(self) -> None:
        """Writes."""
        if self.path == "/orders":
            self._answer("POST /orders", self._place)
        elif self.path == "/partner/events":
            self._answer("POST /partner/events", self._event)
        else:
            self.close_connection = True
            self._send(404, '{"error": "no such place"}')

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Requests are counted in the metrics, not logged."""

    def _answer(self, endpoint: str, work: Any) -> None:
        began = time.perf_counter()
        self.server.working(+1)
        try:
            try:
                code, answer = work()
            except Refused as refusal:
                code, answer = refusal.code, {"error": str(refusal)}
            except Exception as error:  # noqa: BLE001 - one bad request must not end the service
                code, answer = 500, {"error": f"{type(error).__name__}: {error}"}
            self._send(code, json.dumps(answer))
            self.server.metrics.request(endpoint, code, time.perf_counter() - began)
        finally:
            self.server.working(-1)

    def _send(self, code: int, text: str, kind: str = "application/json") -> None:
        body = text.encode()
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def _body(self) -> dict[str, Any]:
        length = int(self.headers.get("Content-Length") or 0)
        if length > LARGEST_BODY:
            self.close_connection = True
            raise Refused(413, "too large")
        try:
            body = json.loads(self.rfile.read(length))
        except ValueError:
            raise Refused(400, "the body is not JSON") from None
        if not isinstance(body, dict):
            raise Refused(400, "the body is not an object")
        return body

    def _health(self) -> tuple[int, Any]:
        partner = self.server.health.partner()
        fine = partner == "ok"
        answer = {
            "status": "ok" if fine else "degraded",
            "version": VERSION,
            "schema": self.store.schema(),
            "partner": partner,
        }
        return (200 if fine else 503), answer

    def _version(self) -> tuple[int, Any]:
        return 200, {"version": VERSION}

    def _order(self, order_id: int) -> tuple[int, Any]:
        order = self.store.order(order_id)
        if order is None:
            raise Refused(404, "no such order")
        return 200, order

    def _of_customer(self, query: dict[str, list[str]]) -> tuple[int, Any]:
        if "customer" not in query:
            raise Refused(400, "which customer?")
        return 200, {"orders": self.store.of_customer(query["customer"][0], 20)}

    def _place(self) -> tuple[int, Any]:
        body = self._body()
        if Path(self.server.settings.read_only_file).exists():
            raise Refused(503, "orders are not taken for the moment")
        try:
            customer, currency = str(body["customer"]), str(body["currency"])
            amount = Decimal(str(body["amount"]))
        except (KeyError, InvalidOperation):
            raise Refused(400, "an order has customer, amount and currency") from None
        if not amount.is_finite() or not 0 < amount < 1_000_000:
            raise Refused(400, "amount out of range")
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        order_id = self.store.place(customer, now, amount, currency)
        try:
            confirmed, retries = self.partner.confirm(order_id, f"{amount:.2f}")
            self.server.metrics.partner("confirmed" if confirmed else "gave_up", retries)
        except PartnerError:
            confirmed = False
            self.server.metrics.partner("unreachable", 0)
        state = "confirmed" if confirmed else "pending"
        if confirmed:
            self.store.mark(order_id, state)
        return (201 if confirmed else 202), {"id": order_id, "state": state}

    def _event(self) -> tuple[int, Any]:
        body = self._body()
        if not accepts_events(self.server.settings):
            raise Refused(404, "events are not taken")
        if isinstance(body.get("order"), int):
            self.store.mark(body["order"], "acknowledged")
        return 200, {"ok": True}

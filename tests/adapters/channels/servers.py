"""Real servers on loopback: one that does to a request whatever a test wants, and strict ones with
the APIs of Statuspage and Cachet, built by their documentation."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import ssl
import threading
from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

PATIENCE = 20.0


@dataclass
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Connection:
    """What a behaviour has to work with."""

    socket: socket.socket
    request: Request
    closing: threading.Event

    def send(self, data: bytes) -> None:
        with contextlib.suppress(OSError):
            self.socket.sendall(data)

    def answer(
        self, status: int, body: bytes = b"{}", headers: dict[str, str] | None = None
    ) -> None:
        lines = {"Content-Length": str(len(body)), "Connection": "close", **(headers or {})}
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        self.send(f"HTTP/1.1 {status} So\r\n{head}\r\n".encode() + body)

    def hang(self) -> None:
        self.closing.wait(PATIENCE)

    def drip(self, data: bytes) -> None:
        """A byte a second."""
        for n in range(len(data)):
            self.send(data[n : n + 1])
            if self.closing.wait(1.0):
                return


Behaviour = Callable[[Connection], None]


def answers(status: int, body: bytes = b"{}", headers: dict[str, str] | None = None) -> Behaviour:
    return lambda connection: connection.answer(status, body, headers)


class Server:
    """Reads one request a connection, remembers it, and does what `behaviour` says."""

    def __init__(self, behaviour: Behaviour, tls: ssl.SSLContext | None = None) -> None:
        self.behaviour = behaviour
        self.requests: list[Request] = []
        self.connections = 0
        self.received = threading.Event()
        self._tls = tls
        self._closing = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()
        self._serving: list[threading.Thread] = []

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    def close(self) -> None:
        self._closing.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in (self._thread, *self._serving):
            thread.join(PATIENCE)

    def _accept(self) -> None:
        while True:
            try:
                accepted, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            thread = threading.Thread(target=self._serve, args=(accepted,), daemon=True)
            self._serving.append(thread)
            thread.start()

    def _serve(self, accepted: socket.socket) -> None:
        accepted.settimeout(PATIENCE)
        with accepted, contextlib.suppress(OSError):
            if self._tls is not None:
                accepted = self._tls.wrap_socket(accepted, server_side=True)
            with accepted:
                request = _read(accepted)
                if request is not None:
                    self.requests.append(request)
                    self.received.set()
                    self.behaviour(Connection(accepted, request, self._closing))


def _read(connection: socket.socket) -> Request | None:
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = connection.recv(65_536)
        if not chunk:
            return None
        data += chunk
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    method, path, _ = first.split(" ")
    headers = {n.lower(): v.strip() for n, _, v in (line.partition(":") for line in lines)}
    while len(body) < int(headers.get("content-length", "0")):
        body += connection.recv(65_536)
    return Request(method, path, headers, body)


class Api:
    """Routes requests to a function that gives status and document."""

    before: Callable[[Connection], bool] | None = None
    """May do something else with a request first; true where it has."""
    after: Behaviour | None = None
    """Instead of an answer, once the API has done what was asked for."""

    def __call__(self, connection: Connection) -> None:
        if self.before is not None and self.before(connection):
            return
        status, document = self.route(connection.request)
        if self.after is not None and connection.request.method != "GET":
            self.after(connection)
            return
        kind = {"Content-Type": "application/json"}
        connection.answer(status, json.dumps(document).encode(), kind)

    @abstractmethod
    def route(self, request: Request) -> tuple[int, object]:
        """Status and document of the answer."""


REALTIME = ("investigating", "identified", "monitoring", "resolved")
SCHEDULED = ("scheduled", "in_progress", "verifying", "completed")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


@dataclass
class Statuspage(Api):
    """The incidents of https://developer.statuspage.io, stricter than the real one."""

    page: str = "abcd1234"
    token: str = "sp-token-1122334455"
    incidents: list[dict[str, Any]] = field(default_factory=list)
    rate_limited: int = 0
    """How many requests are refused next."""

    def route(self, request: Request) -> tuple[int, object]:
        if self.rate_limited:
            self.rate_limited -= 1
            return 420, {"error": "rate limit exceeded"}
        if request.headers.get("authorization") != f"OAuth {self.token}":
            return 401, {"error": "Could not authenticate"}
        if request.body and request.headers.get("content-type") != "application/json":
            return 415, {"error": "Content-Type"}
        parts = urlsplit(request.path)
        found = re.fullmatch(r"/v1/pages/([^/]+)/incidents(?:/([^/]+))?", parts.path)
        if found is None or found[1] != self.page:
            return 404, {"error": "page not found"}
        if found[2] is None:
            if request.method == "GET":
                limit = int(parse_qs(parts.query).get("limit", ["100"])[0])
                assert limit <= 100
                return 200, self.incidents[::-1][:limit]
            if request.method == "POST":
                return self._create(request.json)
            return 405, {"error": "method"}
        incident = next((each for each in self.incidents if each["id"] == found[2]), None)
        if incident is None:
            return 404, {"error": "incident not found"}
        if request.method == "GET":
            return 200, incident
        if request.method in ("PATCH", "PUT"):
            return self._update(incident, request.json)
        return 405, {"error": "method"}

    def _create(self, document: Any) -> tuple[int, object]:
        given = document.get("incident") if isinstance(document, dict) else None
        if not isinstance(given, dict) or not given.get("name"):
            return 422, {"error": ["incident[name] is required"]}
        if len(given["name"]) > 255 or len(given.get("body", "")) > 25_000:
            return 422, {"error": ["too long"]}
        metadata = given.get("metadata", {})
        if not all(isinstance(value, dict) for value in metadata.values()):
            return 422, {"error": ["metadata: all top-level values must be objects"]}
        planned = "scheduled_for" in given
        if planned and not {"scheduled_until"} <= given.keys():
            return 422, {"error": ["scheduled_until is required"]}
        incident = {
            "id": f"inc{len(self.incidents) + 1:03}",
            "name": given["name"],
            "metadata": metadata,
            "planned": planned,
            "incident_updates": [],
            "created_with": given,
        }
        status, answer = self._update(incident, document)
        if status != 200:
            return status, answer
        self.incidents.append(incident)
        return 201, incident

    def _update(self, incident: dict[str, Any], document: Any) -> tuple[int, object]:
        given = document.get("incident") if isinstance(document, dict) else None
        if not isinstance(given, dict):
            return 422, {"error": ["incident is required"]}
        for key in ("scheduled_for", "scheduled_until"):
            if key in given:
                if not incident["planned"] or not _TIME.fullmatch(given[key]):
                    return 422, {"error": [key]}
                incident[key] = given[key]
        status = given.get("status", incident.get("status"))
        if status not in (SCHEDULED if incident["planned"] else REALTIME):
            return 422, {"error": [f"status {status} is not valid"]}
        incident["status"] = status
        if "body" in given:
            number = sum(len(each["incident_updates"]) for each in self.incidents) + 1
            update = {"id": f"upd{number}", "body": given["body"], "status": status}
            update["deliver_notifications"] = given.get("deliver_notifications", True)
            incident["incident_updates"].insert(0, update)
        return 200, incident


@dataclass
class Cachet(Api):
    """Incidents, their updates and components of Cachet, `version` 3 or 2."""

    version: int = 3
    token: str = "1|cachet-token-99887766"
    incidents: list[dict[str, Any]] = field(default_factory=list)
    components: dict[int, int] = field(default_factory=lambda: {7: 3})

    @property
    def base(self) -> str:
        return "/api" if self.version == 3 else "/api/v1"

    def route(self, request: Request) -> tuple[int, object]:
        if request.method != "GET":
            name, value = (
                ("authorization", f"Bearer {self.token}")
                if self.version == 3
                else ("x-cachet-token", self.token)
            )
            if request.headers.get(name) != value:
                return 401, {"message": "Unauthenticated."}
        parts = urlsplit(request.path)
        if not parts.path.startswith(self.base + "/"):
            return 404, {"message": "Not found."}
        path = parts.path.removeprefix(self.base)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        component = re.fullmatch(r"/components/(\d+)", path)
        if component:
            status = self.components.get(int(component[1]))
            if status is None:
                return 404, {"message": "No such component."}
            return 200, {
                "data": self._item("components", {"id": int(component[1]), **self._status(status)})
            }
        if path == "/incidents":
            if request.method == "GET":
                newest = self.version == 3 or query.get("order") == "desc"
                found = self.incidents[::-1] if newest else self.incidents
                return 200, {
                    "data": [self._shown(each) for each in found[: int(query["per_page"])]]
                }
            return self._create(request.json)
        found_ = re.fullmatch(r"/incidents/(\d+)(/updates)?", path)
        incident = next((e for e in self.incidents if found_ and e["id"] == int(found_[1])), None)
        if found_ is None or incident is None:
            return 404, {"message": "No such incident."}
        if not found_[2]:
            return 200, {"data": self._shown(incident)}
        if request.method == "GET":
            first = (int(query.get("page", "1")) - 1) * int(query["per_page"])
            shown = incident["updates"][first : first + int(query["per_page"])]
            return 200, {"data": [self._item("updates", each) for each in shown]}
        given = request.json
        if given.get("status") not in (1, 2, 3, 4) or not given.get("message"):
            return 422, {"message": "The status field is required.", "errors": {"status": ["bad"]}}
        update = {"id": 100 + len(incident["updates"]), "message": given["message"]}
        incident["updates"].append(update)
        incident["status"] = given["status"]
        return (201 if self.version == 3 else 200), {"data": self._item("updates", update)}

    def _create(self, given: Any) -> tuple[int, object]:
        if (
            not given.get("name")
            or not given.get("message")
            or given.get("status") not in (1, 2, 3, 4)
        ):
            return 422, {"message": "The name field is required."}
        assert given["visible"] is True
        for each in given.get("components", []):
            self.components[each["component_id"]] = each["component_status"]
        if "component_id" in given:
            self.components[given["component_id"]] = given["component_status"]
        incident = {"id": len(self.incidents) + 1, "updates": [], "created_with": given}
        incident |= {key: given[key] for key in ("name", "message", "status")}
        self.incidents.append(incident)
        return (201 if self.version == 3 else 200), {"data": self._shown(incident)}

    def _shown(self, incident: dict[str, Any]) -> dict[str, Any]:
        attributes = {key: incident[key] for key in ("id", "name", "message")}
        return self._item("incidents", attributes | self._status(incident["status"]))

    def _status(self, value: int) -> dict[str, Any]:
        return {"status": {"human": "So", "value": value} if self.version == 3 else value}

    def _item(self, kind: str, attributes: dict[str, Any]) -> dict[str, Any]:
        if self.version == 2:
            return attributes
        return {"id": str(attributes["id"]), "type": kind, "attributes": attributes}

"""Somebody who sends messages to a lab's partner, over HTTP."""

from __future__ import annotations

import http.client
import json
import tomllib
import urllib.error
import urllib.request
from dataclasses import dataclass
from email.message import Message
from typing import Any

from practice.driving import Operator
from runbook_tui.practice.lab import Lab

REFERENCE = "20261124-190000-full-upgrade-4f2a/3"


@dataclass(frozen=True)
class Reply:
    """What the partner answered."""

    status: int
    headers: Message
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


@dataclass(frozen=True)
class Sender:
    """Knows a lab's channels from the configuration that the lab gives to the program."""

    lab: Lab

    @property
    def channels(self) -> dict[str, dict[str, str]]:
        assert self.lab.channels is not None
        found: dict[str, dict[str, str]] = tomllib.loads(self.lab.channels.read_text())["channels"]
        return found

    @property
    def operator(self) -> Operator:
        return Operator(self.lab)

    @property
    def port(self) -> int:
        return self.lab.layout.port("messages")

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        timeout: float = 10,
        **headers: str,
    ) -> Reply:
        """One request; a body that is no bytes goes as JSON."""
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}",
            data,
            {"Content-Type": "application/json", **headers},
            method=method,
        )
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                return Reply(answer.status, answer.headers, answer.read().decode())
        except urllib.error.HTTPError as error:
            with error:
                return Reply(error.code, error.headers, error.read().decode())

    def notify(self, text: str, title: str = "Order service", **more: Any) -> Reply:
        """As the json:// plugin of Apprise does."""
        body = {"version": "1.0", "title": title, "message": text, "type": "info", **more}
        return self.ask("POST", "/notify", body)

    def page(
        self, method: str, path: str = "", body: Any = None, timeout: float = 10, **headers: str
    ) -> Reply:
        """Asks the status page's API; `path` goes on after ``incidents``."""
        settings = self.channels["status-page"]
        headers = {"Authorization": f"OAuth {settings['token']}", **headers}
        place = f"/v1/pages/{settings['page']}/incidents{path}"
        return self.ask(method, place, body, timeout, **headers)

    def incident(self, **given: Any) -> dict[str, Any]:
        """A new incident, which must be taken."""
        reply = self.page("POST", "", {"incident": {"name": "Order service", **given}})
        assert reply.status == 201, reply.text
        made: dict[str, Any] = reply.json
        return made

    def arrived(self) -> list[dict[str, Any]]:
        """What the partner says has arrived, newest first."""
        found: list[dict[str, Any]] = self.ask("GET", "/messages.json").json["messages"]
        return found

    def raw(self, lines: list[str], body: bytes = b"") -> int:
        """The status of an answer to a request that no library would write."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.connect()
            connection.send("\r\n".join([*lines, "Host: x", "", ""]).encode() + body)
            answer = http.client.HTTPResponse(connection.sock)
            answer.begin()
            return answer.status
        finally:
            connection.close()

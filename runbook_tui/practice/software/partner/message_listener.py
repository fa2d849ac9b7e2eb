"""The partner's listener for messages: plain HTTP on loopback.

- ``POST /notify`` takes what the ``json://`` plugin of Apprise sends: a JSON object with version,
  title, message, type and attachments (https://appriseit.com/services/json/).
- ``/v1/pages/PAGE/incidents`` is a status page by Atlassian's Statuspage API v1
  (https://developer.statuspage.io): ``Authorization: OAuth TOKEN``; each path with or without
  ``.json``; answers 201 to a new incident, else 200; 400, 401, 404 and 422 for what it does not
  take, with the reasons in ``error`` and as one text in ``message``. Bodies are JSON; the form
  encoding and the ``api_key`` of a query that it also knows are not taken here.
- ``GET /messages``, ``/messages.json`` show what arrived (``?after=7``: with a higher number).
"""

from __future__ import annotations

import configparser
import re
import secrets
import socket
import time
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from . import message_page
from .incidents import LISTS, Incidents, Unprocessable
from .message_log import APPRISE, STATUS_PAGE, MessageLog, counts, reference_in
from .rate import EXCEEDED, RateLimit
from .serving import BadBody, JsonHandler, Loopback
from .trouble import HANG, REFUSALS, RETRY_AFTER_S, SLOW, Trouble

LARGEST_BODY = 262_144
"""Bytes: 25,000 characters, each escaped in JSON, and some room."""
MOST_LISTED = 100
"""Incidents of one answer, as documented."""
LOOK_EVERY_S = 0.1
_INCIDENTS = re.compile(r"/v1/pages/([^/]+)/incidents(?:/([^/]+))?")


class Refused(Exception):  # noqa: N818
    """A request that is not taken; `code` is the HTTP status."""

    def __init__(self, code: int, *errors: str, retry_after: int | None = None) -> None:
        super().__init__("; ".join(errors))
        self.code = code
        self.answer = {"error": list(errors), "message": str(self)}
        self.headers = {"Retry-After": str(retry_after)} if retry_after else {}


class MessageListener(Loopback):
    """Where messages arrive."""

    def __init__(self, config: configparser.SectionProxy) -> None:
        super().__init__(("127.0.0.1", config.getint("port", 0)), Handler)
        self.page = config["page"]
        self.token = Path(config["token_file"]).read_text(encoding="utf-8").strip()
        self.log = MessageLog(Path(config["file"]))
        self.incidents = Incidents(
            Path(config["incidents_file"]),
            self.page,
            f"http://127.0.0.1:{self.server_port}/messages",
        )
        self.trouble = Trouble(Path(config["temper_file"]))
        self.limit = RateLimit(config.getint("requests_per_minute", 60))
        self.slow_s = config.getfloat("slow_seconds", 5.0)


class Handler(JsonHandler):
    """Answers who sends messages, and who looks what arrived."""

    server: MessageListener

    def do_GET(self) -> None:  # noqa: N802
        """Shows what arrived, or reads incidents."""
        url = urlsplit(self.path)
        if url.path.startswith("/v1/"):
            self._channel(url)
        elif url.path in ("/messages", "/"):
            text = message_page.page(self.server.log.all(), self.server.trouble.temper())
            self._send_page("text/html; charset=utf-8", text)
        elif url.path == "/messages.css":
            self._send_page("text/css", message_page.STYLE)
        elif url.path == "/messages.js":
            self._send_page("text/javascript", message_page.SCRIPT)
        elif url.path == "/messages.json":
            self._send_messages(url)
        else:
            self.send_json(404, {"error": "no such place"})

    def do_POST(self) -> None:  # noqa: N802
        """Takes a message, or a new incident."""
        self._channel(urlsplit(self.path))

    def do_PATCH(self) -> None:  # noqa: N802
        """Takes an update of an incident."""
        self._channel(urlsplit(self.path))

    def do_PUT(self) -> None:  # noqa: N802
        """The same: both are called "Update an incident"."""
        self._channel(urlsplit(self.path))

    def _channel(self, url: SplitResult) -> None:
        """Answers as a channel does, in the temper that it is in."""
        headers: dict[str, str] = {}
        try:
            body = {} if self.command == "GET" else self.read_object(LARGEST_BODY)
            temper = self.server.trouble.temper()
            if temper in REFUSALS:
                code, words = REFUSALS[temper]
                raise Refused(code, words, retry_after=RETRY_AFTER_S if code == 429 else None)
            code, answer = self._answer(url, body)
        except BadBody as error:
            code, answer = error.code, {"error": [str(error)], "message": str(error)}
        except Unprocessable as error:
            code, answer = 422, {"error": error.errors, "message": str(error)}
        except Refused as error:
            code, answer, headers = error.code, error.answer, error.headers
        except OSError as error:
            code, words = 500, f"not kept: {error.strerror or error}"
            answer = {"error": [words], "message": words}
        else:
            if temper == HANG:
                self._hang()
                return
            if temper == SLOW:
                time.sleep(self.server.slow_s)
        self.send_json(code, answer, headers)

    def _answer(self, url: SplitResult, body: dict[str, Any]) -> tuple[int, Any]:
        if url.path.rstrip("/") == "/notify" and self.command == "POST":
            self._check_json()
            return 200, self._notify(url, body)
        found = _INCIDENTS.fullmatch(url.path.removesuffix(".json"))
        if not found:
            raise Refused(404, "no such place")
        self._check_token()
        if found[1] != self.server.page:
            raise Refused(404, "Page not found")
        which = unquote(found[2] or "")
        if self.command == "GET":
            return 200, self._read(which, url)
        self._check_json()
        given = body.get("incident")
        if not isinstance(given, dict):
            raise Refused(400, "incident is missing")
        if self.command == "POST" and not which:
            incident = self.server.incidents.create(given)
            self._keep(incident, given)
            return 201, incident
        updated = self.server.incidents.update(which, given) if self.command != "POST" else None
        if updated is None:
            raise Refused(404, "Incident not found")
        if given.get("body") or given.get("status"):
            self._keep(updated, given)
        return 200, updated

    def _check_json(self) -> None:
        """Also keeps out a page of the web: a browser asks before it sends JSON elsewhere."""
        if self.headers.get_content_type() != "application/json":
            raise Refused(415, "the Content-Type must be application/json")

    def _check_token(self) -> None:
        kind, _, token = (self.headers.get("Authorization") or "").partition(" ")
        if kind != "OAuth" or not secrets.compare_digest(
            token.strip().encode(errors="replace"), self.server.token.encode()
        ):
            raise Refused(401, "Could not authenticate")
        seconds = self.server.limit.wait()
        if seconds:
            raise Refused(EXCEEDED, "Rate limit exceeded", retry_after=seconds)

    def _read(self, which: str, url: SplitResult) -> Any:
        if which not in LISTS:
            incident = self.server.incidents.get(which)
            if incident is None:
                raise Refused(404, "Incident not found")
            return incident
        query = parse_qs(url.query)
        limit = min(_number(query, "limit", _number(query, "per_page", MOST_LISTED)), MOST_LISTED)
        start = (max(1, _number(query, "page", 1)) - 1) * limit
        return self.server.incidents.listed(which)[start : start + limit]

    def _notify(self, url: SplitResult, body: dict[str, Any]) -> dict[str, str]:
        title, text = body.get("title") or "", body.get("message")
        if not isinstance(title, str) or not isinstance(text, str) or not text.strip():
            raise Refused(400, "message is missing, or it or title is not text")
        others = {k: v for k, v in body.items() if k not in ("title", "message", "attachments")}
        own = [v for k, v in self.headers.items() if k.lower().startswith(("x-", "idempotency-"))]
        files = body.get("attachments")
        details = {
            "type": str(body.get("type") or ""),
            "attachments": len(files) if isinstance(files, list) else 0,
        }
        reference = reference_in(others, own, parse_qs(url.query), text, title)
        self.server.log.add(APPRISE, title, text, reference, details)
        return {"status": "ok"}

    def _keep(self, incident: dict[str, Any], given: dict[str, Any]) -> None:
        text = given.get("body") or ""
        details = {"status": incident["status"], "incident": incident["id"]}
        reference = reference_in(given.get("metadata"), text, incident["name"])
        self.server.log.add(STATUS_PAGE, incident["name"], text, reference, details)

    def _hang(self) -> None:
        """Says nothing until the temper is another or the client is gone; then just ends."""
        self.close_connection = True
        self.connection.settimeout(LOOK_EVERY_S)
        while self.server.trouble.temper() == HANG:
            try:
                if not self.connection.recv(1, socket.MSG_PEEK):
                    return
            except TimeoutError:
                continue
            except OSError:
                return
            time.sleep(LOOK_EVERY_S)

    def _send_messages(self, url: SplitResult) -> None:
        kept = self.server.log.all()
        after = _number(parse_qs(url.query), "after", 0)
        answer = {
            "arrived": kept[-1]["number"] if kept else 0,
            "kept": len(kept),
            "channels": counts(kept),
            "temper": self.server.trouble.temper(),
            "messages": [m for m in reversed(kept) if m["number"] > after],
        }
        self.send_json(200, answer, message_page.POLICY)

    def _send_page(self, kind: str, text: str) -> None:
        self.send_bytes(200, kind, text.encode(errors="replace"), message_page.POLICY)


def _number(query: dict[str, list[str]], name: str, default: int) -> int:
    """A whole number of a query; `default` where it is none."""
    given = query.get(name, [""])[-1]
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 10 else default

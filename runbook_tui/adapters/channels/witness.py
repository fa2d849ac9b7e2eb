"""What really went over the wire in this process, whoever sent it.

Libraries tell little of a failed attempt: Apprise says no more than "failed" for a refused
connection, for a 500 and for an answer that never came. So the process watches itself. Python
tells an audit hook of each connection and each write of its HTTP and mail clients, and every
session of `requests` is given an adapter that remembers what became of its request.

Only for a process that makes one attempt and ends: an audit hook cannot be taken away.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import requests
import requests.sessions
from requests.adapters import HTTPAdapter

_WRITES = frozenset({"http.client.send", "smtplib.send"})
_REACHES = frozenset({"socket.connect", "socket.getaddrinfo", "socket.gethostbyname"})


@dataclass
class Exchange:
    """One HTTP request."""

    question: bool = False
    """Whether it only asked, so that nothing of a message was in it."""
    written: bool = False
    """Whether a byte of it was about to be sent."""
    status: int | None = None
    """Of the answer; None where none came."""
    retry_after: str = ""
    error: Exception | None = None


class Witness:
    """Sees connections, writes and answers from its making on."""

    def __init__(self, on_write: Callable[[], None] | None = None) -> None:
        """`on_write` is called before the first byte of a message may leave."""
        self._on_write = on_write
        self.exchanges: list[Exchange] = []
        self.reached_out = False
        """Whether anything tried to find or reach another machine."""
        self.mail_sent = False
        """Whether the text of a mail was about to be sent."""
        self.other_ways = False
        """Whether there was a connection that is neither of HTTP nor of mail, of which nothing
        more is known."""
        self.asking = False
        """Whether requests are questions for now."""
        self._mail = False
        self._mail_next = False
        self._current: Exchange | None = None
        sys.addaudithook(self._hear)
        _Adapter.witness = self
        # What every session is made with; the ones made by plugins as well.
        requests.sessions.HTTPAdapter = _Adapter

    @property
    def sent(self) -> bool:
        """Whether any part of a message may have left."""
        requests_ = any(each.written and not each.question for each in self.exchanges)
        return self.mail_sent or self.other_ways or requests_

    def begin(self) -> Exchange:
        """A request is about to be made."""
        self._current = Exchange(question=self.asking)
        self.exchanges.append(self._current)
        return self._current

    def end(self) -> None:
        """It is over."""
        self._current = None

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event in _WRITES:
            self._write(event, arguments)
        elif event in _REACHES:
            self.reached_out = True
            if event == "socket.connect" and self._current is None and not self._mail:
                self.other_ways = True
                self._tell()
        elif event == "smtplib.connect":
            self._mail = True

    def _tell(self) -> None:
        on_write, self._on_write = self._on_write, None
        if on_write is not None:
            on_write()

    def _write(self, event: str, arguments: tuple[Any, ...]) -> None:
        data = arguments[1]
        start = bytes(data[:8]) if isinstance(data, bytes | bytearray) else b""
        if event == "smtplib.send":
            # Greeting, login and addresses come first, then `data`, then the mail itself.
            if not self._mail_next:
                self._mail_next = start.strip().lower() == b"data"
                return
            self.mail_sent = True
        elif start == b"CONNECT ":
            return  # what asks a proxy for a way is no part of the message
        elif self._current is not None:
            self._current.written = True
            if self._current.question:
                return
        else:
            self.other_ways = True
        self._tell()


class _Adapter(HTTPAdapter):
    """Remembers what became of a request, sets a time limit, and leads nowhere else."""

    witness: Witness

    def send(self, request: Any, *args: Any, **kwargs: Any) -> requests.Response:
        exchange = self.witness.begin()
        try:
            response = super().send(request, *args, **kwargs)
        except Exception as error:
            exchange.error = error
            raise
        finally:
            self.witness.end()
        exchange.status = response.status_code
        exchange.retry_after = response.headers.get("Retry-After", "")
        # A redirect would be followed with the body, and with the token in it.
        response.headers.pop("Location", None)
        return response

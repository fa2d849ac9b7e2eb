"""One request to a status page's API: JSON to it, JSON from it, once and without detours."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import requests

from runbook_tui import __version__
from runbook_tui.adapters.channels.outcomes import (
    NotAskedError,
    SettledError,
    of_exchange,
    of_status,
)
from runbook_tui.adapters.channels.witness import Witness
from runbook_tui.adapters.http.answers import TokenHeader, content_of, parsed, said
from runbook_tui.domain.messages.channels import Answered


@dataclass(frozen=True)
class Reply:
    """An answer that says yes."""

    status: int
    data: Any
    """What it holds; None where there was none, or it broke off."""


class Api:
    """An API under one base address."""

    def __init__(
        self,
        base: str,
        header: tuple[str, str],
        witness: Witness,
        until: float,
        clean: Callable[[str], str],
    ) -> None:
        """`header`: name and value of the one that holds the token. `clean` takes secrets out of
        what the server says."""
        self._clean = clean
        self._base = base.rstrip("/")
        self._header = TokenHeader(*header)
        self._witness = witness
        self._until = until

    def call(
        self, method: str, path: str, body: object = None, query: Mapping[str, str] | None = None
    ) -> Reply:
        """Makes the request. Raises SettledError with what came of it where it is no yes,
        OverdueError where the time is over before there is an answer."""
        return self._call(method, path, body, query)

    def ask(self, path: str, query: Mapping[str, str] | None = None) -> Any:
        """Asks what there is, which changes nothing. Raises NotAskedError, OverdueError."""
        self._witness.asking = True
        try:
            reply = self._call("GET", path, None, query)
        except SettledError as error:
            raise NotAskedError(error.answered) from None
        finally:
            self._witness.asking = False
        if reply.data is None:  # what is in the rest of it nobody knows
            raise NotAskedError(Answered(outcome="unknown", words="its answer broke off"))
        return reply.data

    def _call(self, method: str, path: str, body: object, query: Mapping[str, str] | None) -> Reply:
        left = max(0.1, self._until - time.monotonic())
        before = len(self._witness.exchanges)
        try:
            with requests.Session() as session:
                response = session.request(
                    method,
                    self._base + path,
                    params=query,
                    data=None if body is None else json.dumps(body),
                    headers={
                        "User-Agent": f"runbook-tui/{__version__}",
                        "Accept": "application/json",
                        "Accept-Encoding": "identity",
                        "Content-Type": "application/json",
                    },
                    auth=self._header,
                    timeout=(left, left),
                    allow_redirects=False,
                    stream=True,
                )
                content, whole = content_of(response)
        except (requests.RequestException, ValueError, OSError):
            if len(self._witness.exchanges) == before:
                words = "its address or token cannot be used for a request"
                raise SettledError(Answered(outcome="refused", words=words)) from None
            raise SettledError(of_exchange(self._witness.exchanges[-1])) from None
        data = parsed(content)
        if not response.ok or response.status_code >= 300 or response.status_code < 200:
            header = response.headers.get("Retry-After", "")
            raise SettledError(of_status(response.status_code, header, said(data, self._clean)))
        if data is None and whole and content.strip():
            # A proxy's login page says 200 as well.
            words = f"HTTP {response.status_code}, and no answer of this API"
            raise SettledError(Answered(outcome="unknown", words=words))
        return Reply(response.status_code, data)

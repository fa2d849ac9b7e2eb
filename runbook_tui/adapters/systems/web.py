"""Systems that are asked over HTTP: what their answers mean for a look and for putting back."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

from runbook_tui.adapters.http.client import Client, FailedError, Reply, Token
from runbook_tui.adapters.systems.base import NotAskedError, NotPutBackError
from runbook_tui.domain.systems.base import SystemBase
from runbook_tui.domain.units import seconds

MOST_PAGES = 200
"""Of one list; more of them is a server that goes round in circles."""
Row = Mapping[str, Any]
_NEXT = re.compile(r'<([^<>]{1,4096})>[^<>,]{0,200}?rel="?next"?')


class Web:
    """The API of a system."""

    def __init__(
        self,
        config: SystemBase,
        url: str,
        token: Token,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Raises NotAskedError where its address or token can be none."""
        # Before the process is ended: then it can still say what it was waiting for.
        until = time.monotonic() + max(0.5, 0.9 * seconds(config.timeout) - 0.5)
        try:
            self._client = Client(url, headers or {}, token, until)
        except FailedError as error:
            raise NotAskedError(str(error)) from None

    def see(self, path: str, query: Mapping[str, str] | None = None) -> Reply:
        """Asks. Raises NotAskedError."""
        try:
            return self._client.call("GET", path, query)
        except FailedError as error:
            raise NotAskedError(str(error)) from None

    def find(self, path: str, query: Mapping[str, str] | None = None) -> Row | None:
        """Asks for one object; None where it is not there. Raises NotAskedError."""
        try:
            return row(self._client.call("GET", path, query).data)
        except FailedError as error:
            if error.status == 404:
                return None
            raise NotAskedError(str(error)) from None

    def do(
        self,
        method: str,
        path: str,
        body: object = None,
        form: Sequence[tuple[str, str]] | None = None,
    ) -> Any:
        """Changes something; gives what is answered. Raises NotPutBackError."""
        try:
            return self._client.call(method, path, body=body, form=form).data
        except FailedError as error:
            raise NotPutBackError(str(error)) from None

    def remove(self, path: str) -> None:
        """Deletes an object that may be gone already. Raises NotPutBackError."""
        try:
            self._client.call("DELETE", path)
        except FailedError as error:
            if error.status not in (404, 410):
                raise NotPutBackError(str(error)) from None

    def pages(self, path: str, query: Mapping[str, str]) -> Iterator[Row]:
        """Every row of a list whose answers say in a header where it goes on (RFC 8288)."""
        asked = dict(query)
        for _ in range(MOST_PAGES):
            reply = self.see(path, asked)
            yield from rows(reply.data)
            following = _following(reply.headers)
            if not following:
                return
            asked = {**query, **following}
        raise NotAskedError(f"its list has more than {MOST_PAGES} pages")


def _following(headers: Mapping[str, str]) -> dict[str, str]:
    """What to ask for next. Only that: the address itself is not followed, with a token."""
    if found := _NEXT.search(headers.get("Link", "")):
        return dict(parse_qsl(urlsplit(found[1]).query))
    following = headers.get("X-Next-Page", "").strip()
    return {"page": following} if following else {}


def part(text: object) -> str:
    """A name as one part of a path."""
    return quote(str(text), safe="")


def row(data: Any) -> Row:
    """One object out of an answer. Raises NotAskedError."""
    if not isinstance(data, dict):
        raise NotAskedError("its answer is not what this API answers")
    return data


def rows(data: Any) -> list[Row]:
    """A list of objects out of an answer. Raises NotAskedError."""
    if not isinstance(data, list):
        raise NotAskedError("its answer is not what this API answers")
    return [row(each) for each in data]


def named(data: Row, key: str) -> str:
    """The name or number of an object. Raises NotAskedError."""
    name = data.get(key)
    if isinstance(name, bool) or not isinstance(name, str | int) or name == "":
        raise NotAskedError(f"its answer is not what this API answers: no {key}")
    return str(name)


def texts(data: Any) -> list[str]:
    """A list of names, in order of the alphabet. Raises NotAskedError."""
    if not isinstance(data, list) or not all(isinstance(each, str) for each in data):
        raise NotAskedError("its answer is not what this API answers")
    return sorted(data)

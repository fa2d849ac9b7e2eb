"""What a name server answers, asked over UDP, and over TCP where that is too little."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Iterator
from contextlib import suppress

from runbook_tui.adapters.systems.base import InOrder, Kept, NotAskedError, NotPutBackError
from runbook_tui.adapters.systems.dns_wire import (
    Answer,
    BadAnswerError,
    answer,
    question,
    type_number,
)
from runbook_tui.domain.systems.dns import Dns
from runbook_tui.domain.systems.seen import Value
from runbook_tui.domain.units import seconds

TRIES = 3
"""How often a question is asked over UDP, which may lose it."""
LARGEST = 65_535


class DnsRecords(InOrder):
    """Some records, as one server has them."""

    def __init__(self, config: Dns) -> None:
        self._config = config
        self._end = time.monotonic() + seconds(config.timeout) * 0.8

    def look(self, kept: Kept) -> dict[str, Value]:
        where = self._address()
        found: dict[str, Value] = {}
        for key, name, kind in self._questions():
            try:
                asked = question(name, kind)
            except ValueError as error:
                raise NotAskedError(str(error)) from error
            said = self._asked(asked, where, key)
            if said.code not in ("NOERROR", "NXDOMAIN"):
                raise NotAskedError(f"{self._config.server} answers {said.code} to {key}")
            found[key] = {"code": said.code, "records": list(said.records)}
        return found

    def _questions(self) -> Iterator[tuple[str, str, int]]:
        for each in self._config.records:
            parts = each.split()
            kind = type_number(parts[1].upper()) if len(parts) == 2 else None
            if kind is None:
                raise NotAskedError(f"{each!r} is no question such as `www.example.com A`")
            name = parts[0].rstrip(".").lower() or "."
            yield f"{name} {parts[1].upper()}", name, kind

    def _address(self) -> tuple[socket.AddressFamily, tuple[object, ...]]:
        try:
            found = socket.getaddrinfo(
                self._config.server, self._config.port, type=socket.SOCK_DGRAM
            )
        except (OSError, UnicodeError) as error:
            raise NotAskedError(f"{self._config.server}: there is no such server") from error
        return found[0][0], found[0][4]

    def _asked(
        self, asked: bytes, where: tuple[socket.AddressFamily, tuple[object, ...]], key: str
    ) -> Answer:
        try:
            said = self._over_udp(asked, where)
            return self._over_tcp(asked, where) if said is None or said.cut else said
        except TimeoutError as error:
            raise NotAskedError(f"{self._config.server} does not answer to {key}") from error
        except OSError as error:
            raise NotAskedError(f"{self._config.server}: {error.strerror}") from error
        except BadAnswerError as error:
            raise NotAskedError(f"{self._config.server}: {error}") from error

    def _left(self, most: float) -> float:
        left = min(most, self._end - time.monotonic())
        if left <= 0:
            raise TimeoutError
        return left

    def _over_udp(
        self, asked: bytes, where: tuple[socket.AddressFamily, tuple[object, ...]]
    ) -> Answer | None:
        """None where nothing came: TCP may get through where UDP does not."""
        with socket.socket(where[0], socket.SOCK_DGRAM) as way:
            way.connect(where[1])  # only that server's answers are let in
            for _ in range(TRIES):
                way.send(asked)
                until = time.monotonic() + self._left(2.0)
                with suppress(TimeoutError):
                    while (left := until - time.monotonic()) > 0:
                        way.settimeout(left)
                        with suppress(BadAnswerError):  # a late one, or one that is made up
                            return answer(way.recv(LARGEST), asked)
        return None

    def _over_tcp(
        self, asked: bytes, where: tuple[socket.AddressFamily, tuple[object, ...]]
    ) -> Answer:
        with socket.socket(where[0], socket.SOCK_STREAM) as way:
            way.settimeout(self._left(5.0))
            way.connect(where[1])
            way.sendall(struct.pack("!H", len(asked)) + asked)
            (size,) = struct.unpack("!H", self._exactly(way, 2))
            return answer(self._exactly(way, size), asked)

    def _exactly(self, way: socket.socket, size: int) -> bytes:
        content = b""
        while len(content) < size:
            way.settimeout(self._left(5.0))
            part = way.recv(size - len(content))
            if not part:
                raise BadAnswerError("the server ended in the middle of its answer")
            content += part
        return content

    def line(self, key: str, value: Value) -> str:
        if value["code"] == "NXDOMAIN":
            return "no such name"
        kind = key.rsplit(" ", 1)[1] + " "
        return ", ".join(each.removeprefix(kind) for each in value["records"]) or "no record"

    def put(self, key: str, wanted: Value | None, now: Value | None, kept: Kept) -> str:
        raise NotPutBackError("records are put back in their zone, by its owner")

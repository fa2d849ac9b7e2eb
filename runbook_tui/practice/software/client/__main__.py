"""Starts the client: ``python -m client --config FILE``.

Open loop: requests leave when they are due whether or not earlier ones were answered, and latency
counts from that moment, so that a pause of the service shows as what a customer would feel. It
talks to loopback only, never above `FASTEST` requests a second nor longer than `LONGEST`.
"""

from __future__ import annotations

import configparser
import contextlib
import http.client
import json
import queue
import random
import select
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from .stats import Stats

FASTEST = 200.0
LONGEST = 12 * 3600.0
WORKERS = 24
TIMEOUT_S = 5.0
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
CUSTOMERS = 2000
NEWEST = 30_000

Request = tuple[float, str, str, str, str | None]
"""When it is due (monotonic seconds), its kind, method, path and body."""


def requests(seed: int, rate: float) -> Iterator[Request]:
    """Requests at random distances, `rate` a second on average, in the mix of a working day."""
    dice = random.Random(seed)  # noqa: S311
    due = time.monotonic()
    while True:
        due += dice.expovariate(rate)
        customer = f"c{dice.randrange(CUSTOMERS):04d}"
        kind = dice.choices(("read", "list", "place"), (45, 20, 35))[0]
        if kind == "read":
            yield due, kind, "GET", f"/orders/{dice.randint(1, NEWEST)}", None
        elif kind == "list":
            yield due, kind, "GET", f"/orders?customer={customer}", None
        else:
            amount = f"{dice.randint(100, 50_000) / 100:.2f}"
            order = {"customer": customer, "amount": amount, "currency": "EUR"}
            yield due, kind, "POST", "/orders", json.dumps(order)


class Worker(threading.Thread):
    """Sends requests over one connection."""

    def __init__(self, host: str, port: int, due: queue.Queue[Request], stats: Stats) -> None:
        super().__init__(daemon=True)
        self._address = (host, port)
        self._connection: http.client.HTTPConnection | None = None
        self._due = due
        self._stats = stats

    def run(self) -> None:
        """Sends until the program ends."""
        while True:
            moment, kind, method, path, body = self._due.get()
            outcome, placed = self._send(method, path, body)
            self._stats.answered(kind, time.monotonic() - moment, outcome, placed)

    def _send(self, method: str, path: str, body: str | None) -> tuple[str, int | None]:
        try:
            if self._connection is None or _was_closed(self._connection):
                self._connection = http.client.HTTPConnection(*self._address, timeout=TIMEOUT_S)
            headers = {"Content-Type": "application/json"} if body else {}
            self._connection.request(method, path, body, headers)
            response = self._connection.getresponse()
            answer = response.read()
        except (OSError, http.client.HTTPException) as error:
            if self._connection is not None:
                self._connection.close()
                self._connection = None
            return type(error).__name__, None
        if response.status >= 400:
            return f"HTTP {response.status}", None
        placed: dict[str, Any] = json.loads(answer) if method == "POST" else {}
        return ("pending" if response.status == 202 else "ok"), placed.get("id")


def _was_closed(connection: http.client.HTTPConnection) -> bool:
    """Whether the service closed the connection meanwhile, as it does when it is restarted."""
    return connection.sock is None or bool(select.select([connection.sock], [], [], 0)[0])


class Stopped(Exception):  # noqa: N818
    """The program was told to stop."""


def stopped(*_: object) -> None:
    """Takes a signal: the first one stops the program in order, the next changes nothing."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Stopped


def main() -> int:
    """Loads the service until told to stop or the time is over."""
    if len(sys.argv) != 3 or sys.argv[1] != "--config":
        sys.stderr.write("usage: python -m client --config FILE\n")
        return 2
    config = configparser.ConfigParser(interpolation=None)
    config.read(sys.argv[2], encoding="utf-8")
    part = config["client"]
    url = urlsplit(part["url"])
    if url.hostname not in LOOPBACK or not url.port:
        sys.stderr.write(f"client does not start: {part['url']} is not a port on loopback\n")
        return 78
    rate = min(part.getfloat("rate", 30.0), FASTEST)
    ends = time.monotonic() + min(part.getfloat("seconds", LONGEST), LONGEST)
    stats = Stats(Path(part["stats_file"]), Path(part["acknowledged_file"]))
    due: queue.Queue[Request] = queue.Queue(int(rate * TIMEOUT_S) + WORKERS)
    for _ in range(WORKERS):
        Worker(url.hostname or "", url.port, due, stats).start()
    sys.stderr.write(f"client sends {rate:g} requests a second to {part['url']}\n")
    Path(part["ready_file"]).write_text(f"{time.time()}\n", encoding="utf-8")
    with contextlib.suppress(Stopped):
        signal.signal(signal.SIGTERM, stopped)
        send(requests(part.getint("seed", 1), rate), ends, due, stats)
    stats.write(time.time())
    return 0


def send(wanted: Iterator[Request], ends: float, due: queue.Queue[Request], stats: Stats) -> None:
    """Hands out each request when it is due, and writes the statistics down every second."""
    next_second = time.monotonic() + 1
    for request in wanted:
        while (now := time.monotonic()) < request[0]:
            if now >= next_second:
                stats.write(time.time())
                next_second += 1
            time.sleep(max(0.0, min(request[0], next_second) - now))
        if now >= ends:
            return
        try:
            due.put_nowait(request)
        except queue.Full:
            stats.answered(request[1], TIMEOUT_S, "not sent", None)


if __name__ == "__main__":
    sys.exit(main())

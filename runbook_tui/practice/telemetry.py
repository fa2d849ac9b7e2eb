"""What the client saw and what the service counts, in one line each."""

from __future__ import annotations

import http.client
import json
import re
import time
from itertools import groupby
from typing import Any

from runbook_tui.practice import processes
from runbook_tui.practice.layout import OUTSIDE, LabError, Layout

TAIL_BYTES = 1_000_000
"""The last half hour or more of the client's lines."""
FEW = 300
"""Below so many orders a p99 is made of three of them."""
FIRST_LINE_S = 5.0
"""The client writes a line a second: one just started gets this long for its first."""


def ask(layout: Layout, method: str, path: str, body: str | None = None) -> tuple[int, str]:
    """Asks the order service; status and body. Raises LabError if it does not answer."""
    port = layout.port("orders")
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
        response = connection.getresponse()
        return response.status, response.read().decode()
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise LabError(
            f"The order service does not answer on 127.0.0.1:{port} ({error}). "
            "See labctl status and logs/orders.log",
            OUTSIDE,
        ) from None
    finally:
        connection.close()


def scrape(layout: Layout) -> dict[str, float]:
    """The service's counters by name and labels; empty where it cannot be asked."""
    try:
        text = ask(layout, "GET", "/metrics")[1]
    except LabError:
        return {}
    pairs = re.findall(r"^([a-z_]+(?:\{[^}]*\})?) ([0-9.e+-]+)$", text, re.MULTILINE)
    return {name: float(value) for name, value in pairs}


def status(layout: Layout, seconds: float) -> str:
    """Rate, errors and latencies of the last seconds."""
    lines = _since(layout, time.time() - seconds)
    everything = [ms for line in lines for kind in line["ms"].values() for ms in kind]
    orders = [ms for line in lines for ms in line["ms"]["place"]]
    return (
        f"{len(everything) / len(lines):.1f} requests/s, {_errors(lines)} errors, "
        f"{sum(line['pending'] for line in lines)} unconfirmed, "
        f"p50 {_percentile(everything, 50):.0f} ms, "
        f"orders p99 {_percentile(orders, 99):.0f} ms (last {len(lines)} s)"
    )


def steady(layout: Layout, seconds: float) -> str:
    """Raises LabError unless every request of the last seconds was answered."""
    lines = _since(layout, time.time() - seconds)
    if _errors(lines):
        raise LabError(f"not steady: {_errors(lines)} errors in the last {len(lines)} s")
    if len(lines) < seconds - 1.5:
        raise LabError(f"not steady yet: {len(lines)} s of load seen, {seconds:g} wanted")
    return f"steady: no errors in the last {len(lines)} s"


def blip(layout: Layout, seconds: float) -> str:
    """The stretches of the last seconds in which requests failed."""
    found = []
    for failing, stretch in groupby(_since(layout, time.time() - seconds), _fails):
        if failing:
            lines = list(stretch)
            at = time.strftime("%H:%M:%SZ", time.gmtime(lines[0]["at"] - 1))
            found.append(f"{at} for {len(lines)} s: {_errors(lines)} of {_requests(lines)} failed")
    return "; ".join(found) or f"no failed request in the last {seconds / 60:g} min"


def compare(layout: Layout) -> list[str]:
    """Orders' latency and retries before and since the last activation: an impression only.

    Raises LabError if nothing was activated yet.
    """
    note = layout.run / "activated.json"
    if not note.is_file():
        raise LabError("No release was activated yet: there is nothing to compare.")
    activated = json.loads(note.read_text(encoding="utf-8"))
    lines = _since(layout, 0)
    after_at = activated["at"] + 5  # the blip itself is no tail
    halves = {
        "before": [x for x in lines if x["at"] < activated["at"]],
        "since": [x for x in lines if x["at"] > after_at],
    }
    counters = {"before": activated["metrics"], "since": scrape(layout)}
    said = []
    for name, half in halves.items():
        orders = [ms for line in half for ms in line["ms"]["place"]]
        few = f", too few to tell ({FEW} wanted)" if len(orders) < FEW else ""
        mean = sum(orders) / len(orders) if orders else 0.0
        said.append(
            f"{name:7} {len(orders)} orders: mean {mean:.1f} ms, "
            f"p50 {_percentile(orders, 50):.0f}, p99 {_percentile(orders, 99):.0f} ms, "
            f"{_retries(counters[name]):.0f} retries per 1000{few}"
        )
    return said


def _since(layout: Layout, moment: float) -> list[dict[str, Any]]:
    deadline = time.monotonic() + FIRST_LINE_S
    while not (found := [x for x in _lines(layout) if x["at"] >= moment]):
        if time.monotonic() > deadline or not _client_runs(layout):
            raise LabError("The client has seen nothing in that time. See labctl status", OUTSIDE)
        time.sleep(0.1)
    return found


def _client_runs(layout: Layout) -> bool:
    there = processes.of_lab(layout.read_manifest()["id"])
    return any(process.unit == "client" for process in there)


def _lines(layout: Layout) -> list[dict[str, Any]]:
    try:
        with layout.load_stats.open("rb") as file:
            file.seek(0, 2)
            start = max(0, file.tell() - TAIL_BYTES)
            file.seek(start)
            raw = file.read().splitlines()[1 if start else 0 :]
    except OSError:
        raw = []
    return [json.loads(x) for x in raw if x.endswith(b"}")]


def _fails(line: dict[str, Any]) -> bool:
    return bool(line["errors"])


def _errors(lines: list[dict[str, Any]]) -> int:
    return sum(int(line["errors"]) for line in lines)


def _requests(lines: list[dict[str, Any]]) -> int:
    return sum(len(kind) for line in lines for kind in line["ms"].values())


def _percentile(values: list[float], percent: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))] if ordered else 0.0


def _retries(counters: dict[str, float]) -> float:
    asked = sum(v for k, v in counters.items() if k.startswith("orders_partner_requests_total"))
    return 1000 * counters.get("orders_partner_retries_total", 0.0) / asked if asked else 0.0

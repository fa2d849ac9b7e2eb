"""What the client saw, one line of JSON a second."""

from __future__ import annotations

import json
import threading
from collections import Counter
from pathlib import Path

KINDS = ("read", "list", "place")


class Stats:
    """Collects answers and writes them down second by second."""

    def __init__(self, file: Path, acknowledged: Path) -> None:
        self._lock = threading.Lock()
        self._file = file
        self._acknowledged = acknowledged
        self._clear()

    def _clear(self) -> None:
        self._latencies: dict[str, list[float]] = {kind: [] for kind in KINDS}
        self._outcomes: Counter[str] = Counter()
        self._placed: list[int] = []

    def answered(self, kind: str, seconds: float, outcome: str, placed: int | None) -> None:
        """One request is over: "ok", "pending", or what went wrong."""
        with self._lock:
            self._outcomes[outcome] += 1
            self._latencies[kind].append(seconds)
            if placed is not None:
                self._placed.append(placed)

    def write(self, moment: float) -> None:
        """Appends the second that just ended; `moment` in seconds since 1970."""
        with self._lock:
            latencies, outcomes, placed = self._latencies, self._outcomes, self._placed
            self._clear()
        good = outcomes.pop("ok", 0)
        pending = outcomes.pop("pending", 0)
        line = {
            "at": round(moment, 3),
            "ok": good,
            "pending": pending,
            "errors": sum(outcomes.values()),
            "why": dict(outcomes.most_common(3)),
            "ms": {k: [round(1000 * s, 1) for s in sorted(v)] for k, v in latencies.items()},
        }
        with self._file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, separators=(",", ":")) + "\n")
        if placed:
            with self._acknowledged.open("a", encoding="utf-8") as file:
                file.write("".join(f"{order}\n" for order in placed))

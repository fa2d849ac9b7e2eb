"""Who wants to be told about confirmed orders, and the telling."""

from __future__ import annotations

import http.client
import json
import os
import queue
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

LOOPBACK = {"127.0.0.1", "localhost", "::1"}
WAITING = 1000
TIMEOUT_S = 2.0
LOG_FAILURES = 20
"""Failed deliveries logged one by one; after that only every hundredth, to keep the log small."""


class BadRegistration(Exception):  # noqa: N818
    """A registration that is not taken; the text says why."""


class Webhooks:
    """The registrations, kept in a file."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()

    def all(self) -> list[dict[str, Any]]:
        """Every registration, oldest first."""
        with self._lock:
            return list(self._read()["webhooks"])

    def add(self, url: str, created_by: str) -> dict[str, Any]:
        """Registers a URL on loopback. Raises BadRegistration."""
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            raise BadRegistration("the URL cannot be read") from None
        if parts.scheme != "http" or host not in LOOPBACK or not port:
            raise BadRegistration("only http URLs with a port on loopback are taken here")
        with self._lock:
            state = self._read()
            state["last"] += 1
            webhook = {
                "id": f"wh_{state['last']:04d}",
                "url": url,
                "events": ["order.confirmed"],
                "active": True,
                "created_by": created_by,
                "created_at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            }
            state["webhooks"].append(webhook)
            self._write(state)
        return webhook

    def remove(self, webhook_id: str) -> bool:
        """Forgets a registration; whether there was one."""
        with self._lock:
            state = self._read()
            kept = [w for w in state["webhooks"] if w["id"] != webhook_id]
            found = len(kept) < len(state["webhooks"])
            if found:
                state["webhooks"] = kept
                self._write(state)
            return found

    def _read(self) -> dict[str, Any]:
        state: dict[str, Any] = json.loads(self._file.read_text(encoding="utf-8"))
        return state

    def _write(self, state: dict[str, Any]) -> None:
        fresh = self._file.with_suffix(".new")
        fresh.write_text(json.dumps(state, indent=2) + "\n", encoding="utf-8")
        os.replace(fresh, self._file)  # noqa: PTH105


class Delivery(threading.Thread):
    """Tells the registered about confirmed orders, in the background, once each."""

    def __init__(self, webhooks: Webhooks) -> None:
        super().__init__(daemon=True)
        self._webhooks = webhooks
        self._events: queue.Queue[dict[str, Any]] = queue.Queue(WAITING)
        self.delivered = 0
        self.failed = 0

    def tell(self, event: dict[str, Any]) -> None:
        """Queues an event; one too many is dropped, as the confirmation itself is what counts."""
        try:
            self._events.put_nowait(event)
        except queue.Full:
            self.failed += 1

    def run(self) -> None:
        """Delivers until the program ends."""
        while True:
            event = self._events.get()
            for webhook in self._webhooks.all():
                if webhook["active"]:
                    self._deliver(webhook, event)

    def _deliver(self, webhook: dict[str, Any], event: dict[str, Any]) -> None:
        url = urlsplit(webhook["url"])
        connection = http.client.HTTPConnection(url.hostname or "", url.port, timeout=TIMEOUT_S)
        try:
            connection.request(
                "POST", url.path or "/", json.dumps(event), {"Content-Type": "application/json"}
            )
            status = connection.getresponse().status
            outcome = "" if status < 300 else f"answered {status}"
        except (OSError, http.client.HTTPException) as error:
            outcome = f"{type(error).__name__}: {error}"
        finally:
            connection.close()
        if not outcome:
            self.delivered += 1
            return
        self.failed += 1
        if self.failed <= LOG_FAILURES or self.failed % 100 == 0:
            now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            sys.stderr.write(
                f"{now} webhook {webhook['id']} -> {webhook['url']}: {outcome}"
                f" ({self.failed} failed so far)\n"
            )

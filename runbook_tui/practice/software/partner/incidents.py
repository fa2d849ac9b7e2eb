"""Incidents and maintenances of the partner's status page, kept in a file.

Fields, statuses and limits are those of Atlassian's Statuspage API v1 (https://developer.statuspage.io,
version 1.0.0 of its description; samples of answers at https://doers.statuspage.io/api/v1/incidents/).
What it says and this page does not do: components of its own, templates, postmortems, tweets,
changing or deleting what was written, and going on by the clock (`scheduled_auto_in_progress`,
`scheduled_auto_completed` are kept and given back, and nothing more).
"""

from __future__ import annotations

import json
import os
import secrets
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .message_log import moment

REALTIME = ("investigating", "identified", "monitoring", "resolved")
SCHEDULED = ("scheduled", "in_progress", "verifying", "completed")
IMPACTS = ("none", "maintenance", "minor", "major", "critical")
LONGEST_NAME = 255
LONGEST_BODY = 25_000
"""Characters, both as documented."""
MOST_INCIDENTS = 200
MOST_UPDATES = 100
"""What is kept; the oldest go first."""
FLAGS = (
    "scheduled_remind_prior",
    "scheduled_auto_in_progress",
    "scheduled_auto_completed",
    "auto_transition_to_maintenance_state",
    "auto_transition_to_operational_state",
    "auto_transition_deliver_notifications_at_start",
    "auto_transition_deliver_notifications_at_end",
)
ID = "abcdefghijklmnopqrstuvwxyz0123456789"

LISTS: dict[str, Callable[[dict[str, Any]], bool]] = {
    "": lambda _: True,
    "unresolved": lambda i: i["status"] in REALTIME[:-1],
    "scheduled": lambda i: i["status"] in SCHEDULED,
    "upcoming": lambda i: i["status"] == "scheduled",
    "active_maintenance": lambda i: i["status"] in ("in_progress", "verifying"),
}
"""The lists by the last part of their path, and what is in each."""


class Unprocessable(Exception):  # noqa: N818
    """Fields that are not taken; `errors` says why, one by one."""

    def __init__(self, errors: list[str]) -> None:
        super().__init__("; ".join(errors))
        self.errors = errors


class Incidents:
    """The incidents of one page."""

    def __init__(self, file: Path, page: str, link: str) -> None:
        self._file = file
        self._page = page
        self._link = link
        self._lock = threading.Lock()

    def listed(self, which: str) -> list[dict[str, Any]]:
        """Those of a list in `LISTS`, newest first."""
        with self._lock:
            return [i for i in reversed(self._read()) if LISTS[which](i)]

    def get(self, incident_id: str) -> dict[str, Any] | None:
        """One of them, or None."""
        with self._lock:
            return next((i for i in self._read() if i["id"] == incident_id), None)

    def create(self, given: dict[str, Any]) -> dict[str, Any]:
        """A new one with its first update. Raises Unprocessable."""
        scheduled = given.get("scheduled_for") is not None
        _check(given, scheduled=scheduled, new=True)
        now = moment()
        incident: dict[str, Any] = {
            "id": new_id(),
            "page_id": self._page,
            "components": [],
            "created_at": now,
            "impact": "maintenance" if scheduled else "none",
            "impact_override": None,
            "incident_updates": [],
            "metadata": {},
            "monitoring_at": None,
            "postmortem_body": None,
            "resolved_at": None,
            "scheduled_for": None,
            "scheduled_until": None,
            **dict.fromkeys(FLAGS, False),
            "status": SCHEDULED[0] if scheduled else REALTIME[0],
        }
        incident["shortlink"] = f"{self._link}#{incident['id']}"
        _apply(incident, given, now, told=True)
        with self._lock:
            self._write([*self._read(), incident][-MOST_INCIDENTS:])
        return incident

    def update(self, incident_id: str, given: dict[str, Any]) -> dict[str, Any] | None:
        """Writes a further update, where a body or another status is given; the incident as it is
        then, None if there is none of that id. Raises Unprocessable."""
        with self._lock:
            incidents = self._read()
            incident = next((i for i in incidents if i["id"] == incident_id), None)
            if incident is None:
                return None
            scheduled = incident["status"] in SCHEDULED
            _check(given, scheduled=scheduled, new=False)
            told = (
                bool(given.get("body"))
                or given.get("status", incident["status"]) != (incident["status"])
            )
            _apply(incident, given, moment(), told=told)
            self._write(incidents)
            return incident

    def _read(self) -> list[dict[str, Any]]:
        """Oldest first."""
        try:
            found: list[dict[str, Any]] = json.loads(self._file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return []
        return found

    def _write(self, incidents: list[dict[str, Any]]) -> None:
        fresh = self._file.with_suffix(".new")
        fresh.write_text(json.dumps(incidents, indent=1) + "\n", encoding="utf-8")
        os.replace(fresh, self._file)  # noqa: PTH105


def _apply(incident: dict[str, Any], given: dict[str, Any], now: str, *, told: bool) -> None:
    kept = ("name", "status", "impact_override", "scheduled_for", "scheduled_until", "metadata")
    for name in (*kept, *FLAGS):
        if given.get(name) is not None:
            incident[name] = given[name]
    incident["impact"] = incident["impact_override"] or incident["impact"]
    incident["updated_at"] = now
    status = incident["status"]
    if status == "monitoring":
        incident["monitoring_at"] = incident["monitoring_at"] or now
    if status in (REALTIME[-1], SCHEDULED[-1]):
        incident["resolved_at"] = incident["resolved_at"] or now
    if not told:
        return
    update = {
        "id": new_id(),
        "incident_id": incident["id"],
        "status": status,
        "body": given.get("body") or "",
        "created_at": now,
        "updated_at": now,
        "display_at": now,
        "deliver_notifications": given.get("deliver_notifications", True) is not False,
        "affected_components": [
            {"code": c, "name": c, "old_status": "operational", "new_status": "operational"}
            for c in given.get("component_ids") or []
        ],
    }
    incident["incident_updates"] = [update, *incident["incident_updates"]][:MOST_UPDATES]


def _check(given: dict[str, Any], *, scheduled: bool, new: bool) -> None:
    """Raises Unprocessable with everything that is wrong."""
    wrong = [
        *_wrong_name(given, new=new),
        *_wrong_status(given, scheduled=scheduled),
        *_wrong_times(given),
    ]
    body = given.get("body")
    if body is not None and not isinstance(body, str):
        wrong.append("Body must be text")
    elif body is not None and len(body) > LONGEST_BODY:
        wrong.append(f"Body is too long (maximum is {LONGEST_BODY} characters)")
    if given.get("impact_override") not in (None, *IMPACTS):
        wrong.append("Impact override is not included in the list")
    wrong += [
        f"{flag.replace('_', ' ').capitalize()} must be true or false"
        for flag in (*FLAGS, "deliver_notifications")
        if given.get(flag) not in (None, True, False)
    ]
    components = given.get("component_ids")
    if components is not None and not (
        isinstance(components, list) and all(isinstance(c, str) for c in components)
    ):
        wrong.append("Component ids must be a list of text")
    metadata = given.get("metadata")
    if metadata is not None and not (
        isinstance(metadata, dict) and all(isinstance(v, dict) for v in metadata.values())
    ):
        wrong.append("Metadata must be an object whose top-level values are objects")
    if wrong:
        raise Unprocessable(wrong)


def _wrong_name(given: dict[str, Any], *, new: bool) -> list[str]:
    name = given.get("name")
    if name is None and not new:
        return []
    if not isinstance(name, str) or not name.strip():
        return ["Name can't be blank"]
    if len(name) > LONGEST_NAME:
        return [f"Name is too long (maximum is {LONGEST_NAME} characters)"]
    return []


def _wrong_status(given: dict[str, Any], *, scheduled: bool) -> list[str]:
    status = given.get("status")
    if status in (None, *(SCHEDULED if scheduled else REALTIME)):
        return []
    if status in SCHEDULED:
        return ["Scheduled for can't be blank for a status of scheduled incidents"]
    return ["Status is not included in the list"]


def _wrong_times(given: dict[str, Any]) -> list[str]:
    wrong, found = [], {}
    for name in ("scheduled_for", "scheduled_until"):
        if given.get(name) is None:
            continue
        try:
            time = datetime.fromisoformat(given[name])
            found[name] = time if time.tzinfo else time.replace(tzinfo=UTC)
        except (TypeError, ValueError):
            wrong.append(f"{name.replace('_', ' ').capitalize()} is not a time")
    if len(found) == 2 and found["scheduled_until"] <= found["scheduled_for"]:
        wrong.append("Scheduled until must be after scheduled for")
    return wrong


def new_id() -> str:
    """Twelve letters and digits, as theirs are."""
    return "".join(secrets.choice(ID) for _ in range(12))

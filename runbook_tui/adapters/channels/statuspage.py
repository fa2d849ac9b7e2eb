"""Status pages with the API of Atlassian Statuspage (https://developer.statuspage.io, version 1).

A run is one incident of the page, or one scheduled maintenance where it begins with an announcement
that has a window. Each update sets its status:

| kind | maintenance | incident |
|---|---|---|
| announce | scheduled | identified |
| start, progress, rollback | in_progress | identified |
| delay | as it is: a start that is put off is still scheduled | identified |
| done | verifying: the work is over, it is watched | monitoring |
| post-watch | completed | resolved |

`done` does not close it: the rules of messages promise one more update after it, and a page that
says "completed" while a watch is open has said too much. An announcement never takes a running
maintenance back, and a correction changes words, not a status. Nothing is left to the clock:
`scheduled_auto_in_progress` and `scheduled_auto_completed` are off.

Before each update but the first attempt at a run's first one, the page is asked what it has. So an
update that an earlier attempt left there after all (a 500 that had worked) is not sent again, and a
run whose incident's id was lost is found by `metadata` or by the reference in an update.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from runbook_tui.adapters.channels.api import Api
from runbook_tui.adapters.channels.reference import marked, names_entry, names_run, number
from runbook_tui.domain.messages.channels import Answered, Outgoing
from runbook_tui.domain.text import safe_line

LONGEST_NAME = 255
LONGEST_BODY = 25_000
"""Both by the documentation of the API."""
NEWEST = 100
"""Incidents that are looked through for a run; the most that the API gives at once."""
OURS = "runbook_tui"
"""The key of `metadata` that says of which run an incident is."""

_MAINTENANCE = {
    "announce": "scheduled",
    "start": "in_progress",
    "progress": "in_progress",
    "delay": "",
    "rollback": "in_progress",
    "done": "verifying",
    "post-watch": "completed",
}
_INCIDENT = {
    "announce": "identified",
    "start": "identified",
    "progress": "identified",
    "delay": "identified",
    "rollback": "identified",
    "done": "monitoring",
    "post-watch": "resolved",
}


def header(settings: Mapping[str, str]) -> tuple[str, str]:
    """The one that holds the token."""
    return "Authorization", f"OAuth {settings['token']}"


def deliver(settings: Mapping[str, str], outgoing: Outgoing, api: Api) -> Answered:
    """Creates the incident or adds an update to it. Raises as `Api.call`."""
    body = marked(outgoing.text, outgoing.entry)
    if len(body) > LONGEST_BODY:
        words = f"longer than the {LONGEST_BODY:,} characters that the page takes"
        return Answered(outcome="refused", words=words)
    incident = None
    if outgoing.thread or outgoing.attempt > 1 or number(outgoing.entry) != 1:
        incident = _found(settings, outgoing, api)
    if incident is not None:
        there = _update_of(incident, outgoing.entry)
        if there is not None:
            return _there("it was there already", incident, there)
    changes: dict[str, Any] = {"body": body}
    if "deliver-notifications" in settings:
        changes["deliver_notifications"] = settings["deliver-notifications"] == "true"
    if incident is None:
        changes |= _new(settings, outgoing)
        reply = api.call("POST", _path(settings), {"incident": changes})
    else:
        changes |= _next(incident, outgoing)
        path = _path(settings, _id(incident) or outgoing.thread)
        reply = api.call("PATCH", path, {"incident": changes})
    taken = _object(reply.data)
    return _there(f"HTTP {reply.status}", taken, _update_of(taken, outgoing.entry) or {}, incident)


def look(settings: Mapping[str, str], outgoing: Outgoing, api: Api) -> Answered:
    """Whether the update is on the page. Raises as `Api.call`."""
    incident = _found(settings, outgoing, api)
    if incident is None:
        return Answered(outcome="failed", words="it is not on the page")
    there = _update_of(incident, outgoing.entry)
    if there is None:
        thread = _id(incident)
        return Answered(outcome="failed", words="it is not on the page", thread=thread)
    return _there("it is on the page", incident, there)


def _path(settings: Mapping[str, str], incident: str = "") -> str:
    path = f"/pages/{quote(settings['page'], safe='')}/incidents"
    return f"{path}/{quote(incident, safe='')}" if incident else path


def _found(settings: Mapping[str, str], outgoing: Outgoing, api: Api) -> dict[str, Any] | None:
    """The run's incident as it is on the page; None where there is none."""
    if outgoing.thread:
        return _object(api.ask(_path(settings, outgoing.thread)))
    newest = api.ask(_path(settings), {"limit": str(NEWEST)})
    for incident in newest if isinstance(newest, list) else []:
        if isinstance(incident, dict) and incident.get("id") and _is_of(incident, outgoing.run):
            return incident
    return None


def _is_of(incident: Mapping[str, Any], run: str) -> bool:
    ours = _object(_object(incident.get("metadata")).get(OURS))
    return ours.get("run") == run or names_run((u.get("body") for u in _updates(incident)), run)


def _new(settings: Mapping[str, str], outgoing: Outgoing) -> dict[str, Any]:
    created: dict[str, Any] = {
        "name": safe_line(outgoing.title, LONGEST_NAME),
        "metadata": {OURS: {"run": outgoing.run}},
        "status": _INCIDENT[outgoing.kind],
    }
    if outgoing.kind == "announce" and outgoing.window is not None:
        created |= {
            "status": "scheduled",
            **_times(outgoing.window),
            "scheduled_auto_in_progress": False,
            "scheduled_auto_completed": False,
        }
    components = [each for each in settings.get("components", "").split(",") if each]
    if components:
        created["component_ids"] = components
    return created


def _next(incident: Mapping[str, Any], outgoing: Outgoing) -> dict[str, Any]:
    """What changes besides the words."""
    now = str(incident.get("status", ""))
    planned = now in ("scheduled", "in_progress", "verifying", "completed")
    wanted = (_MAINTENANCE if planned else _INCIDENT)[outgoing.kind]
    if outgoing.corrects or not wanted or (wanted == "scheduled" and now != "scheduled"):
        wanted = now
    changes: dict[str, Any] = {"status": wanted} if wanted else {}
    if wanted == "scheduled" and outgoing.window is not None and not outgoing.corrects:
        changes |= _times(outgoing.window)
    return changes


def _times(window: tuple[datetime, datetime]) -> dict[str, str]:
    begin, end = (each.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") for each in window)
    return {"scheduled_for": begin, "scheduled_until": end}


def _updates(incident: Mapping[str, Any]) -> list[dict[str, Any]]:
    updates = incident.get("incident_updates")
    return [each for each in updates if isinstance(each, dict)] if isinstance(updates, list) else []


def _update_of(incident: Mapping[str, Any], entry: str) -> dict[str, Any] | None:
    return next((each for each in _updates(incident) if names_entry(each.get("body"), entry)), None)


def _there(
    words: str,
    incident: Mapping[str, Any],
    update: Mapping[str, Any],
    before: Mapping[str, Any] | None = None,
) -> Answered:
    thread = _id(incident) or _id(before or {})
    return Answered(outcome="delivered", words=words, reference=_id(update), thread=thread)


def _id(of: Mapping[str, Any]) -> str:
    return safe_line(str(of.get("id") or ""), 200)


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}

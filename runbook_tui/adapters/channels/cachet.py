"""Status pages with the API of Cachet (https://docs.cachethq.io): 3.x, and 2.x where the address
ends with ``/api/v1``.

A run is one incident, each later message an update of it: identified (2) from the announcement on,
watching (3) when it is done, fixed (4) with the last message. A correction changes words, not the
status. Announced maintenance is an incident as well and none of Cachet's schedules: those say by
the clock that the work has begun and is complete, whatever happened.

What is different in 2.x: the token goes in ``X-Cachet-Token`` and not as a bearer, objects are flat
and not JSON:API, and lists are sorted only when asked to.

Cachet has no field for an identifier of ours, so a run's incident is found again by the reference
at the end of its first message.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from runbook_tui.adapters.channels.api import Api
from runbook_tui.adapters.channels.reference import marked, names_entry, names_run, number
from runbook_tui.domain.messages.channels import Answered, Outgoing
from runbook_tui.domain.messages.remarks import Kind
from runbook_tui.domain.text import safe_line

LONGEST_NAME = 255
PER_PAGE = 100
"""Incidents that are looked through for a run."""
MOST_PAGES = 10
"""Of an incident's updates."""
IDENTIFIED, WATCHING, FIXED = 2, 3, 4
"""Of the statuses that both versions have."""
_STATUS: dict[Kind, int] = {"done": WATCHING, "post-watch": FIXED}


def base(settings: Mapping[str, str]) -> str:
    """The address of the API, which may be given with its path or without."""
    url = settings["url"].rstrip("/")
    return url if _is_2(settings) or urlsplit(url).path.endswith("/api") else f"{url}/api"


def header(settings: Mapping[str, str]) -> tuple[str, str]:
    """The one that holds the token."""
    if _is_2(settings):
        return "X-Cachet-Token", settings["token"]
    return "Authorization", f"Bearer {settings['token']}"


def deliver(settings: Mapping[str, str], outgoing: Outgoing, api: Api) -> Answered:
    """Creates the incident or adds an update to it. Raises as `Api.call`."""
    message = marked(outgoing.text, outgoing.entry)
    status = _STATUS.get(outgoing.kind, IDENTIFIED)
    thread, first = outgoing.thread, None
    if not thread and (outgoing.attempt > 1 or number(outgoing.entry) != 1):
        first = _incident_of(settings, outgoing.run, api)
        thread = _id(first)
    if not thread:
        body = {"name": safe_line(outgoing.title, LONGEST_NAME), "message": message}
        reply = api.call("POST", "/incidents", body | _shown(settings, status, api))
        created = _data(reply.data)
        return _there(f"HTTP {reply.status}", created, _id(created))
    if outgoing.attempt > 1 or not outgoing.thread:
        there = _update_of(thread, first, outgoing, api)
        if there is not None:
            return _there("it was there already", there, thread)
    if outgoing.corrects:
        now = _data(api.ask(_path(thread)))
        status = _value(now.get("status")) or status
    reply = api.call("POST", f"{_path(thread)}/updates", {"status": status, "message": message})
    return _there(f"HTTP {reply.status}", _data(reply.data), thread)


def look(settings: Mapping[str, str], outgoing: Outgoing, api: Api) -> Answered:
    """Whether the update is on the page. Raises as `Api.call`."""
    thread, first = outgoing.thread, None
    if not thread:
        first = _incident_of(settings, outgoing.run, api)
        thread = _id(first)
    there = _update_of(thread, first, outgoing, api) if thread else None
    if there is None:
        return Answered(outcome="failed", words="it is not on the page", thread=thread)
    return _there("it is on the page", there, thread)


def _is_2(settings: Mapping[str, str]) -> bool:
    return urlsplit(settings["url"].rstrip("/")).path.endswith("/api/v1")


def _path(thread: str) -> str:
    return f"/incidents/{quote(thread, safe='')}"


def _shown(settings: Mapping[str, str], status: int, api: Api) -> dict[str, Any]:
    shown: dict[str, Any] = {"status": status, "visible": True}
    shown["notify" if _is_2(settings) else "notifications"] = True
    if "component" in settings:
        number_ = settings["component"]
        # An incident sets the status of its component, and nothing sets it back. So it is given
        # the one that it has: the incident is shown with it, and changes nothing.
        status_now = _value(_data(api.ask(f"/components/{number_}")).get("status")) or 1
        if _is_2(settings):
            shown |= {"component_id": int(number_), "component_status": status_now}
        else:
            linked = {"component_id": int(number_), "component_status": status_now}
            shown["components"] = [linked]
    return shown


def _incident_of(settings: Mapping[str, str], run: str, api: Api) -> dict[str, Any] | None:
    """The newest incident whose first message names the run."""
    query = {"per_page": str(PER_PAGE)}
    if _is_2(settings):
        query |= {"sort": "id", "order": "desc"}
    for incident in _list(api.ask("/incidents", query)):
        if _id(incident) and names_run([incident.get("message")], run):
            return incident
    return None


def _update_of(
    thread: str, first: Mapping[str, Any] | None, outgoing: Outgoing, api: Api
) -> dict[str, Any] | None:
    """The update of the entry: the incident's own message, or one of those that followed."""
    incident = first if first is not None else _data(api.ask(_path(thread)))
    if names_entry(incident.get("message"), outgoing.entry):
        return dict(incident)
    for update in _updates(thread, api):
        if names_entry(update.get("message"), outgoing.entry):
            return update
    return None


def _updates(thread: str, api: Api) -> Iterator[dict[str, Any]]:
    for page in range(1, MOST_PAGES + 1):
        query = {"per_page": str(PER_PAGE), "page": str(page)}
        found = _list(api.ask(f"{_path(thread)}/updates", query))
        yield from found
        if len(found) < PER_PAGE:
            return


def _data(document: Any) -> dict[str, Any]:
    """The object that a document holds. JSON:API keeps what belongs to it under `attributes`."""
    return _flat(document.get("data")) if isinstance(document, dict) else {}


def _list(document: Any) -> list[dict[str, Any]]:
    data = document.get("data") if isinstance(document, dict) else None
    return [_flat(each) for each in data] if isinstance(data, list) else []


def _flat(item: Any) -> dict[str, Any]:
    if not isinstance(item, dict):
        return {}
    attributes = item.get("attributes")
    return {**item, **attributes} if isinstance(attributes, dict) else item


def _value(status: Any) -> int:
    """A status as a number, which 3.x gives together with its word."""
    if isinstance(status, dict):
        status = status.get("value")
    if isinstance(status, str) and status.isdecimal():
        status = int(status)
    return status if isinstance(status, int) and not isinstance(status, bool) else 0


def _there(words: str, update: Mapping[str, Any], thread: str) -> Answered:
    return Answered(outcome="delivered", words=words, reference=_id(update), thread=thread)


def _id(of: Mapping[str, Any] | None) -> str:
    return safe_line(str((of or {}).get("id") or ""), 200)

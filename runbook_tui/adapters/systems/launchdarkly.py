"""Feature flags of a project in LaunchDarkly, in one environment.

https://launchdarkly.com/docs/api/feature-flags
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from runbook_tui.adapters.http.client import Token
from runbook_tui.adapters.systems.base import InOrder, Kept, NotAskedError, NotPutBackError
from runbook_tui.adapters.systems.web import MOST_PAGES, Row, Web, named, part, row, rows
from runbook_tui.domain.systems.launchdarkly import LaunchDarkly
from runbook_tui.domain.systems.seen import Value

VERSION = "20240415"
FLAGS = "/api/v2/flags"
PAGE = 50
_FLAG = (
    "name",
    "description",
    "archived",
    "deprecated",
    "temporary",
    "tags",
    "variations",
    "defaults",
    "clientSideAvailability",
    "customProperties",
)
_TARGETING = (
    "on",
    "targets",
    "contextTargets",
    "rules",
    "fallthrough",
    "offVariation",
    "prerequisites",
    "trackEvents",
)
_LISTS = frozenset({"variations", "targets", "contextTargets", "rules", "prerequisites"})
_SETS = frozenset({"tags"})
"""Whose order says nothing."""
_IDS = frozenset({"_id", "ref"})


class LaunchDarklyFlags(InOrder):
    """The flags of one project."""

    def __init__(self, config: LaunchDarkly) -> None:
        self._config = config
        token = Token("Authorization", config.token)
        self._web = Web(config, config.url, token, {"LD-API-Version": VERSION})
        self._flags = f"{FLAGS}/{part(config.project)}"

    def look(self, kept: Kept) -> dict[str, Value]:
        environment = f"{part(self._config.project)}/environments/{part(self._config.environment)}"
        if self._web.find(f"/api/v2/projects/{environment}") is None:
            raise NotAskedError(
                "it has no such project or environment, or the token may not see it"
            )
        return {named(each, "key"): self._value(each) for each in self._found()}

    def _found(self) -> Iterator[Row]:
        query = {"env": self._config.environment}
        if self._config.only:
            for key in self._config.only:
                flag = self._web.find(f"{self._flags}/{part(key)}", query)
                if flag is not None:
                    yield flag
            return
        # Archived flags are in no other list.
        for state in ("live", "deprecated", "archived"):
            yield from self._listed(
                {**query, "summary": "0", "sort": "key", "filter": f"state:{state}"}
            )

    def _listed(self, query: Mapping[str, str]) -> Iterator[Row]:
        seen = 0
        for _ in range(MOST_PAGES):
            asked = {**query, "limit": str(PAGE), "offset": str(seen)}
            answer = row(self._web.see(self._flags, asked).data)
            found = rows(answer.get("items"))
            yield from found
            seen += len(found)  # a server may give fewer than it is asked for
            if not found or "next" not in row(answer.get("_links") or {}):
                return
        raise NotAskedError(f"its list has more than {MOST_PAGES} pages")

    def _value(self, flag: Row) -> dict[str, Any]:
        here = row(flag.get("environments", {})).get(self._config.environment)
        if not isinstance(here, dict) or "on" not in here:
            raise NotAskedError("it does not tell what its flags are in this environment")
        return {
            "kind": flag.get("kind"),
            **{key: _plain(key, flag.get(key)) for key in _FLAG},
            "targeting": {key: _plain(key, here.get(key)) for key in _TARGETING},
        }

    def line(self, key: str, value: Value) -> str:
        if value["archived"]:
            return "archived"
        here = value["targeting"]
        counts = [
            f"{len(here[name])} {name if len(here[name]) != 1 else name[:-1]}"
            for name in ("rules", "targets", "prerequisites")
            if here[name]
        ]
        told = json.dumps(_served(value), ensure_ascii=False)
        state = "on" if here["on"] else "off"
        return ", ".join([f"{state} in {self._config.environment}, serves {told}", *counts])

    def put(self, key: str, wanted: Value | None, now: Value | None, kept: Kept) -> str:
        path = f"{self._flags}/{part(key)}"
        if wanted is None:
            self._web.remove(path)
            return f"deleted {key}: it was not there before"
        if now is None:
            raise NotPutBackError(
                "it is deleted, with what it was in environments that were not looked at"
            )
        if wanted["kind"] != now["kind"]:
            raise NotPutBackError("it is another flag with the same key")
        self._web.do("PATCH", path, self._patch(path, wanted, now))
        return f"put back {key}: {self.line(key, wanted)}"

    def _patch(self, path: str, wanted: Value, now: Value) -> list[dict[str, Any]]:
        """JSON patch. Its tests make the server refuse it where somebody was quicker."""
        before = row(self._web.find(path, {"env": self._config.environment}))
        if self._value(before) != now:
            raise NotPutBackError("somebody has changed it just now")
        top = f"/environments/{self._config.environment}"
        pairs = [(f"/{key}", wanted[key], now[key]) for key in _FLAG]
        pairs += [
            (f"{top}/{key}", wanted["targeting"][key], now["targeting"][key]) for key in _TARGETING
        ]
        changed = [each for each in pairs if each[1] != each[2]]
        tests = [
            {"op": "test", "path": where, "value": stands}
            for where, _, stands in changed
            if isinstance(stands, str | bool | int)
        ]
        return [*tests, *(step for each in changed for step in _operations(*each))]


def _operations(where: str, wanted: Any, now: Any) -> list[dict[str, Any]]:
    if wanted is None:
        return [{"op": "remove", "path": where}]
    if where.rsplit("/", 1)[-1] in _LISTS and isinstance(wanted, list) and isinstance(now, list):
        return _of_lists(where, wanted, now)
    return [{"op": "add" if now is None else "replace", "path": where, "value": wanted}]


def _of_lists(where: str, wanted: list[Any], now: list[Any]) -> list[dict[str, Any]]:
    """Touches only what differs: what stays keeps the ids that LaunchDarkly gave it."""
    start = 0
    while start < min(len(wanted), len(now)) and wanted[start] == now[start]:
        start += 1
    end = 0
    while end < min(len(wanted), len(now)) - start and wanted[-1 - end] == now[-1 - end]:
        end += 1
    gone = [{"op": "remove", "path": f"{where}/{n}"} for n in range(start, len(now) - end)]
    back = [
        {"op": "add", "path": f"{where}/{n}", "value": wanted[n]}
        for n in range(start, len(wanted) - end)
    ]
    return [*reversed(gone), *back]


def _plain(key: str, value: Any) -> Any:
    """Without ids: what is put back gets new ones."""
    if key in _SETS:
        return sorted(value or [])
    if isinstance(value, dict):
        return {name: _plain("", each) for name, each in value.items() if name not in _IDS}
    if isinstance(value, list):
        return [_plain("", each) for each in value]
    return value


def _served(value: Value) -> Any:
    """What a context gets that no rule is about: a variation, or how it is rolled out."""
    here, variations = value["targeting"], value["variations"] or []
    if here["on"]:
        served = here["fallthrough"] or {}
        if "rollout" in served:
            return "by a rollout"
        number = served.get("variation")
    else:
        number = here["offVariation"]
    if isinstance(number, int) and 0 <= number < len(variations):
        return variations[number].get("value")
    return None

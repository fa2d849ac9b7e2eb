"""Feature flags of a project in Unleash.

https://docs.getunleash.io/api: what is asked here was tried with a server of 6.10.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from runbook_tui.adapters.http.client import Token
from runbook_tui.adapters.systems.base import Kept, NotAskedError, NotPutBackError, Objects
from runbook_tui.adapters.systems.web import Row, Web, named, part, row, rows
from runbook_tui.domain.systems.seen import Value
from runbook_tui.domain.systems.unleash import Unleash

ADMIN = "/api/admin"
_FLAG = ("type", "description", "stale", "impressionData")
_STRATEGY = (
    "name",
    "title",
    "disabled",
    "constraints",
    "parameters",
    "segments",
    "variants",
    "sortOrder",
)
ROUNDS = 2
"""Of making an environment as it was: to switch one on can add a strategy."""


class UnleashFlags:
    """The flags of one project."""

    def __init__(self, config: Unleash) -> None:
        self._config = config
        self._web = Web(config, config.url, Token("Authorization", config.token))
        self._project = f"{ADMIN}/projects/{part(config.project)}"
        self._features = f"{self._project}/features"
        self._parents: dict[str, list[str]] = {}

    def look(self, kept: Kept) -> dict[str, Value]:
        # Of a project that does not exist Unleash says that it has no flags.
        project = self._web.find(f"{self._project}/overview")
        if project is None:
            raise NotAskedError(f"it has no project {self._config.project!r}")
        there = {named(each, "environment") for each in rows(project.get("environments"))}
        if missing := [each for each in self._config.environments if each not in there]:
            raise NotAskedError(f"the project has no environment {missing[0]!r}")
        found: dict[str, Value] = {}
        archive = self._web.see(f"{ADMIN}/archive/features/{part(self._config.project)}").data
        for each in rows(row(archive).get("features")):
            found[named(each, "name")] = {"archived": True, **_flag(each)}
        names: Iterable[str] = self._config.only
        if not names:
            listed = row(self._web.see(self._features).data)
            names = [named(each, "name") for each in rows(listed.get("features"))]
        for name in names:
            feature = self._feature(name)
            if feature is not None:
                found[name] = self._value(feature)
                self._parents[name] = [named(each, "feature") for each in found[name]["after"]]
        return found

    def line(self, key: str, value: Value) -> str:
        if value["archived"]:
            return "archived"
        states = [
            f"{'on' if each['enabled'] else 'off'} in {name}{_told(each['strategies'])}"
            for name, each in value["environments"].items()
        ]
        return "; ".join([*states, *(["stale"] if value["stale"] else [])]) or "in no environment"

    def order(self, keys: Iterable[str], wanted: Objects) -> Sequence[str]:
        """First what has to go: a flag that others hang on goes after them, and comes before."""
        keys = sorted(keys)
        gone = [key for key in keys if wanted.get(key, {}).get("archived", True)]
        back = [key for key in keys if key not in gone]
        parents = {key: [each["feature"] for each in wanted[key]["after"]] for key in back}
        return [*reversed(_parents_first(gone, self._parents)), *_parents_first(back, parents)]

    def put(self, key: str, wanted: Value | None, now: Value | None, kept: Kept) -> str:
        feature = f"{self._features}/{part(key)}"
        if now is not None and not now["archived"] and self._value(self._standing(key)) != now:
            raise NotPutBackError("somebody has changed it just now")
        if wanted is None:
            self._web.remove(feature)  # to the archive
            self._web.remove(f"{ADMIN}/archive/{part(key)}")
            return f"deleted {key}: it was not there before"
        if wanted["archived"] and now is None:
            raise NotPutBackError(
                "it is deleted, with what it was: nobody sees that in the archive"
            )
        if now is None:
            if self._config.environments:
                raise NotPutBackError(
                    "it is deleted, with what it was in environments that were not looked at"
                )
            body = {name: wanted[name] for name in _FLAG if name != "stale"}
            self._web.do("POST", self._features, {"name": key, **body})
        elif now["archived"]:
            self._web.do("POST", f"{ADMIN}/archive/revive/{part(key)}")
        self._settings(key, feature, wanted)
        if wanted["archived"]:
            self._web.remove(feature)
            return f"archived {key} again"
        for name, environment in wanted["environments"].items():
            self._environment(key, name, environment)
        return f"put back {key}: {self.line(key, wanted)}"

    def _feature(self, name: str) -> Row | None:
        return self._web.find(f"{self._features}/{part(name)}")

    def _value(self, feature: Row) -> dict[str, Any]:
        wanted = self._config.environments
        return {
            "archived": False,
            **_flag(feature),
            "after": sorted(rows(feature.get("dependencies", [])), key=json.dumps),
            "environments": {
                name: {
                    "enabled": each.get("enabled") is True,
                    "strategies": sorted(map(_strategy, rows(each.get("strategies"))), key=_place),
                }
                for each in rows(feature.get("environments"))
                if (name := named(each, "name")) in wanted or not wanted
            },
        }

    def _standing(self, key: str) -> Row:
        feature = self._feature(key)
        if feature is None:
            raise NotPutBackError("it has gone while it was put back")
        return feature

    def _settings(self, key: str, feature: str, wanted: Value) -> None:
        now = self._value(self._standing(key))
        if _differ(wanted, now):
            self._web.do("PUT", feature, {name: wanted[name] for name in _FLAG})
        if not wanted["archived"] and wanted["after"] != now["after"]:
            if now["after"]:
                self._web.remove(f"{feature}/dependencies")
            for each in wanted["after"]:
                self._web.do("POST", f"{feature}/dependencies", each)

    def _environment(self, key: str, name: str, wanted: Mapping[str, Any]) -> None:
        path = f"{self._features}/{part(key)}/environments/{part(name)}"
        for _ in range(ROUNDS):
            now = next(
                (e for e in rows(self._standing(key).get("environments")) if e.get("name") == name),
                None,
            )
            if now is None:
                raise NotPutBackError(f"the project has no environment {name!r} any more")
            enabled = now.get("enabled") is True
            if enabled and not wanted["enabled"]:
                self._web.do("POST", f"{path}/off")  # before more people meet its strategies
            missing = list(wanted["strategies"])
            extra: list[str] = []
            for each in rows(now.get("strategies")):
                if (strategy := _strategy(each)) in missing:
                    missing.remove(strategy)
                else:
                    extra.append(named(each, "id"))
            # Anew: a strategy that is there keeps its title and place, whatever is sent. And first
            # the new ones: an environment without any is switched off by Unleash itself.
            for strategy in missing:
                self._web.do("POST", f"{path}/strategies", _sent(strategy))
            for number in extra:
                self._web.remove(f"{path}/strategies/{part(number)}")
            if not wanted["enabled"] or enabled:
                return
            self._web.do("POST", f"{path}/on")


def _flag(data: Row) -> dict[str, Any]:
    return {key: data.get(key) for key in _FLAG}


def _differ(wanted: Value, now: Value) -> bool:
    return any(wanted[key] != now[key] for key in _FLAG)


def _strategy(data: Row) -> dict[str, Any]:
    """Without its id: one that was made anew is the same."""
    strategy = {key: data.get(key) for key in _STRATEGY}
    return strategy | {"segments": sorted(strategy["segments"] or [])}


def _sent(strategy: Row) -> dict[str, Any]:
    """A strategy without a title has none; an empty one is another thing to Unleash."""
    return {key: value for key, value in strategy.items() if value is not None}


def _place(strategy: Row) -> str:
    return f"{strategy['sortOrder'] or 0:>12} {json.dumps(strategy, sort_keys=True)}"


def _told(strategies: Sequence[Row]) -> str:
    """Strategies for people: how many, and to how many per cent one rolls out."""
    if len(strategies) != 1:
        return f" with {len(strategies)} strategies" if strategies else ""
    rollout = (strategies[0].get("parameters") or {}).get("rollout")
    share = f" {rollout} %" if rollout is not None else ""
    limits = len(strategies[0].get("constraints") or []) + len(strategies[0].get("segments") or [])
    limited = f", {limits} constraint{'s' if limits > 1 else ''}" if limits else ""
    return f" ({strategies[0]['name']}{share}{limited})"


def _parents_first(keys: Sequence[str], parents: Mapping[str, Sequence[str]]) -> list[str]:
    ordered: list[str] = []

    def place(key: str, below: frozenset[str] = frozenset()) -> None:
        if key in ordered or key in below:
            return
        for parent in parents.get(key, ()):
            if parent in keys:
                place(parent, below | {key})
        ordered.append(key)

    for key in keys:
        place(key)
    return ordered

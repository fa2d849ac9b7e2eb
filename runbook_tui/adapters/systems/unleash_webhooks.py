"""Webhooks and other integrations of Unleash (its addons).

It tells secret parameters as ``*****``, and takes that for "as it is" when an addon is changed.
Tried with a server of 6.10.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from runbook_tui.adapters.http.client import Token
from runbook_tui.adapters.systems.base import NotPutBackError
from runbook_tui.adapters.systems.hooks import Hook, Hooks
from runbook_tui.adapters.systems.web import Row, Web, named, part, row, rows, texts
from runbook_tui.domain.systems.seen import Value
from runbook_tui.domain.systems.unleash import UnleashWebhooks

ADDONS = "/api/admin/addons"
MASK = "*****"


class UnleashAddons(Hooks):
    """The addons of a server."""

    moved = "it has another description by now: name both in `described`"

    def __init__(self, config: UnleashWebhooks) -> None:
        self._config = config
        self._web = Web(config, config.url, Token("Authorization", config.token))
        self._given = {"url": config.address, "authorization": config.authorization}
        super().__init__(config.url)

    def hooks(self) -> Iterator[Hook]:
        for each in rows(row(self._web.see(ADDONS).data).get("addons")):
            hook = _hook(each)
            if not self._config.described or hook.value["description"] in self._config.described:
                yield hook

    def line(self, key: str, value: Value) -> str:
        name = f"{value['provider']} {value['description']!r}".removesuffix(" ''")
        return super().line(key, {**value, "url": name})

    def one(self, number: str) -> Hook | None:
        found = self._web.find(f"{ADDONS}/{part(number)}")
        return None if found is None else _hook(found)

    def create(self, wanted: Value, url: str) -> str:
        parameters = dict(wanted["parameters"])
        for name in [name for name, value in parameters.items() if value == MASK]:
            field = "address" if name == "url" else name
            if name not in self._given:
                raise NotPutBackError(f"Unleash does not tell its {name}")
            # What is given is of one webhook: a second one would post there as well.
            parameters[name] = self._given.pop(name) or ""
            if not parameters[name]:
                raise NotPutBackError(f"Unleash does not tell its {name}: `{field}`")
        return named(row(self._web.do("POST", ADDONS, _sent(wanted, parameters))), "id")

    def change(self, number: str, wanted: Value, now: Value, url: str) -> None:
        masked = {name for name, value in wanted["parameters"].items() if value == MASK}
        if lost := sorted(name for name in masked if now["parameters"].get(name) != MASK):
            raise NotPutBackError(f"it has lost its {lost[0]}, which Unleash does not tell")
        self._web.do("PUT", f"{ADDONS}/{part(number)}", _sent(wanted, wanted["parameters"]))

    def delete(self, number: str) -> None:
        self._web.remove(f"{ADDONS}/{part(number)}")


def _sent(wanted: Value, parameters: dict[str, Any]) -> dict[str, Any]:
    names = ("provider", "description", "events", "projects", "environments")
    body = {name: wanted[name] for name in names}
    return {**body, "enabled": wanted["active"], "parameters": parameters}


def _hook(data: Row) -> Hook:
    value = {
        "provider": named(data, "provider"),
        "description": str(data.get("description") or ""),
        "active": data.get("enabled") is True,
        "parameters": dict(row(data.get("parameters") or {})),
        "events": texts(data.get("events")),
        "projects": texts(data.get("projects") or []),
        "environments": texts(data.get("environments") or []),
    }
    return Hook(named(data, "id"), "", value)

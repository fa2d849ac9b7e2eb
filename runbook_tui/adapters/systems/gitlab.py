"""Webhooks of a project or a group at GitLab.

https://docs.gitlab.com/api/project_webhooks/, https://docs.gitlab.com/api/group_webhooks/
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from runbook_tui.adapters.http.client import Token
from runbook_tui.adapters.systems.base import NotPutBackError
from runbook_tui.adapters.systems.hooks import Hook, Hooks, one_of
from runbook_tui.adapters.systems.web import Row, Web, named, part, row
from runbook_tui.domain.systems.seen import Value
from runbook_tui.domain.systems.webhooks import GitlabWebhooks

_SETTINGS = (
    "name",
    "description",
    "enable_ssl_verification",
    "push_events_branch_filter",
    "branch_filter_strategy",
    "custom_webhook_template",
)
_EVENTS = "_events"
_HEADERS, _VARIABLES = "custom_headers", "url_variables"


class GitlabHooks(Hooks):
    """The webhooks at one place of GitLab."""

    def __init__(self, config: GitlabWebhooks) -> None:
        kind, name = one_of(("project", config.project), ("group", config.group))
        self._path = f"/{kind}s/{part(name)}/hooks"
        self._secret = config.signing_secret
        self._web = Web(config, config.url, Token("PRIVATE-TOKEN", config.token))
        super().__init__(config.url + self._path, config.urls)

    def hooks(self) -> Iterator[Hook]:
        for each in self._web.pages(self._path, {"per_page": "100"}):
            yield _hook(each)

    def one(self, number: str) -> Hook | None:
        found = self._web.find(f"{self._path}/{part(number)}")
        return None if found is None else _hook(found)

    def create(self, wanted: Value, url: str) -> str:
        for key in (_HEADERS, _VARIABLES):
            if wanted.get(key):
                raise NotPutBackError(f"GitLab does not tell its {key.replace('_', ' ')}")
        # Whether it had a secret token GitLab does not tell either.
        body = self._body(wanted, {"events": []}, url) | {"token": self._given_secret()}
        return named(row(self._web.do("POST", self._path, body)), "id")

    def change(self, number: str, wanted: Value, now: Value, url: str) -> None:
        path = f"{self._path}/{part(number)}"
        extra: list[tuple[str, str]] = []
        for key in (_HEADERS, _VARIABLES):
            before, after = set(wanted.get(key, [])), set(now.get(key, []))
            if before - after:
                raise NotPutBackError(f"GitLab does not tell its {key.replace('_', ' ')}")
            extra += [(key, name) for name in sorted(after - before)]
        body = self._body(wanted, now, url)
        if any(wanted.get(key) != now.get(key) for key in ("url", "url-digest")):
            body["token"] = self._given_secret()
        self._web.do("PUT", path, body)
        for key, name in extra:
            self._web.remove(f"{path}/{key}/{part(name)}")

    def delete(self, number: str) -> None:
        self._web.remove(f"{self._path}/{part(number)}")

    def _given_secret(self) -> str:
        if not self._secret:
            raise NotPutBackError(
                "GitLab drops its secret token with its address, and does not tell it:"
                " `signing-secret`"
            )
        return self._secret

    @staticmethod
    def _body(wanted: Value, now: Value, url: str) -> dict[str, Any]:
        # An event that is not named stays as it is, and pushes are on by default.
        events = {*wanted["events"], *now["events"], "push"}
        return {
            "url": url,
            **{f"{event}{_EVENTS}": event in wanted["events"] for event in sorted(events)},
            **{key: wanted[key] for key in _SETTINGS if key in wanted},
        }


def _hook(data: Row) -> Hook:
    value: dict[str, Any] = {
        "events": sorted(
            key.removesuffix(_EVENTS)
            for key, on in data.items()
            if key.endswith(_EVENTS) and on is True
        ),
        **{key: data[key] for key in _SETTINGS if data.get(key) is not None},
    }
    for key in (_HEADERS, _VARIABLES):
        if data.get(key):
            value[key] = sorted(named(row(each), "key") for each in data[key])
    return Hook(named(data, "id"), str(data.get("url", "")), value)

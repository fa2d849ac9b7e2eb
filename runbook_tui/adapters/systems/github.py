"""Webhooks of a repository or an organisation at GitHub.

https://docs.github.com/en/rest/repos/webhooks, https://docs.github.com/en/rest/orgs/webhooks
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_tui.adapters.http.client import Token
from runbook_tui.adapters.systems.base import NotAskedError, NotPutBackError
from runbook_tui.adapters.systems.hooks import Hook, Hooks, one_of
from runbook_tui.adapters.systems.web import Row, Web, named, part, row, texts
from runbook_tui.domain.systems.seen import Value
from runbook_tui.domain.systems.webhooks import GithubWebhooks

VERSION = "2022-11-28"
_CONFIG = {"content-type": "content_type", "insecure-ssl": "insecure_ssl"}


class GithubHooks(Hooks):
    """The webhooks at one place of GitHub."""

    def __init__(self, config: GithubWebhooks) -> None:
        kind, name = one_of(
            ("repository", config.repository), ("organisation", config.organisation)
        )
        if kind == "repository" and len(name.split("/")) != 2:
            raise NotAskedError("the repository wants to be owner/name")
        top = "repos" if kind == "repository" else "orgs"
        self._path = f"/{top}/{'/'.join(map(part, name.split('/')))}/hooks"
        self._secret = config.signing_secret
        headers = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": VERSION}
        token = Token("Authorization", config.token, "Bearer")
        self._web = Web(config, config.url, token, headers)
        super().__init__(config.url + self._path, config.urls)

    def hooks(self) -> Iterator[Hook]:
        for each in self._web.pages(self._path, {"per_page": "100"}):
            yield _hook(each)

    def one(self, number: str) -> Hook | None:
        found = self._web.find(f"{self._path}/{part(number)}")
        return None if found is None else _hook(found)

    def create(self, wanted: Value, url: str) -> str:
        config = {theirs: wanted[ours] for ours, theirs in _CONFIG.items()} | {"url": url}
        if wanted["secret"]:
            config["secret"] = self._given_secret()
        body = {"name": "web", "active": wanted["active"], "events": wanted["events"]}
        return named(row(self._web.do("POST", self._path, {**body, "config": config})), "id")

    def change(self, number: str, wanted: Value, now: Value, url: str) -> None:
        path = f"{self._path}/{part(number)}"
        config = {theirs: wanted[ours] for ours, theirs in _CONFIG.items()} | {"url": url}
        if wanted["secret"] and not now["secret"]:
            config["secret"] = self._given_secret()
        body = {"active": wanted["active"], "events": wanted["events"]}
        if now["secret"] and not wanted["secret"]:
            # A config without a secret takes the secret away, which here is the point.
            self._web.do("PATCH", path, {**body, "config": config})
            return
        # The config has a way of its own, which leaves the secret as it is.
        if "secret" in config or any(
            wanted.get(key) != now.get(key) for key in ("url", "url-digest", *_CONFIG)
        ):
            self._web.do("PATCH", f"{path}/config", config)
        if any(wanted[key] != now[key] for key in body):
            self._web.do("PATCH", path, body)

    def delete(self, number: str) -> None:
        self._web.remove(f"{self._path}/{part(number)}")

    def _given_secret(self) -> str:
        if not self._secret:
            raise NotPutBackError("it had a secret, which GitHub does not tell: `signing-secret`")
        return self._secret


def _hook(data: Row) -> Hook:
    config = row(data.get("config"))
    value = {
        "active": data.get("active") is True,
        "events": texts(data.get("events")),
        "content-type": str(config.get("content_type", "form")),
        "insecure-ssl": str(config.get("insecure_ssl", "0")),
        "secret": bool(config.get("secret")),
    }
    return Hook(named(data, "id"), str(config.get("url", "")), value)

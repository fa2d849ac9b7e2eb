"""Servers on loopback that speak as GitHub, GitLab and Stripe do about webhooks, as far as their
documentation says:

https://docs.github.com/en/rest/repos/webhooks
https://docs.gitlab.com/api/project_webhooks/
https://docs.stripe.com/api/webhook_endpoints
"""

from __future__ import annotations

import json
import re
from abc import abstractmethod
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

from tests.adapters.channels.servers import Connection, Request

Answer = tuple[int, object, dict[str, str]]


class Site:
    """Routes requests; knows the hooks by number."""

    token = "token-of-the-tests-0123456789"
    most = 2
    """Hooks on a page, whatever is asked for."""
    hooks: dict[str, dict[str, Any]]
    number: int
    asked: list[str]

    def __call__(self, connection: Connection) -> None:
        self.asked.append(f"{connection.request.method} {connection.request.path}")
        status, document, headers = self.route(connection.request)
        body = b"" if document is None else json.dumps(document).encode()
        connection.answer(status, body, {"Content-Type": "application/json", **headers})

    @abstractmethod
    def route(self, request: Request) -> Answer:
        """What a request gets."""

    def new(self, hook: dict[str, Any]) -> dict[str, Any]:
        self.number += 1
        self.hooks[str(self.number)] = {"id": self.number, **hook}
        return self.hooks[str(self.number)]

    def page(self, query: dict[str, list[str]], url: str) -> Answer:
        number = int(query.get("page", ["1"])[0])
        found = list(self.hooks.values())[(number - 1) * self.most : number * self.most]
        there_is_more = number * self.most < len(self.hooks)
        following = f'<https://elsewhere.example{url}?page={number + 1}&per_page=2>; rel="next"'
        last = '<https://elsewhere.example/x?page=9>; rel="last"'
        headers = {"Link": f"{following}, {last}"} if there_is_more else {}
        return 200, list(map(self.told, found)), headers

    @abstractmethod
    def told(self, hook: dict[str, Any]) -> dict[str, Any]:
        """A webhook as this server tells it."""


@dataclass
class Github(Site):
    place: str = "/repos/acme/shop/hooks"
    hooks: dict[str, dict[str, Any]] = field(default_factory=dict)
    number: int = 100
    asked: list[str] = field(default_factory=list)

    def route(self, request: Request) -> Answer:
        assert request.headers["user-agent"].startswith("runbook-tui/")
        assert request.headers["accept"] == "application/vnd.github+json"
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return 401, {"message": "Bad credentials"}, {}
        parts = urlsplit(request.path)
        found = re.fullmatch(re.escape(self.place) + r"(?:/(\d+)(/config)?)?", parts.path)
        hook = self.hooks.get(found[1] or "") if found else None
        if found is None or (found[1] and hook is None):
            return 404, {"message": "Not Found"}, {}
        if hook is None:
            if request.method == "GET":
                return self.page(parse_qs(parts.query), parts.path)
            given = request.json
            if any(each["config"]["url"] == given["config"]["url"] for each in self.hooks.values()):
                return 422, {"message": "Validation Failed", "errors": ["Hook already exists"]}, {}
            made = {key: given[key] for key in ("name", "active", "events", "config")}
            return 201, self.told(self.new(made)), {}
        if request.method == "DELETE":
            del self.hooks[found[1]]
            return 204, None, {}
        if request.method == "PATCH":
            if found[2]:
                hook["config"].update(request.json)
            else:  # a config is taken whole: without its secret the secret is gone
                hook.update(request.json)
        return 200, self.told(hook), {}

    def told(self, hook: dict[str, Any]) -> dict[str, Any]:
        masked = {"secret": "********"} if hook["config"].get("secret") else {}
        more = {"updated_at": f"after {len(self.asked)} requests", "last_response": {"code": 200}}
        return {**hook, "config": {**hook["config"], **masked}, **more}


@dataclass
class Gitlab(Site):
    place: str = "/api/v4/projects/acme%2Fshop/hooks"
    hooks: dict[str, dict[str, Any]] = field(default_factory=dict)
    number: int = 7
    asked: list[str] = field(default_factory=list)

    def route(self, request: Request) -> Answer:
        if request.headers.get("private-token") != self.token:
            return 401, {"message": "401 Unauthorized"}, {}
        parts = urlsplit(request.path)
        found = re.fullmatch(
            re.escape(self.place) + r"(?:/(\d+)(?:/(custom_headers|url_variables)/([^/]+))?)?",
            parts.path,
        )
        hook = self.hooks.get(found[1] or "") if found else None
        if found is None or (found[1] and hook is None):
            return 404, {"message": "404 Not found"}, {}
        if hook is None:
            if request.method == "GET":
                query = parse_qs(parts.query)
                status, document, headers = self.page(query, parts.path)
                following = str(int(query.get("page", ["1"])[0]) + 1) if headers else ""
                return status, document, {"X-Next-Page": following}
            return 201, self.told(self.new({"push_events": True, **request.json})), {}
        if request.method == "DELETE":
            if found[2]:
                hook[found[2]] = [each for each in hook[found[2]] if each["key"] != found[3]]
            else:
                del self.hooks[found[1]]
            return 204, None, {}
        if request.method == "PUT":
            if "url" not in request.json:
                return 400, {"error": "url is missing"}, {}
            if request.json["url"] != hook["url"]:
                hook.update(token="", custom_headers=[], url_variables=[])
            hook.update(request.json)
        return 200, self.told(hook), {}

    def told(self, hook: dict[str, Any]) -> dict[str, Any]:
        told = {
            "project_id": 3,
            "created_at": "2026-01-01T00:00:00Z",
            "alert_status": "executable",
            "disabled_until": None,
            "issues_events": False,
            "enable_ssl_verification": True,
            "custom_headers": [],
            "url_variables": [],
            **hook,
        }
        told.pop("token", None)
        told["custom_headers"] = [{"key": each["key"]} for each in told["custom_headers"]]
        return told


@dataclass
class Stripe(Site):
    hooks: dict[str, dict[str, Any]] = field(default_factory=dict)
    number: int = 0
    asked: list[str] = field(default_factory=list)
    account: str = ""

    def route(self, request: Request) -> Answer:
        self.account = request.headers.get("stripe-account", "")
        if request.headers.get("authorization") != f"Bearer {self.token}":
            message = f"Invalid API Key provided: {request.headers.get('authorization', '')}"
            return 401, {"error": {"message": message, "type": "invalid_request_error"}}, {}
        parts = urlsplit(request.path)
        found = re.fullmatch(r"/v1/webhook_endpoints(?:/(we_\d+))?", parts.path)
        hook = self.hooks.get(found[1] or "") if found else None
        if found is None or (found[1] and hook is None):
            return 404, {"error": {"message": "No such webhook endpoint"}}, {}
        if hook is None:
            query = dict(parse_qsl(parts.query))
            names = list(self.hooks)
            start = names.index(query["starting_after"]) + 1 if "starting_after" in query else 0
            data = [self.hooks[name] for name in names[start : start + self.most]]
            more = start + self.most < len(names)
            return 200, {"object": "list", "data": data, "has_more": more}, {}
        if request.method == "DELETE":
            del self.hooks[found[1]]
            return 200, {"id": found[1], "deleted": True}, {}
        if request.method == "POST":
            assert request.headers["content-type"] == "application/x-www-form-urlencoded"
            for key, value in parse_qs(request.body.decode(), keep_blank_values=True).items():
                if inside := re.fullmatch(r"metadata\[(.+)\]", key):
                    hook["metadata"].pop(inside[1], None)
                    hook["metadata"].update({inside[1]: value[0]} if value[0] else {})
                elif key == "enabled_events[]":
                    hook["enabled_events"] = value
                elif key == "disabled":
                    hook["status"] = "disabled" if value[0] == "true" else "enabled"
                else:
                    hook[key] = value[0] or None
        return 200, hook, {}

    def new(self, hook: dict[str, Any]) -> dict[str, Any]:
        self.number += 1
        name = f"we_{self.number}"
        self.hooks[name] = {
            "id": name,
            "status": "enabled",
            "description": None,
            "metadata": {},
            "api_version": None,
            "application": None,
            **hook,
        }
        return self.hooks[name]

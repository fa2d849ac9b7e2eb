"""A server on loopback that speaks as LaunchDarkly does about flags, as far as its documentation
says: https://launchdarkly.com/docs/api/feature-flags, https://launchdarkly.com/docs/api#updates
"""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.adapters.channels.servers import Connection, Request

Answer = tuple[int, object]


class RefusedError(Exception):
    """A patch that cannot be applied."""


@dataclass
class LaunchDarkly:
    """One project `shop`, with the environments `production` and `test`."""

    token: str = "api-0123456789-of-the-tests"
    most: int = 50
    flags: dict[str, dict[str, Any]] = field(default_factory=dict)
    ids: int = 0
    patches: list[Any] = field(default_factory=list)
    between: Any = None
    """Done once before the next patch: somebody who is quicker."""

    def __call__(self, connection: Connection) -> None:
        status, document = self.route(connection.request)
        body = b"" if document is None else json.dumps(document).encode()
        connection.answer(status, body, {"Content-Type": "application/json"})

    def new(self, key: str, **settings: Any) -> dict[str, Any]:
        targeting = {
            "on": False,
            "targets": [],
            "contextTargets": [],
            "rules": [],
            "fallthrough": {"variation": 0},
            "offVariation": 1,
            "prerequisites": [],
            "trackEvents": False,
        }
        self.flags[key] = {
            "key": key,
            "kind": "boolean",
            "name": key.title(),
            "description": "",
            "_version": 1,
            "creationDate": 1700000000000,
            "archived": False,
            "deprecated": False,
            "temporary": True,
            "tags": ["shop", "beta"],
            "variations": [
                {"_id": self._id(), "value": True, "name": "yes"},
                {"_id": self._id(), "value": False},
            ],
            "defaults": {"onVariation": 0, "offVariation": 1},
            "clientSideAvailability": {"usingMobileKey": True, "usingEnvironmentId": False},
            "customProperties": {},
            "environments": {
                name: {**copy.deepcopy(targeting), "version": 3, "lastModified": 1700000000000}
                for name in ("production", "test")
            },
            **settings,
        }
        return self.flags[key]

    def route(self, request: Request) -> Answer:
        if request.headers.get("authorization") != self.token:
            return 401, {"code": "unauthorized", "message": "Invalid access token"}
        assert request.headers["ld-api-version"] == "20240415"
        parts = urlsplit(request.path)
        query = dict(parse_qsl(parts.query))
        match parts.path.strip("/").split("/"):
            case ["api", "v2", "projects", "shop", "environments", "production" | "test"]:
                return 200, {"key": "production", "apiKey": "sdk-not-for-the-log"}
            case ["api", "v2", "flags", "shop"]:
                return self._list(query)
            case ["api", "v2", "flags", "shop", key] if key in self.flags:
                return self._one(request, key, query)
        return 404, {"code": "not_found", "message": "Unknown resource"}

    def _list(self, query: dict[str, str]) -> Answer:
        state = query.get("filter", "state:live").removeprefix("state:")
        found = [each for _, each in sorted(self.flags.items()) if self._state(each) == state]
        start, most = int(query.get("offset", "0")), min(self.most, int(query.get("limit", "20")))
        items = [self._told(each, query) for each in found[start : start + most]]
        links = {"self": {"href": "/api/v2/flags/shop"}}
        if start + most < len(found):
            links["next"] = {"href": f"/api/v2/flags/shop?offset={start + most}"}
        if query.get("summary") != "0":
            for each in items:
                for environment in each["environments"].values():
                    environment.pop("rules")
        return 200, {"items": items, "totalCount": len(found), "_links": links}

    def _one(self, request: Request, key: str, query: dict[str, str]) -> Answer:
        if request.method == "DELETE":
            del self.flags[key]
            return 204, None
        if request.method == "PATCH":
            if self.between:
                self.between()
                self.between = None
            self.patches.append(request.json)
            flag = copy.deepcopy(self.flags[key])
            try:
                for operation in request.json:
                    self._apply(flag, operation)
            except RefusedError as error:
                return 409, {"code": "optimistic_locking_error", "message": str(error)}
            self.flags[key] = self._with_ids(flag) | {"_version": flag["_version"] + 1}
        return 200, self._told(self.flags[key], query)

    def _apply(self, document: Any, operation: dict[str, Any]) -> None:
        *way, last = operation["path"].strip("/").split("/")
        for name in way:
            document = document[int(name) if isinstance(document, list) else name]
        place: Any = int(last) if isinstance(document, list) else last
        match operation["op"]:
            case "test":
                if document[place] != operation["value"]:
                    raise RefusedError(f"test of {operation['path']} failed")
            case "remove":
                del document[place]
            case "add" if isinstance(document, list):
                document.insert(place, operation["value"])
            case "add" | "replace":
                document[place] = operation["value"]

    def _with_ids(self, value: Any, name: str = "") -> Any:
        if isinstance(value, list):
            made = [self._with_ids(each) for each in value]
            if name in ("rules", "clauses", "variations"):
                made = [{"_id": self._id(), **each} for each in made]
            return made
        if isinstance(value, dict):
            return {key: self._with_ids(each, key) for key, each in value.items()}
        return value

    def _id(self) -> str:
        self.ids += 1
        return f"id-{self.ids}"

    @staticmethod
    def _state(flag: dict[str, Any]) -> str:
        return "archived" if flag["archived"] else "deprecated" if flag["deprecated"] else "live"

    @staticmethod
    def _told(flag: dict[str, Any], query: dict[str, str]) -> dict[str, Any]:
        told = copy.deepcopy(flag)
        if "env" in query:
            told["environments"] = {query["env"]: told["environments"][query["env"]]}
        return told

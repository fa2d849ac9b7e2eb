"""What tests of channels share: servers that stop by themselves, channels, messages, no proxies."""

from __future__ import annotations

import os
import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from runbook_tui.adapters.channels.carrier import Channels
from runbook_tui.adapters.channels.config import ChannelConfig
from runbook_tui.adapters.channels.secret import Secret
from runbook_tui.domain.messages.channels import Channel, Outgoing

from .servers import Behaviour, Server

RUN = "20261124-190000-full-upgrade-4f2a"
TOKEN = "sp-token-1122334455"
Serve = Callable[..., Server]


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in tuple(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("NO_PROXY", "*")


@pytest.fixture
def serve() -> Iterator[Serve]:
    servers: list[Server] = []

    def start(behaviour: Behaviour, tls: ssl.SSLContext | None = None) -> Server:
        servers.append(Server(behaviour, tls))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


def channel(kind: str, *, name: str = "", timeout: float = 10.0, **settings: str) -> ChannelConfig:
    return ChannelConfig(
        Channel(name=name or kind, kind=kind, audience="customers"),
        timeout,
        {key.replace("_", "-"): Secret(value) for key, value in settings.items()},
    )


def carrier(kind: str, **settings: Any) -> Channels:
    return Channels([channel(kind, name="it", **settings)])


def page(server: Server, **settings: Any) -> Channels:
    """A channel to a server that speaks as Statuspage does, or does not."""
    given = {"page": "abcd1234", "token": TOKEN, **settings}
    return carrier("statuspage", url=f"{server.url}/v1", **given)


def outgoing(number: int = 1, **changes: Any) -> Outgoing:
    given = {
        "entry": f"{RUN}/{number}",
        "run": RUN,
        "kind": "start",
        "audience": "customers",
        "title": "Order service: maintenance in progress",
        "text": "Orders are paused.\n\nNext update at 20:30 UTC.",
        "attempt": 1,
        "at": datetime(2026, 11, 24, 19, 0, tzinfo=UTC),
    }
    return Outgoing(**(given | changes))

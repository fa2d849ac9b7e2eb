"""The process that looks at systems and puts them back, run for real."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pytest

from runbook_tui.domain.systems import asking
from runbook_tui.domain.systems.base import SystemBase
from runbook_tui.domain.systems.seen import Seen
from tests.adapters.channels.servers import Behaviour, Server


@dataclass(frozen=True)
class Said:
    """How the process ended, and what it said."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Child:
    """Starts the process as a run does: config by the environment, a folder for what is kept."""

    kept: Path
    cwd: Path
    env: dict[str, str] = field(default_factory=dict)
    """On top of the tests' own environment."""
    through: tuple[str, ...] = ()
    """A program that starts it, with its arguments."""

    def look(self, config: SystemBase) -> Seen:
        """What it sees. Fails where it cannot look."""
        said = self.ask(config)
        assert said.code == 0, said.err + said.out
        return msgspec.json.decode(said.out, type=Seen)

    def ask(self, config: SystemBase) -> Said:
        """Looks, whatever comes of it."""
        command = asking.look(config, sys.executable, str(self.kept))
        return self._run(command.argv, command.env)

    def refused(self, config: SystemBase) -> str:
        """Why it cannot be looked at, in the words for people."""
        said = self.ask(config)
        assert said.code == asking.NOT_ASKED, (said.code, said.out, said.err)
        assert said.out == ""
        assert "Traceback" not in said.err
        return said.err.strip()

    def restore(self, config: SystemBase, before: Seen, ours: Seen) -> Said:
        """Puts back what differs from `before`, where it stands as in `ours`."""
        command = asking.restore(config, sys.executable, str(self.kept), before.digest, ours.digest)
        said = self._run(command.argv, command.env)
        assert "Traceback" not in said.err
        return said

    def _run(self, argv: tuple[str, ...] | None, env: Mapping[str, str]) -> Said:
        assert argv is not None
        done = subprocess.run(
            [*self.through, *argv],
            env={**os.environ, **self.env, **env},
            cwd=self.cwd,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=60,
        )
        return Said(done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.fixture
def child(tmp_path: Path) -> Child:
    """The process, beside a folder `work` that it runs in."""
    work = tmp_path / "work"
    work.mkdir()
    return Child(tmp_path / "kept", work)


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in tuple(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("NO_PROXY", "*")


@pytest.fixture
def serve() -> Iterator[Callable[[Behaviour], Server]]:
    """Servers on loopback that do to a request what a test wants."""
    servers: list[Server] = []

    def start(behaviour: Behaviour) -> Server:
        servers.append(Server(behaviour))
        return servers[-1]

    yield start
    for server in servers:
        server.close()

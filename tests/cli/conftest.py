"""The program as people start it: a process, with a home of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from runbook_tui.formats.load import load

RUNBOOK = """\
format: 1
id: small
title: A small change
version: 1.0.0
owner: ops
parameters:
  target: {description: where, default: here}
phases:
  - id: one
    title: First
    steps:
      - id: look
        kind: checklist
        title: Look around
        instruction: Look at {{target}}.
        items: [one thing, another thing]
        estimate: 1m
      - id: change
        kind: command
        title: Change it
        mutates: true
        estimate: 1m
        run: {argv: [sh, -c, "echo changed $1 >> changed", x, "{{target}}"]}
        verify: {argv: [cat, changed], expect: {contains: changed}}
        compensation: {text: change it back}
      - id: count
        kind: checklist
        title: Count the replicas
        estimate: 1m
        observe: {label: replicas, type: integer, min: 1}
      - id: way
        kind: decision
        title: Which way
        question: Keep it?
        estimate: 1m
        options:
          - {id: keep, title: Keep it, consequence: it stays}
          - {id: undo, title: Undo it}
"""


@dataclass
class Program:
    """`runbook-tui` with a home, a repository and git's idea of who it is."""

    home: Path
    environment: dict[str, str] = field(default_factory=dict)

    def env(self, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if k in ("PATH", "PYTHONPATH", "TMPDIR")}
        return {
            **kept,
            "HOME": str(self.home),
            "XDG_STATE_HOME": str(self.home / "state"),
            "XDG_CONFIG_HOME": str(self.home / "config"),
            "GIT_AUTHOR_NAME": "alice",
            "GIT_AUTHOR_EMAIL": "alice@example.org",
            "GIT_CONFIG_NOSYSTEM": "1",
            "PYTHONWARNINGS": "error",
            **self.environment,
            **(extra or {}),
        }

    def __call__(
        self,
        *arguments: object,
        say: str | None = None,
        code: int = 0,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Runs it to its end with `say` as its input; the exit code must be `code`."""
        done = subprocess.run(
            self.argv(*arguments),
            input=say or "",
            capture_output=True,
            text=True,
            env=self.env(env),
            cwd=cwd or self.home,
            timeout=60,
        )
        assert done.returncode == code, f"{done.returncode}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr
        return done

    def argv(self, *arguments: object) -> list[str]:
        return [sys.executable, "-m", "runbook_tui", *map(str, arguments)]

    def json(self, *arguments: object, code: int = 0) -> Any:
        """What a command says with --json, which is all it says on stdout."""
        return json.loads(self(*arguments, "--json", code=code).stdout)

    def status(self, run: str = "@last") -> Any:
        return self.json("status", run)

    def trust(self, path: Path) -> None:
        """Trusts the runbook as it is now."""
        digest = load(path, lint=False).digest
        store = self.home / "state" / "runbook-tui" / "trusted"
        store.parent.mkdir(parents=True, exist_ok=True)
        with store.open("a") as file:
            file.write(f"{digest} 2026-01-01T00:00:00Z test\n")

    def start(self, path: Path, *arguments: object, say: str = "") -> str:
        """Starts a run of a trusted runbook in line mode; its id."""
        self.trust(path)
        self("run", path, "--plain", *arguments, say=say)
        run: str = self.status()["run"]
        return run

    @property
    def repository(self) -> Path:
        return self.home / "state" / "runbook-tui" / "log.git"

    def git(self, *arguments: str) -> str:
        """Plain git in the log repository."""
        done = subprocess.run(
            ["git", "-C", str(self.repository), *arguments],
            capture_output=True,
            text=True,
            check=True,
            env=self.env(),
        )
        return done.stdout


@pytest.fixture
def program(tmp_path: Path) -> Program:
    home = tmp_path / "home"
    home.mkdir()
    return Program(home)


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """A small runbook."""
    path = tmp_path / "book" / "runbook.yaml"
    path.parent.mkdir()
    path.write_text(RUNBOOK)
    return path

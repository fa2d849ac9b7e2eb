"""A home with a trusted runbook in it, and everything a test asks of the program there."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from runbook_tui.formats.load import load
from tests.e2e.person import Person
from tests.e2e.terminal import PROGRAM, Terminal

RUNBOOK = """\
format: 1
id: site
title: Work on the site
version: 1.0.0
owner: ops
phases:
  - id: one
    title: The work
    steps:
      - id: look
        kind: checklist
        title: Look around
        items: [the disk, the load]
        estimate: 1m
      - id: change
        kind: command
        title: Change it
        mutates: true
        estimate: 1m
        run: {shell: 'echo changed >> changed; echo it is changed'}
        verify: {argv: [cat, changed], expect: {equals: changed}}
        compensation: {text: Change it back.}
      - id: count
        kind: checklist
        title: Count the replicas
        observe: {label: replicas, type: integer, min: 1}
        estimate: 1m
      - id: way
        kind: decision
        title: Which way
        question: Keep it?
        estimate: 1m
        options:
          - {id: keep, title: Keep it, consequence: it stays}
          - {id: undo, title: Undo it, consequence: it goes}
"""
HANGING = RUNBOOK.replace("echo it is changed", "echo it hangs $((40 + 2)); sleep 600").replace(
    "        items: [the disk, the load]\n", ""
)
"""Its command changes something at once and then does not come back."""


@dataclass
class Site:
    """Where a run is driven: the program, its log and its runbook."""

    home: Path
    env: dict[str, str] = field(default_factory=dict)
    book: Path = Path()

    def __post_init__(self) -> None:
        self.env = {
            "HOME": str(self.home),
            "XDG_STATE_HOME": str(self.home / "state"),
            "XDG_CONFIG_HOME": str(self.home / "config"),
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "PYTHONWARNINGS": "default",
        }
        self.book = self.home / "site" / "runbook.yaml"
        self.book.parent.mkdir(parents=True)

    @property
    def state(self) -> Path:
        """The program's state folder."""
        return self.home / "state" / "runbook-tui"

    @property
    def log(self) -> Path:
        """The log repository."""
        return self.state / "log.git"

    @property
    def changed(self) -> Path:
        """What the runbook's command leaves behind."""
        return self.book.parent / "changed"

    def write(self, text: str) -> None:
        """Puts a runbook there, and trusts it."""
        self.book.write_text(text)
        digest = load(self.book, lint=False).digest
        self.ask("trust", str(self.book), "--digest", digest)

    def open(
        self,
        *arguments: str,
        columns: int = 120,
        rows: int = 36,
        env: Mapping[str, str] | None = None,
    ) -> Terminal:
        """The program in a terminal; without arguments it starts a run."""
        what = arguments or ("run", str(self.book), "--as", "alice")
        return Terminal(
            [*PROGRAM, *what],
            columns=columns,
            rows=rows,
            env={**self.env, **(env or {})},
            cwd=self.home,
        )

    def ask(self, *arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        """The program as a command, to its end; it must give `code`."""
        done = subprocess.run(
            [*PROGRAM, *arguments],
            env={**os.environ, **self.env},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == code, f"{done.returncode}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr
        return done

    def steps(self) -> dict[str, Any]:
        """The steps of the newest run, by id, as `status --json` tells them."""
        return {step["id"]: step for step in self.status()["steps"]}

    def status(self) -> dict[str, Any]:
        """Where the newest run stands."""
        found: dict[str, Any] = json.loads(self.ask("status", "@last", "--json").stdout)
        return found

    def events(self) -> list[dict[str, Any]]:
        """What the newest run's log holds, oldest first."""
        lines = self.ask("log", "@last", "--json").stdout.splitlines()
        return [json.loads(line)["event"] for line in lines]

    def kinds(self) -> list[str]:
        """The kinds of these events, each with its step."""
        return [f"{e['type']} {e.get('step', '')}".rstrip() for e in self.events()]

    def git(self, *arguments: str) -> bytes:
        """Plain git in the log repository."""
        return subprocess.check_output(
            ["git", "-C", self.log, *arguments], env={**os.environ, **self.env}
        )

    def living(self) -> list[int]:
        """Processes that commands of runbooks here started and that still live."""
        return living(self.home)

    def end(self) -> None:
        """Ends whatever commands are left."""
        for pid in self.living():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def living(home: Path) -> list[int]:
    """Processes that the commands of a program with this home started and that still live."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            environment = (folder / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if f"HOME={home}".encode() in environment and any(
            each.startswith(b"RUNBOOK_TUI_ATTEMPT=") for each in environment
        ):
            found.append(int(folder.name))
    return found


def open_run(terminal: Terminal, seconds: float = 60.0) -> None:
    """Waits until the run is on the screen, with what can be done."""
    terminal.wait(
        lambda: "all acts" in terminal.text or "close the run: enter" in terminal.text,
        "the open run",
        seconds,
    )


def until(person: Person, text: str, seconds: float = 60.0) -> None:
    """The person goes on until `text` is on the screen."""
    terminal = person.terminal
    end = time.monotonic() + seconds
    # It may appear between two looks: the person must not press on then.
    person.stop_at = text
    try:
        while text not in person.look():
            assert not terminal.ended(), f"it ended before {text!r}; the screen:\n{terminal.text}"
            assert time.monotonic() < end, f"no {text!r}; the screen:\n{terminal.text}"
            assert person.act(), f"it is over before {text!r}; the screen:\n{terminal.text}"
    finally:
        person.stop_at = ""

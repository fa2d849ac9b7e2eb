"""A run in a real repository, with real processes, for tests of what its commands do."""

from __future__ import annotations

import asyncio
import os
import subprocess
import textwrap
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from runbook_tui.adapters.clock import SystemClock
from runbook_tui.adapters.gitlog import Repository
from runbook_tui.adapters.process import LocalProcesses
from runbook_tui.cli.pinning import load_pinned, pin_of, pinned_files
from runbook_tui.domain import commands as cmd
from runbook_tui.domain.events import Mode
from runbook_tui.domain.output import Stream
from runbook_tui.domain.plan import Plan
from runbook_tui.domain.record import Identity
from runbook_tui.domain.rules import Refusal
from runbook_tui.domain.state import Result
from runbook_tui.execution import Executor
from runbook_tui.formats.load import load
from runbook_tui.session import Session, Who

PATIENCE = 20.0
RUN = os.environ.setdefault("TEST_EXECUTION_RUN", f"a-run-{os.getpid()}")
"""One a test process and what it starts: commands are found by it on the whole machine."""
ALICE = Who("alice", Identity("alice", "alice@example.org"))
SECRET = "correct-horse-battery-staple"

HEAD = """\
format: 1
id: live
title: A live run
version: 1.0.0
owner: ops
parameters:
  word: {default: hello}
  token: {type: secret, required: false, default: ""}
  target: {default: localhost}
phases:
  - id: only
    title: Only
    steps:
"""


@dataclass
class Live:
    """A run in a real repository, with real processes."""

    session: Session
    executor: Executor
    folder: Path
    shown: list[tuple[Stream, str]] = field(default_factory=list)

    def show(self, stream: Stream, lines: Sequence[str]) -> None:
        self.shown.extend((stream, line) for line in lines)

    async def run(self, step: str = "it") -> Result | Refusal:
        return await self.executor.run_then_verify(step, self.show)

    @property
    def kinds(self) -> list[str]:
        return [type(r.entry.event).__name__ for r in self.session.entries]

    def evidence(self, result: Result) -> str:
        return self.session.log.file(result.evidence).decode()

    def git(self) -> str:
        """Everything that git keeps of the run, as one text."""
        repo = self.folder / "log.git"
        log = ["git", "-C", str(repo), "log", "-p", "--reverse", f"runs/{self.session.log.id}"]
        return subprocess.run(log, capture_output=True, text=True, check=True).stdout


def live(
    folder: Path,
    steps: str,
    *,
    mode: Mode = "live",
    grace: float = 5.0,
    given: dict[str, str] | None = None,
    surveys: dict[str, str] | None = None,
) -> Live:
    """Starts a run of a runbook with these steps."""
    source = folder / "book" / "runbook.yaml"
    source.parent.mkdir()
    head = HEAD
    if surveys:
        listed = "".join(f"  {name}: {survey}\n" for name, survey in surveys.items())
        head = head.replace("phases:\n", f"surveys:\n{listed}phases:\n")
    source.write_text(head + textwrap.indent(textwrap.dedent(steps), "      "))
    loaded = load(source, lint=False)
    values = {"word": "hello", "target": "localhost"} | (given or {})
    secrets = {"token": values.pop("token")} if "token" in values else {}
    pin = pin_of(loaded, source)
    session = Session(
        Repository.create(folder / "log.git").run(RUN),
        SystemClock(),
        ALICE,
        load_pinned,
        plan=Plan(loaded.runbook, loaded.digest),
        secrets=secrets,
    )
    start = cmd.StartRun(
        run=RUN,
        pin=pin,
        mode=mode,
        folder=str(source.parent),
        parameters=values,
        secrets=("token",),
    )
    assert not isinstance(session.submit(start, files=pinned_files(loaded, pin)), Refusal)
    return Live(session, Executor(session, LocalProcesses(grace)), folder)


def again(folder: Path) -> Live:
    """The run, opened by another program."""
    log = Repository.open(folder / "log.git").run(RUN)
    session = Session(log, SystemClock(), ALICE, load_pinned)
    return Live(session, Executor(session, LocalProcesses()), folder)


async def until(holds: object, what: str) -> None:
    assert callable(holds)
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, f"never came: {what}"
        await asyncio.sleep(0.02)


CHANGE = """
- id: it
  kind: command
  title: It
  mutates: true
  run: {shell: "echo changed; echo 'to be sure' >&2"}
  verify: {argv: [echo, "{{word}} world"], expect: {contains: "hello w"}}
"""
LEAKY = """
- id: it
  kind: command
  title: It
  run:
    env: {TOKEN: "{{token}}"}
    shell: |
      echo "plain $TOKEN"
      echo "quoted '$TOKEN'" >&2
      printf '%s' "$TOKEN" | base64
      env | grep -c "$TOKEN"
"""

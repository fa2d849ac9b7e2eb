"""A runbook that leaves things behind: a file, data under a snapshot, a receiver, something that
nobody declared; and how it is driven from scripts."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

from .conftest import Program

FLAGGED = """\
format: 1
id: flagged
title: A flagged change
version: 1.0.0
owner: ops
surveys:
  all: {system: files, paths: [world]}
snapshots:
  disk:
    text: Copy it back.
    restore: {argv: [cp, kept, data]}
    loses: orders placed since
    estimate: 2m
phases:
  - id: one
    title: First
    steps:
      - id: change
        kind: command
        title: Change it
        mutates: true
        estimate: 1m
        run: {shell: "echo after > world/a; echo new > data; echo on > hook; echo x > world/extra"}
        effects:
          - {kind: file, target: world/a, before: before, after: after, owner: ann,
             at: {system: files, paths: [world/a]}}
          - {kind: data, target: orders, snapshot: disk,
             probe: {argv: [grep, -x, new, data], expect: {exit: 0}}}
          - {kind: webhook, target: partner, reversibility: compensable,
             compensation: {text: unhook it, run: {argv: [rm, hook]}},
             probe: {argv: [test, -e, hook]}}
  - id: two
    title: Second
    steps:
      - id: hand
        kind: checklist
        title: By hand
        mutates: true
        estimate: 1m
        items: [do it]
        effects:
          - {kind: cache, target: cdn, before: cold, after: warm,
             probe: {argv: [cat, warm]}, compensation: {text: purge it again}}
"""


def flagged(tmp_path: Path) -> Path:
    """The runbook, with the world that it changes."""
    folder = tmp_path / "book"
    (folder / "world").mkdir(parents=True)
    (folder / "world" / "a").write_text("before\n")
    for name in ("data", "kept"):
        (folder / name).write_text("old\n")
    path = folder / "runbook.yaml"
    path.write_text(FLAGGED)
    return path


def changed(program: Program, book: Path) -> str:
    """A run whose first step has acted and is done."""
    run = program.start(book)
    program("decide", run, "change", "run")
    program("decide", run, "change", "done")
    return run


def ledger(program: Program, run: str) -> dict[int, Any]:
    """The ledger by number."""
    return {each["number"]: each for each in program.json("effects", run)["effects"]}


def walk(program: Program, run: str) -> list[str]:
    """Does what comes next as long as something does; the steps in their order. What turns out to
    be gone already is refused, and then done."""
    walked: list[str] = []
    for _ in range(60):
        here = program.status(run)["current"]
        if here is None:
            return walked
        item = ("--item", "1") if here["next"] == "tick" else ()
        argv = program.argv("decide", run, here["id"], here["next"], *item)
        done = subprocess.run(
            argv, env=program.env(), cwd=program.home, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0 or "it is not there" in done.stderr, done
        if here["id"] not in walked:
            walked.append(here["id"])
    raise AssertionError(f"it never ends: {walked}")

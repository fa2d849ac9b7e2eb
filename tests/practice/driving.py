"""Somebody at a lab: calls labctl, waits for conditions, drives the runbook's commands."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from runbook_tui.domain.answer import why_not
from runbook_tui.domain.parameters import resolve
from runbook_tui.domain.prepare import prepare
from runbook_tui.domain.runbook import CommandStep, Step, WaitStep
from runbook_tui.domain.runbook_model import Command, Verify
from runbook_tui.formats.load import load
from runbook_tui.practice.lab import Lab

LIMIT = 30.0


def until(holds: Callable[[], object], what: str, limit: float = LIMIT) -> None:
    """Waits for a condition; fails with `what` if it does not come."""
    deadline = time.monotonic() + limit
    while not holds():
        assert time.monotonic() < deadline, f"not within {limit:g} s: {what}"
        time.sleep(0.02)


@dataclass
class Operator:
    """Works on a lab."""

    lab: Lab
    seconds: dict[str, float] = field(default_factory=dict)
    """What each step's own command took."""

    def try_(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Calls labctl."""
        return subprocess.run(
            [self.lab.layout.labctl, *words],
            env={**os.environ, "PARTNER_TOKEN": self.lab.layout.token.read_text().strip()},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=LIMIT,
            check=False,
        )

    def ctl(self, *words: str) -> str:
        """Calls labctl, which must succeed; what it said."""
        done = self.try_(*words)
        assert done.returncode == 0, f"labctl {' '.join(words)}: {done.stderr}"
        return done.stdout.strip()

    def refused(self, *words: str, code: int = 1) -> str:
        """Calls labctl, which must refuse; why it did."""
        done = self.try_(*words)
        assert done.returncode == code, f"{done.returncode}: {done.stdout}{done.stderr}"
        assert "Traceback" not in done.stderr
        return done.stderr.strip()

    def failures(self, seconds: int) -> bool:
        """Whether the load saw requests fail lately."""
        return " failed" in self.try_("load", "blip", "--seconds", str(seconds)).stdout.replace(
            "no failed request", ""
        )

    def drive(self, given: dict[str, str], choices: dict[str, str]) -> list[str]:
        """Runs every step that applies, as the program would; the ids of those that ran."""
        loaded = load(self.lab.runbook)
        assert not loaded.problems
        values, refused = resolve(loaded.runbook, {**self.lab.parameters, **given})
        assert not refused
        done = []
        for phase in loaded.runbook.phases:
            for step in phase.steps:
                if step.when is not None:
                    value = (
                        values[step.when.parameter]
                        if step.when.parameter
                        else choices[step.when.decision or ""]
                    )
                    if not step.when.holds(value):
                        continue
                self._step(step, values)
                done.append(step.id)
        return done

    def compensate(self, step: Step) -> None:
        """Runs a step's compensation."""
        assert step.compensation is not None
        assert step.compensation.run is not None
        values, _ = resolve(load(self.lab.runbook).runbook, self.lab.parameters)
        self._command(step.compensation.run, values)

    def _step(self, step: Step, values: dict[str, str]) -> None:
        if isinstance(step, CommandStep):
            began = time.monotonic()
            self._command(step.run, values)
            self.seconds[step.id] = time.monotonic() - began
        if isinstance(step, WaitStep) and step.condition is not None:
            condition = step.condition
            until(lambda: self._answer(condition, values) is None, step.id)
        if step.verify is not None:
            wrong = self._answer(step.verify, values)
            assert wrong is None, f"{step.id}: {wrong}"
        for effect in step.effects:
            if effect.probe is not None:
                wrong = self._answer(effect.probe, values)
                assert wrong is None, f"{step.id}, {effect.target}: {wrong}"

    def _command(self, command: Command, values: dict[str, str]) -> str:
        done = self._run(command, values)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout

    def _answer(self, command: Verify | Command, values: dict[str, str]) -> str | None:
        done = self._run(command, values)
        return why_not(command.expect, done.returncode, done.stdout)

    def _run(self, command: Command, values: dict[str, str]) -> subprocess.CompletedProcess[str]:
        secrets = {"partner_token": values["partner_token"]}
        plain = {k: v for k, v in values.items() if k not in secrets}
        ready = prepare(command, plain, frozenset(secrets), secrets)
        return subprocess.run(
            ready.argv,
            env={**os.environ, **ready.env},
            cwd=self.lab.runbook.parent / ready.cwd,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=ready.timeout,
            check=False,
        )

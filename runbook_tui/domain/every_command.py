"""Every command in a runbook, with its place: what a person must see before trusting it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from runbook_tui.domain.checks.custom import CommandCheck
from runbook_tui.domain.checks.every import CheckConfig
from runbook_tui.domain.checks.upgrade_path import UpgradePathCheck
from runbook_tui.domain.parameters import parameter_names, substituted
from runbook_tui.domain.runbook import CommandStep, Runbook, Step, WaitStep
from runbook_tui.domain.runbook_effects import Compensation, Effect, Snapshot
from runbook_tui.domain.runbook_model import Command
from runbook_tui.domain.systems.base import SystemBase
from runbook_tui.domain.systems.telling import system_text


@dataclass(frozen=True)
class Listed:
    """A command as the runbook has it, parameters not put in yet."""

    step: str
    purpose: str
    """``run``, ``verify``, ``poll`` (asked again and again), ``undo``, ``probe``, ``check``,
    ``restore`` or ``survey``."""
    command: Command
    looks: str = ""
    """What the program does by itself there, in words; then there is no command."""

    @property
    def text(self) -> str:
        """The whole command; shell text says so and may have lines."""
        if self.looks:
            return self.looks
        if self.command.shell is not None:
            return self.command.shell.strip("\n")
        return " ".join(_argument(part) for part in self.command.argv)


def _argument(part: str) -> str:
    """An argument as a shell would need it; a parameter in it is no reason for quotes."""
    plain = substituted(part, dict.fromkeys(parameter_names(part), "x"))
    return part if shlex.quote(plain) == plain else shlex.quote(part)


def every_command(runbook: Runbook) -> tuple[Listed, ...]:
    """All commands of a runbook, in order."""
    checks = [listed for name, check in runbook.checks.items() for listed in of_check(name, check)]
    steps = [listed for phase in runbook.phases for step in phase.steps for listed in of_step(step)]
    kept = [each for name, snap in runbook.snapshots.items() for each in of_snapshot(name, snap)]
    surveys = [each for name, one in runbook.surveys.items() for each in of_survey(name, one)]
    return (*checks, *steps, *kept, *surveys)


def of_survey(name: str, system: SystemBase) -> Iterator[Listed]:
    """The look at a system round each step that changes something."""
    yield _by_itself(name, "survey", f"looks at {system_text(system)}", system)
    if system.restores:
        yield _by_itself(name, "undo", f"puts back what was changed in {system.tag}", system)


def _by_itself(step: str, purpose: str, words: str, system: SystemBase) -> Listed:
    return Listed(step, purpose, Command(argv=(purpose, system.tag)), words)


def of_snapshot(name: str, snapshot: Snapshot) -> Iterator[Listed]:
    """The commands that restore a snapshot and tell whether it was restored."""
    if snapshot.restore is not None:
        yield Listed(name, "restore", snapshot.restore)
    if snapshot.verify is not None:
        yield Listed(name, "verify", snapshot.verify)


def of_check(name: str, check: CheckConfig) -> Iterator[Listed]:
    """The commands that a check runs."""
    if isinstance(check, CommandCheck):
        yield Listed(name, "check", check.run)
    if isinstance(check, UpgradePathCheck) and check.installed.command is not None:
        yield Listed(name, "check", check.installed.command)
    if isinstance(check, UpgradePathCheck) and check.installed.pip is not None:
        # Whatever program the runbook calls a Python is run.
        asked = (check.installed.python, "-c", "(asks for a version)", check.installed.pip)
        yield Listed(name, "check", Command(argv=asked))


def of_step(step: Step) -> Iterator[Listed]:
    """All commands that a step could ever run."""
    if isinstance(step, CommandStep):
        yield Listed(step.id, "run", step.run)
    if isinstance(step, WaitStep) and step.condition is not None:
        yield Listed(step.id, "poll", step.condition)
    if step.verify is not None:
        yield Listed(step.id, "verify", step.verify)
    yield from _undo(step, step.compensation)
    for effect in step.effects:
        if effect.probe is not None:
            yield Listed(step.id, "probe", effect.probe)
        yield from _seen(step, effect)
        yield from _undo(step, effect.compensation)


def _seen(step: Step, effect: Effect) -> Iterator[Listed]:
    at = effect.at
    if at is None:
        return
    yield _by_itself(step.id, "probe", f"looks at {system_text(at)}", at)
    if at.restores and effect.compensation is None and effect.reversibility != "irreversible":
        yield _by_itself(step.id, "undo", f"puts back what was changed in {at.tag}", at)


def _undo(step: Step, compensation: Compensation | None) -> Iterator[Listed]:
    if compensation is not None and compensation.run is not None:
        yield Listed(step.id, "undo", compensation.run)

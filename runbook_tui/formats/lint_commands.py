"""Lint of everything that is run: actions, verifications, polls, compensations and probes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from runbook_tui.domain.fleet_hosts import HostNameError, address
from runbook_tui.domain.runbook import CommandStep, Poll, Step, WaitStep
from runbook_tui.domain.runbook_effects import Compensation
from runbook_tui.domain.runbook_model import Command, Verify
from runbook_tui.formats.lint_report import Path, Report
from runbook_tui.formats.lint_time import check_length
from runbook_tui.formats.lint_values import check_pattern

_ENV_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def commands(path: Path, step: Step) -> Iterator[tuple[Path, Command]]:
    """Every command a step carries, with its place."""
    if isinstance(step, CommandStep):
        yield (*path, "run"), step.run
    if isinstance(step, WaitStep) and step.condition is not None:
        yield (*path, "condition"), step.condition
    if step.verify is not None:
        yield (*path, "verify"), step.verify
    yield from _of_compensation((*path, "compensation"), step.compensation)
    for index, effect in enumerate(step.effects):
        place = (*path, "effects", index)
        yield from _of_compensation((*place, "compensation"), effect.compensation)
        if effect.probe is not None:
            yield (*place, "probe"), effect.probe


def _of_compensation(
    path: Path, compensation: Compensation | None
) -> Iterator[tuple[Path, Command]]:
    if compensation is not None and compensation.run is not None:
        yield (*path, "run"), compensation.run


def check_commands(report: Report) -> None:
    """One of argv and shell, a usable environment and host, lengths, expectations."""
    for path, step in report.steps:
        for place, command in commands(path, step):
            check_command(report, place, command)
        for place, compensation in _compensations(path, step):
            check_length(report, (*place, "estimate"), compensation.estimate)


def _compensations(path: Path, step: Step) -> Iterator[tuple[Path, Compensation]]:
    if step.compensation is not None:
        yield (*path, "compensation"), step.compensation
    for index, effect in enumerate(step.effects):
        if effect.compensation is not None:
            yield (*path, "effects", index, "compensation"), effect.compensation


def check_command(report: Report, path: Path, command: Command) -> None:
    """One of argv and shell, a usable folder, host and environment, a length."""
    if bool(command.argv) == (command.shell is not None):
        found = "both" if command.argv else "neither"
        report.error(
            path,
            "command",
            f"`{path[-1]}` has one of argv and shell, here is {found}",
            "argv: [program, argument] runs a program; shell: text is for pipes and loops",
        )
    if command.argv and not command.argv[0].strip():
        report.error((*path, "argv", 0), "command", "the name of the program is empty")
    if command.shell is not None and not command.shell.strip():
        report.error((*path, "shell"), "command", "the shell text is empty")
    if command.cwd is not None and not command.cwd.strip():
        report.error((*path, "cwd"), "command", "the name of the folder is empty")
    _hosts(report, path, command)
    if command.host is not None and not _is_host(command.host):
        report.error(
            (*path, "host"),
            "command",
            f"`{command.host}` is no host to ssh to",
            "a name or user@name, without blanks, not beginning with -",
        )
    for name in command.env:
        if not _ENV_NAME.fullmatch(name):
            report.at_key(
                (*path, "env", name),
                "command",
                f"no environment variable can be called `{name}`",
                "letters, digits and _",
            )
    check_length(report, (*path, "timeout"), command.timeout, positive=True)
    if isinstance(command, Verify | Poll):
        check_pattern(report, (*path, "expect", "matches"), command.expect.matches)


def _hosts(report: Report, path: Path, command: Command) -> None:
    """Many hosts: not beside one, none that is none, and nothing that needs a single answer."""
    if command.hosts and command.host is not None:
        report.error((*path, "host"), "command", "here are both `host` and `hosts`", "keep one")
    if command.hosts and isinstance(command, Poll):
        report.error(
            (*path, "hosts"), "command", "a wait asks one machine, not many",
            "use a command step with `verify`, or a check",
        )  # fmt: skip
    if command.inventory is not None and not command.hosts:
        report.error(
            (*path, "inventory"), "command", "an inventory without `hosts`", "hosts: [all]"
        )
    if command.inventory is not None:
        return
    for index, entry in enumerate(command.hosts):
        if "{{" in entry:
            continue
        try:
            address(entry)
        except HostNameError as error:
            report.error((*path, "hosts", index), "command", str(error))
        if entry in command.hosts[:index]:
            report.error((*path, "hosts", index), "command", f"`{entry}` stands twice")


def _is_host(host: str) -> bool:
    return bool(host) and not host.startswith("-") and not any(c.isspace() for c in host)

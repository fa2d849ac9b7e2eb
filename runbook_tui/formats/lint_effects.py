"""Lint of side effects: what takes them back, what looks at them, snapshots, surveys, secrets."""

from __future__ import annotations

import re
from collections.abc import Iterator

from runbook_tui.domain.parameters import parameter_names
from runbook_tui.domain.runbook import Step
from runbook_tui.domain.runbook_effects import Compensation, Effect
from runbook_tui.domain.systems.base import SystemBase
from runbook_tui.formats.lint_commands import check_command
from runbook_tui.formats.lint_report import Path, Report
from runbook_tui.formats.lint_time import check_length
from runbook_tui.formats.lint_values import check_pattern
from runbook_tui.formats.scalars import close

_PLACES = frozenset({"connection", "index"})
"""Fields that say where something is, and hold a secret only where a password is in them."""
_PASSWORD = re.compile(r"://[^/@\s]*:[^/@\s]+@|\bpassword\s*=", re.IGNORECASE)


def check_effects(report: Report) -> None:
    """Effects, compensations, snapshots and the systems that are looked at."""
    for path, step in report.steps:
        if step.compensation is not None:
            _compensation(report, (*path, "compensation"), step.compensation)
        for index, effect in enumerate(step.effects):
            _effect(report, (*path, "effects", index), step, effect)
    _snapshots(report)
    for place, system in _systems(report):
        _system(report, place, system)


def _effect(report: Report, path: Path, step: Step, effect: Effect) -> None:
    snapshots = report.runbook.snapshots
    if effect.snapshot is not None and effect.snapshot not in snapshots:
        hint = close(effect.snapshot, list(snapshots))
        report.warning(
            (*path, "snapshot"),
            "undeclared-snapshot",
            f"there is no snapshot `{effect.snapshot}`: it is restored by hand, if at all",
            hint or "say under `snapshots` how it is restored, and what that takes with it",
        )
    compensation = effect.compensation
    if compensation is not None:
        _compensation(report, (*path, "compensation"), compensation)
        if effect.reversibility == "irreversible":
            report.warning(
                (*path, "compensation"),
                "compensated-irreversible",
                "it is irreversible and says how it is taken back",
                "`compensable` is what is made up for; leave `compensation` out where nothing is",
            )
    if effect.probe is not None and effect.probe.hosts:
        report.error(
            (*path, "probe", "hosts"),
            "look-at-many",
            "a look runs on one host, not on many",
            "`host` for one; an effect for each, where they can differ",
        )
    gone = effect.kind == "message" or effect.reversibility == "irreversible"
    # Where the step has a verification, a person can at least ask that.
    if effect.probe is None and effect.at is None and step.verify is None and not gone:
        report.warning(
            path,
            "unseen-effect",
            f"nothing can look at this effect of `{step.id}`: a person has to say how it stands",
            "`probe` is a read-only command that shows it; `at` names the system that it is in",
        )


def _compensation(report: Report, path: Path, compensation: Compensation) -> None:
    options = compensation.options
    if not options:
        return
    if compensation.run is not None:
        report.error(
            (*path, "options"),
            "compensation",
            "here are both `run` and `options`: a command, or a choice?",
            "keep one; each option may say in its consequence what is to be run",
        )
    if len(options) < 2:
        report.error(
            (*path, "options"),
            "compensation",
            "a choice has at least two options, here is one",
            "leave `options` out where there is one way only",
        )
    known: set[str] = set()
    for index, option in enumerate(options):
        if option.id in known:
            report.error(
                (*path, "options", index, "id"), "compensation", f"`{option.id}` stands twice"
            )
        known.add(option.id)


def _snapshots(report: Report) -> None:
    steps = {step.id for _, step in report.steps}
    for name, snapshot in report.runbook.snapshots.items():
        path: Path = ("snapshots", name)
        if snapshot.step is not None and snapshot.step not in steps:
            report.error(
                (*path, "step"),
                "undefined-step",
                f"there is no step `{snapshot.step}`",
                close(snapshot.step, sorted(steps)) or "leave it out where it is taken elsewhere",
            )
        if snapshot.restore is not None:
            check_command(report, (*path, "restore"), snapshot.restore)
        if snapshot.verify is not None:
            check_command(report, (*path, "verify"), snapshot.verify)
        check_length(report, (*path, "estimate"), snapshot.estimate)


def _systems(report: Report) -> Iterator[tuple[Path, SystemBase]]:
    for name, survey in report.runbook.surveys.items():
        yield ("surveys", name), survey
    for path, step in report.steps:
        for index, effect in enumerate(step.effects):
            if effect.at is not None:
                yield (*path, "effects", index, "at"), effect.at


def _system(report: Report, path: Path, system: SystemBase) -> None:
    check_length(report, (*path, "timeout"), system.timeout, positive=True)
    check_pattern(report, (*path, "pattern"), getattr(system, "pattern", "") or None)
    for name in sorted(system.has_secret):
        value: str = getattr(system, name)
        if not value or _is_secret(report, name, value):
            continue
        report.error(
            (*path, name.replace("_", "-")),
            "plain-secret",
            f"`{name.replace('_', '-')}` holds a secret, and a runbook is no place for one",
            'name a parameter of type secret: "{{token}}"',
        )


def _is_secret(report: Report, name: str, value: str) -> bool:
    """Whether nothing stands there in plain that may not. A parameter that is not defined is told
    by another check."""
    known = report.runbook.parameters
    names = parameter_names(value)
    if name in _PLACES:
        return _PASSWORD.search(value) is None
    only = len(names) == 1 and value.strip() == f"{{{{{names[0]}}}}}"
    return only and (names[0] not in known or known[names[0]].type == "secret")

"""Lint of checks: that they are there, that somebody runs them, that a gate heeds them."""

from __future__ import annotations

from runbook_tui.domain.checks.bundled import BUNDLED
from runbook_tui.domain.checks.config_keys import ConfigKeysCheck
from runbook_tui.domain.checks.custom import CommandCheck
from runbook_tui.domain.checks.endpoints import EndpointsCheck
from runbook_tui.domain.checks.every import CheckConfig
from runbook_tui.domain.checks.upgrade_path import UpgradePathCheck
from runbook_tui.domain.runbook import DecisionStep, GateStep, PreflightStep
from runbook_tui.formats.lint_commands import check_command
from runbook_tui.formats.lint_report import Path, Report
from runbook_tui.formats.lint_time import check_length
from runbook_tui.formats.lint_values import check_pattern
from runbook_tui.formats.scalars import close

_WAYS = ("dpkg", "rpm", "pip", "npm", "command", "file", "url", "version")


def check_checks(report: Report) -> None:
    """Names of checks, what they run, lengths, and the gate after them."""
    known = report.runbook.checks
    for name, config in known.items():
        _config(report, ("checks", name), config)
    wanted: set[str] = set()
    for path, step in report.steps:
        if not isinstance(step, PreflightStep):
            continue
        wanted |= set(step.checks or known)
        for index, name in enumerate(step.checks):
            if name not in known:
                hint = close(name, list(known)) or "say under `checks` what it looks at"
                report.error(
                    (*path, "checks", index), "undefined-check", f"there is no check `{name}`", hint
                )
            elif name in step.checks[:index]:
                report.error((*path, "checks", index), "undefined-check", f"`{name}` stands twice")
    for name in known:
        if name not in wanted:
            report.at_key(
                ("checks", name),
                "unused-check",
                f"no preflight step runs the check `{name}`",
                "name it in `checks` of one",
                "warning",
            )
    _gates(report)


def _gates(report: Report) -> None:
    """A finding closes the gate after it: where there is none, it closes nothing."""
    last = max(
        (n for n, (_, step) in enumerate(report.steps) if isinstance(step, GateStep)), default=-1
    )
    for index, (path, step) in enumerate(report.steps):
        if not isinstance(step, PreflightStep) or not report.runbook.checks:
            continue
        if step.advisory:
            if not any(
                isinstance(s, DecisionStep | PreflightStep) for _, s in report.steps[index + 1 :]
            ):
                report.warning(
                    (*path, "advisory"),
                    "advice-to-nobody",
                    f"nothing after `{step.id}` decides on what it finds",
                    "put a decision after it, or leave `advisory` out",
                )
        elif index > last:
            report.warning(
                (*path, "id"),
                "preflight-without-gate",
                f"no gate comes after `{step.id}`: what it finds stops nobody",
                "put a gate between it and what changes something",
            )


def _config(report: Report, path: Path, config: CheckConfig) -> None:
    check_length(report, (*path, "timeout"), config.timeout, positive=True)
    check_length(report, (*path, "valid-for"), config.valid_for, positive=True)
    if isinstance(config, CommandCheck):
        check_command(report, (*path, "run"), config.run)
    if isinstance(config, EndpointsCheck) and not any(
        entry.startswith("*.") or "/" in entry for entry in config.allow
    ):
        for new in config.redirect.values():
            if new not in config.allow and new.rpartition(":")[0] not in config.allow:
                report.warning(
                    (*path, "redirect"),
                    "redirect-not-allowed",
                    f"`{new}` is proposed and not among those allowed: it will be found next",
                    "put it into `allow`",
                )
    if isinstance(config, ConfigKeysCheck | UpgradePathCheck):
        named = config.matrix
        # A file of the runbook's has a suffix or a folder; parameters are not known yet.
        if not set(named) & set("/.{") and named not in BUNDLED:
            hint = close(named, list(BUNDLED)) or f"those are: {', '.join(BUNDLED)}"
            report.error(
                (*path, "matrix"), "undefined-matrix",
                f"no matrix `{named}` comes with the program", hint,
            )  # fmt: skip
    if isinstance(config, UpgradePathCheck):
        installed = config.installed
        given = [way for way in _WAYS if getattr(installed, way) is not None]
        place = (*path, "installed")
        if len(given) != 1:
            found = ", ".join(given) or "none of them"
            report.error(
                place, "installed", f"`installed` has one of {', '.join(_WAYS)}; here is {found}"
            )
        if installed.command is not None:
            check_command(report, (*place, "command"), installed.command)
            if installed.command.where:
                report.error(
                    (*place, "command"), "installed", "the version is asked here, on no other host"
                )
        check_pattern(report, (*place, "pattern"), installed.pattern)

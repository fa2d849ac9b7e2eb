"""Lint of what values can be: parameters, roles, observed values."""

from __future__ import annotations

import re

from runbook_tui.domain.parameters import check_value
from runbook_tui.domain.regexes import compile_pattern
from runbook_tui.domain.runbook import Observe, Parameter, Step
from runbook_tui.domain.units import PARAMETER_PATTERN, SLUG_PATTERN
from runbook_tui.formats.lint_report import Path, Report
from runbook_tui.formats.scalars import close


def check_values(report: Report) -> None:
    """Parameters, roles, and the values that steps ask for."""
    for name, parameter in report.runbook.parameters.items():
        _parameter(report, name, parameter)
    for name in report.runbook.roles:
        if not re.fullmatch(SLUG_PATTERN, name) or name.endswith("\n"):
            report.at_key(("roles", name), "role-name", f"a role cannot be called `{name}`", _SLUG)
    for path, step in report.steps:
        _step(report, path, step)


_SLUG = "lower-case letters, digits, - and _; at most 64"


def check_pattern(report: Report, path: Path, pattern: str | None) -> None:
    """Refuses a regular expression that is broken or could hang."""
    if pattern is not None and isinstance(reason := compile_pattern(pattern), str):
        report.error(
            path,
            "bad-pattern",
            f"this regular expression is refused: {reason}",
            "it is Python's syntax; in YAML put it in single quotes",
        )


def _parameter(report: Report, name: str, parameter: Parameter) -> None:
    path: Path = ("parameters", name)
    kind = parameter.type
    if not re.fullmatch(PARAMETER_PATTERN.removesuffix("$"), name):
        report.at_key(
            path,
            "parameter-name",
            f"a parameter cannot be called `{name}`",
            "lower-case letters, digits and _; begins with a letter; at most 40",
        )
    if kind == "choice" and not parameter.choices:
        report.error(path, "parameter", f"`{name}` is a choice without `choices`")
    if kind != "choice" and parameter.choices:
        _misfit(report, (*path, "choices"), "choices", "a choice", kind)
    if kind == "choice":
        for index, choice in enumerate(parameter.choices):
            if not choice or choice in parameter.choices[:index]:
                problem = "is empty" if not choice else "stands there twice"
                report.error((*path, "choices", index), "parameter", f"this choice {problem}")
    if parameter.pattern is not None and kind not in ("string", "path", "secret"):
        _misfit(report, (*path, "pattern"), "pattern", "a string, path or secret", kind)
    for bound in ("min", "max"):
        if getattr(parameter, bound) is not None and kind != "integer":
            _misfit(report, (*path, bound), bound, "an integer", kind)
    if parameter.min is not None and parameter.max is not None and parameter.min > parameter.max:
        report.error((*path, "min"), "parameter", f"min {parameter.min} is above max")
    check_pattern(report, (*path, "pattern"), parameter.pattern)
    _prefilled(report, path, name, parameter, "default", parameter.default)
    _prefilled(report, path, name, parameter, "rehearsal", parameter.rehearsal)


def _prefilled(
    report: Report, path: Path, name: str, parameter: Parameter, key: str, value: str | None
) -> None:
    """A value that the runbook itself gives: the default, or the one for rehearsals."""
    if value is None:
        return
    place = (*path, key)
    what = "default" if key == "default" else "value for rehearsals"
    if parameter.type == "secret":
        report.error(
            place,
            "secret-default",
            f"`{name}` is a secret, and its {what} can be read by everyone who has this file",
            f"remove the {what}, and replace the secret if it was a real one",
        )
    elif not (parameter.type == "choice" and not parameter.choices):
        reason = check_value(name, parameter, value)
        if reason is not None and not isinstance(compile_pattern(parameter.pattern or ""), str):
            report.error(place, "parameter", f"the {what} does not fit its own rules: {reason}")


def _misfit(report: Report, path: Path, key: str, wanted: str, kind: str) -> None:
    article = "an" if kind[0] in "aeiou" else "a"
    report.at_key(path, "parameter", f"`{key}` belongs to {wanted}; this is {article} {kind}")


def _step(report: Report, path: Path, step: Step) -> None:
    if step.observe is not None:
        _observe(report, (*path, "observe"), step.observe)
    _roles(report, path, step)


def _roles(report: Report, path: Path, step: Step) -> None:
    named = [((*path, "role"), step.role)]
    if step.approval is not None:
        named.append(((*path, "approval", "role"), step.approval.role))
    for place, role in named:
        if role is not None and role not in report.runbook.roles:
            hint = close(role, list(report.runbook.roles)) or "add it under `roles`"
            report.error(place, "undefined-role", f"there is no role `{role}`", hint)


def _observe(report: Report, path: Path, observe: Observe) -> None:
    kind = observe.type
    if kind == "choice" and not observe.choices:
        report.error(path, "observe", "a choice without `choices`")
    if kind != "choice" and observe.choices:
        _misfit(report, (*path, "choices"), "choices", "a choice", kind)
    if len(set(observe.choices)) != len(observe.choices):
        report.error((*path, "choices"), "observe", "a choice stands there twice")
    for bound in ("min", "max"):
        if getattr(observe, bound) is not None and kind not in ("integer", "number"):
            _misfit(report, (*path, bound), bound, "an integer or number", kind)
    if observe.min is not None and observe.max is not None and observe.min > observe.max:
        report.error((*path, "min"), "observe", f"min {observe.min:g} is above max")
    if observe.pattern is not None and kind != "string":
        _misfit(report, (*path, "pattern"), "pattern", "a string", kind)
    check_pattern(report, (*path, "pattern"), observe.pattern)

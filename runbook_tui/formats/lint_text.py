"""Lint of text: the parameters it names, where it must not name any, and titles of one line.

A parameter is used where text names it as ``{{name}}``, shell text as ``$RB_NAME``, or a condition
asks for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from msgspec import Struct
from msgspec.structs import fields

from runbook_tui.domain.checks.placed import HOLDS_SECRETS
from runbook_tui.domain.messages.fact_names import NAMES as FACTS
from runbook_tui.domain.parameters import env_name, parameter_names
from runbook_tui.domain.runbook import Runbook
from runbook_tui.domain.systems.base import SystemBase
from runbook_tui.formats.lint_report import Path, Report
from runbook_tui.formats.scalars import close

_IN_SHELL = re.compile(r"\bRB_([A-Z][A-Z0-9_]*)\b")
_EXPANDED = re.compile(r"\$\{?RB_([A-Z][A-Z0-9_]*)")
_ONE_LINE = frozenset({"title", "label", "question", "evidence", "items", "criteria"})
_NEVER = frozenset({"id", "parameters", "pattern"})
"""Fields in which braces mean nothing."""


def check_text(report: Report) -> None:
    """Undefined parameters, secrets where they would be seen, braces in shell text, titles."""
    for path, text, owner in texts(report.runbook):
        names = parameter_names(text) if "{{" in text else ()
        field = path[-1]
        if field == "shell":
            _shell(report, path, text, names, owner)
        elif field == "matches" and names:
            report.error(
                path,
                "braces-in-pattern",
                "parameters are not put into regular expressions",
                "use `equals` or `contains`",
            )
        else:
            _references(report, path, names, owner)
        _one_line(report, path, text)


def texts(runbook: Runbook) -> Iterator[tuple[Path, str, Struct]]:
    """Every text of the runbook that is not its default, with its place and the part it is in."""
    yield from _walk((), runbook)


def used(runbook: Runbook) -> frozenset[str]:
    """The parameters that the runbook makes use of."""
    found: set[str] = set()
    by_env = {env_name(name)[3:]: name for name in runbook.parameters}
    for _, text, _ in texts(runbook):
        if "{{" in text:
            found.update(parameter_names(text))
        if "RB_" in text:
            found.update(by_env.get(name, "") for name in _IN_SHELL.findall(text))
    for phase in runbook.phases:
        found.update(step.when.parameter or "" for step in phase.steps if step.when)
    return frozenset(found)


_FIELDS: dict[type[Struct], tuple[tuple[str, str, Any], ...]] = {}


def _walk(path: Path, value: Any) -> Iterator[tuple[Path, str, Struct]]:
    kind = type(value)
    known = _FIELDS.get(kind)
    if known is None:
        known = _FIELDS[kind] = tuple(
            (f.name, f.encode_name, f.default) for f in fields(kind) if f.name not in _NEVER
        )
    for name, key, default in known:
        inner = getattr(value, name)
        if inner is default or not inner:
            continue
        if isinstance(inner, str):
            yield (*path, key), inner, value
        elif isinstance(inner, Struct):
            yield from _walk((*path, key), inner)
        elif isinstance(inner, tuple | dict):
            pairs = inner.items() if isinstance(inner, dict) else enumerate(inner)
            for index, part in pairs:
                if isinstance(part, str):
                    yield (*path, key, index), part, value
                elif isinstance(part, Struct):
                    yield from _walk((*path, key, index), part)


def _may_hold_secrets(path: Path, owner: Struct) -> bool:
    """An environment, the connection string of a scratch database, the token of a system."""
    if isinstance(owner, SystemBase):
        return str(path[-1]).replace("-", "_") in owner.has_secret
    return "env" in path[-2:-1] or (path[0] == "checks" and path[-1] in HOLDS_SECRETS)


def _is_template(path: Path) -> bool:
    """The text of a message, in which facts of the run stand like parameters."""
    return path[-1] == "draft" or path[:2] == ("messages", "templates")


def _references(report: Report, path: Path, names: tuple[str, ...], owner: Struct) -> None:
    known = report.runbook.parameters
    for name in names:
        if name not in known and _is_template(path) and name in FACTS:
            continue
        if name not in known:
            hint = close(name, list(known)) or "add it under `parameters`"
            report.error(path, "undefined-parameter", f"there is no parameter `{name}`", hint)
        elif known[name].type == "secret" and not _may_hold_secrets(path, owner):
            seen = "every user of the machine sees" if "argv" in path else "the log would keep"
            hint = (
                f"pass it by environment: env: {{NAME: '{{{{{name}}}}}'}}; shell text has it as"
                f" ${env_name(name)}"
            )
            if isinstance(owner, SystemBase):
                fields_ = ", ".join(sorted(each.replace("_", "-") for each in owner.has_secret))
                hint = f"only these fields of {owner.tag} hold secrets: {fields_ or 'none'}"
            report.error(
                path,
                "secret-in-text",
                f"`{name}` is a secret, and {seen} what stands here",
                hint,
            )


def _shell(report: Report, path: Path, text: str, names: tuple[str, ...], command: Struct) -> None:
    for name in names:
        report.error(
            path,
            "braces-in-shell",
            f"parameters are not put into shell text: {{{{{name}}}}}",
            f'use "${env_name(name)}", in double quotes',
        )
    given = {env_name(name) for name in report.runbook.parameters} | set(
        getattr(command, "env", {})
    )
    for name in dict.fromkeys(_EXPANDED.findall(text)):
        if "RB_" + name not in given:
            hint = close("RB_" + name, sorted(given)) or "add it under `parameters`"
            report.error(
                path, "undefined-parameter", f"no parameter becomes the variable RB_{name}", hint
            )


def _one_line(report: Report, path: Path, text: str) -> None:
    name = path[-1] if isinstance(path[-1], str) else path[-2]
    titled = name in _ONE_LINE or (name == "text" and len(path) > 2 and path[-3] in _ONE_LINE)
    if titled and "\n" in text.rstrip("\n"):
        report.error(path, "title", f"`{name}` is one line, here are several")
    elif titled and not text.strip():
        report.error(path, "title", f"`{name}` is blank")
    elif titled and text != text.strip():
        report.error(path, "title", f"`{name}` has blanks or a line break at its ends")

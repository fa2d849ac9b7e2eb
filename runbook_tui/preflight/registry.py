"""Every check, by what it looks at."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from runbook_tui.preflight.check import Check
from runbook_tui.preflight.checks import archive_safety, inventory, manifest, planned_actions
from runbook_tui.preflight.package.members import Package

INTAKE: tuple[Check[Package], ...] = (
    archive_safety.CHECK,
    manifest.CHECK,
    inventory.CHECK,
    planned_actions.CHECK,
)
"""Checks of a package, before anybody trusts it."""

KINDS = {
    "package": "package",
    "upgrade-path": "upgrade_path",
    "config-keys": "config_keys",
    "scheduled-tasks": "scheduled_tasks",
    "endpoints": "endpoints",
    "credentials": "credentials",
    "units": "units",
    "migrations": "migrations",
    "certificates": "certificates",
    "host": "host",
    "command": "custom",
    "extension": "extension",
}
"""Kinds of checks in a runbook, and the modules that do them: imported when one is wanted."""


def check_of(kind: str) -> Check[Any]:
    """The check of a kind, as its model's tag names it. Its subject is a `Target`."""
    found = import_module(f"runbook_tui.preflight.checks.{KINDS[kind]}").CHECK
    assert isinstance(found, Check)
    return found

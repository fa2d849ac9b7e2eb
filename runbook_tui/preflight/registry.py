"""Every check, by what it looks at."""

from __future__ import annotations

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

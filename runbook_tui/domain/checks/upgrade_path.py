"""Whether there is a legal way from what is installed to what is wanted, and by which stops."""

from __future__ import annotations

from runbook_tui.domain.checks.base import CheckBase
from runbook_tui.domain.checks.installed import InstalledVersion


class UpgradePathCheck(CheckBase, frozen=True, kw_only=True, tag_field="kind", tag="upgrade-path"):
    """Whether there is a legal way from what is installed to what is wanted, and by which stops."""

    matrix: str
    """The path matrix: a YAML file, or the name of one that comes with the program."""
    installed: InstalledVersion
    to: str
    """The version to reach."""

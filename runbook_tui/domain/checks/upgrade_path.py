"""Whether there is a legal way from what is installed to what is wanted, and by which stops."""

from __future__ import annotations

from runbook_tui.domain.checks.base import CheckBase
from runbook_tui.domain.checks.installed import InstalledVersion
from runbook_tui.domain.units import Duration


class UpgradePathCheck(CheckBase, frozen=True, kw_only=True, tag_field="kind", tag="upgrade-path"):
    """Whether there is a legal way from what is installed to what is wanted, and by which stops."""

    matrix: str
    """The path matrix: a YAML file, or the name of one that comes with the program, such as
    `paths-postgresql`."""
    installed: InstalledVersion
    """Where the installed version is read."""
    to: str
    """The version to reach."""
    end_of_life_within: Duration = "90d"
    """How long before its end of life a version is warned of."""

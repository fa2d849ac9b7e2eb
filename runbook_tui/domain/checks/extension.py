"""A check that another Python package brings under the entry point `runbook_tui.checks`."""

from __future__ import annotations

from runbook_tui.domain.checks.base import CheckBase


class ExtensionCheck(CheckBase, frozen=True, kw_only=True, tag_field="kind", tag="extension"):
    """A check that another Python package brings under the entry point `runbook_tui.checks`."""

    uses: str
    """The name of the entry point."""
    options: dict[str, str] = {}

"""A command of yours: exit 0 passes, 1 warns, 2 inhibits; or findings as JSON on its output."""

from __future__ import annotations

from runbook_tui.domain.checks.base import CheckBase
from runbook_tui.domain.runbook_model import Command


class CommandCheck(CheckBase, frozen=True, kw_only=True, tag_field="kind", tag="command"):
    """A command of yours: exit 0 passes, 1 warns, 2 inhibits; or findings as JSON on its output."""

    run: Command
    """With `hosts` it runs on each of them, and each is judged by itself."""

"""Jobs that start by themselves: what is due in the window, and what a package brings."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from runbook_tui.domain.checks.base import CheckBase


class ScheduledTasksCheck(
    CheckBase, frozen=True, kw_only=True, tag_field="kind", tag="scheduled-tasks"
):
    """Jobs that start by themselves: what is due in the window, and what a package brings."""

    paths: Annotated[tuple[str, ...], Meta(min_length=1)]
    """Folders (an `/etc`, a package) in which crontabs, timers and the like are looked for."""
    expected: tuple[str, ...] = ()
    """Jobs that are known and wanted: a text that their line or unit name has."""

"""Jobs that start by themselves: what is due in the window, and what a package brings."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from runbook_tui.domain.checks.base import CheckBase
from runbook_tui.domain.units import Duration


class ScheduledTasksCheck(
    CheckBase, frozen=True, kw_only=True, tag_field="kind", tag="scheduled-tasks"
):
    """Jobs that start by themselves: what is due in the window, and what a package brings."""

    paths: Annotated[tuple[str, ...], Meta(min_length=1)]
    """Folders (an `/etc`, a spool, a package) in which crontabs, timers and the like are looked
    for."""
    expected: tuple[str, ...] = ()
    """Jobs that are known and wanted: a text that their line or unit name has."""
    time_zone: str | None = None
    """The zone that the jobs' machine keeps, as `Europe/Berlin`; where it is not given, what
    `etc/timezone` in the paths says, else this machine's, else UTC."""
    within: Duration | None = None
    """What counts as the window where the runbook has none: so long from now on."""
    crontab: bool = False
    """Whether to ask this machine for the user's own crontab, too (`crontab -l`)."""
    timers: bool = False
    """Whether to ask this machine's systemd for its timers, too (`systemctl list-timers`)."""

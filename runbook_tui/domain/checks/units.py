"""Units that scripts, jobs, configuration and other units name: whether they exist here."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from runbook_tui.domain.checks.base import CheckBase


class UnitsCheck(CheckBase, frozen=True, kw_only=True, tag_field="kind", tag="units"):
    """Units that scripts, jobs, configuration and other units name: whether they exist here."""

    paths: Annotated[tuple[str, ...], Meta(min_length=1)]
    """Where units are named: folders, files or packages."""
    unit_paths: tuple[str, ...] = ()
    """Folders with unit files; systemd's own folders on this machine where none is given."""
    renames: dict[str, str] = {}
    """Old name to new name; without an ending they mean services."""
    renames_from: str | None = None
    """A text file of renamed units: on each line the old name first and the new one last, blanks
    between. Lines that do not end with the name of a unit say nothing."""
    commands: tuple[str, ...] = ()
    """Commands of the team's own that take names of units: `labctl restart`."""
    verify: bool = False
    """Whether to have `systemd-analyze verify` look at the unit files, where it is there."""

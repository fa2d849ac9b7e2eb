"""The practice labs of this user, and the runs in them that can be gone on with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from runbook_tui.domain.moment import Moment

if TYPE_CHECKING:
    from runbook_tui.adapters.gitlog import Repository
    from runbook_tui.cli.runs import Summary
    from runbook_tui.practice.lab import Lab

LOG = "log.git"
"""The log of a lab's runs, in its folder."""


@dataclass(frozen=True)
class OpenLab:
    """A lab whose run is open."""

    root: Path
    run: str
    started: Moment | None
    driven: bool
    """Whether a program on this machine drives it now."""


def open_labs() -> list[OpenLab]:
    """The labs with an open run, the one that was begun last first."""
    from runbook_tui.adapters.gitlog import NotARepository, Repository
    from runbook_tui.cli import wiring
    from runbook_tui.domain.record import LogFailure
    from runbook_tui.practice.lab import find_labs

    found = []
    for lab in find_labs():
        try:
            summary = open_run(Repository.open(lab.root / LOG))
        except (NotARepository, LogFailure):
            continue
        if summary is not None:
            driven = wiring.driver_here(summary.id) is not None
            found.append(OpenLab(lab.root, summary.id, summary.started, driven))
    return sorted(found, key=_begun, reverse=True)


def _begun(lab: OpenLab) -> float:
    return lab.started.wall.timestamp() if lab.started is not None else 0.0


def open_run(repo: Repository) -> Summary | None:
    """The newest run in a lab's log that is open."""
    from runbook_tui.cli.runs import summaries

    return next((summary for summary in summaries(repo) if summary.is_open), None)


def is_upgraded(lab: Lab) -> bool:
    """Whether the lab's service is the upgraded one already: its runbook has nothing to do."""
    from runbook_tui.practice import releases

    try:
        return releases.current(lab.layout) != OLD_RELEASE
    except OSError:
        return False


OLD_RELEASE = "4.2"
"""What a lab begins with."""


def hint_of_open_lab() -> str:
    """Where the run is that somebody may be looking for; "" where no lab has an open one."""
    from runbook_tui.practice.layout import LabError

    try:
        labs = open_labs()
    except (LabError, OSError):
        return ""
    if not labs:
        return ""
    return f"a demo is open: runbook-tui demo {labs[0].root}"

"""Which time zone the jobs of a set of files go by, and who said so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from runbook_tui.preflight.cron.zones import machine_zone, zone_named
from runbook_tui.preflight.trees import Tree


@dataclass(frozen=True)
class Clock:
    """A zone and its source, in words."""

    zone: ZoneInfo
    source: str

    @property
    def words(self) -> str:
        """``clock: Europe/Berlin (time-zone of the check)``."""
        return f"clock: {self.zone.key} ({self.source})"


def clock_of(wanted: str | None, trees: Sequence[Tree]) -> Clock | None:
    """What the check says, else what the files looked at say, else this machine's own, else UTC.
    None where the check names a zone that does not exist.
    """
    if wanted is not None:
        zone = zone_named(wanted)
        return Clock(zone, "time-zone of the check") if zone is not None else None
    for tree in trees:
        for etc in (tree.root / "etc", tree.root):
            if not etc.is_symlink() and etc.is_dir() and (found := machine_zone(etc)):
                return Clock(found[0], f"{found[1]} in {tree.place(tree.root)}")
    if found := machine_zone():
        return Clock(found[0], f"{found[1]} of this machine")
    return Clock(ZoneInfo("UTC"), "no zone is set")

"""What the log knows of the clocks of each boot that a run was driven on, and how much time lies
between two moments of it.

Within one boot its own clock says it. Across boots, which are reboots and other hosts, there is
only the wall clock, and that can be wrong twice. A wall clock that is stepped was wrong until then:
the last one read in a boot says what the earlier ones should have said. And where one host's clock
is behind another's, at least what each boot itself has counted has passed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from runbook_tui.domain.moment import Moment, elapsed, shifted, wall_jump


@dataclass(frozen=True, slots=True)
class Boots:
    """The last moment of every boot in the log, by its id."""

    last: Mapping[str, Moment] = field(default_factory=dict)
    since: Moment | None = None
    """The first moment of the boot that the last event was of, since no other boot's came."""

    def seen(self, at: Moment) -> Boots:
        """With one more moment, in the order of the log."""
        stays = self.since is not None and self.since.boot_id == at.boot_id
        return Boots({**self.last, at.boot_id: at}, self.since if stays else at)

    def between(self, start: Moment, end: Moment) -> float:
        """Seconds from `start`, a moment of the log, to `end`; never negative."""
        if start.boot_id == end.boot_id:
            return elapsed(start, end)
        by_wall = (self.corrected(end) - self.corrected(start)).total_seconds()
        return max(0.0, by_wall, self._counted(start, end))

    def before(self, one: Moment, other: Moment) -> bool:
        """Whether `one` came earlier."""
        if one.boot_id == other.boot_id:
            return one.boot < other.boot
        return self.corrected(one) < self.corrected(other)

    def corrected(self, at: Moment) -> datetime:
        """The wall time of `at` in UTC, by the last wall clock of its boot."""
        last = self.last.get(at.boot_id)
        if last is None or not wall_jump(at, last) or last.boot < at.boot:
            return at.utc
        return shifted(last.utc, at.boot - last.boot)

    def jump(self, now: Moment) -> float:
        """Seconds by which the wall clock has moved on its own since the log last knew of it; 0.0
        within tolerance, or where it knows nothing of this boot."""
        last = self.last.get(now.boot_id)
        return wall_jump(last, now) if last is not None else 0.0

    def _counted(self, start: Moment, end: Moment) -> float:
        """What the boots themselves have counted between moments of two of them."""
        since = self.since
        if since is None or since.boot_id != end.boot_id or end.boot < since.boot:
            return 0.0
        left = self.last.get(start.boot_id, start)
        return elapsed(start, left) + elapsed(since, end)

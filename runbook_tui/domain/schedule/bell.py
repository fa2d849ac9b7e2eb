"""Rings each deadline once, and again when it moves or passes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

# The forecast's machinery is needed once the log is open, and not for the first screen.
if TYPE_CHECKING:
    from runbook_tui.domain.schedule.alarm import Alarm


class Bell:
    """Remembers what was rung."""

    def __init__(self) -> None:
        self._rung: set[str] = set()

    def fresh(self, alarms: Sequence[Alarm]) -> tuple[Alarm, ...]:
        """The alarms not rung before; from now on they are. What is no longer near is forgotten,
        so that it rings again when it comes near again."""
        names = {alarm.name for alarm in alarms}
        found = tuple(alarm for alarm in alarms if alarm.name not in self._rung)
        self._rung = (self._rung & names) | {alarm.name for alarm in found}
        return found

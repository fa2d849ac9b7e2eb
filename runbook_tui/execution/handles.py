"""What a step has under way besides a single command: a wait, or something of another kind."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from runbook_tui.domain.job import Running


class Waiting:
    """A wait under way, with the command it polls with."""

    def __init__(self) -> None:
        self._ended = asyncio.Event()
        self.child: Running | None = None

    @property
    def cancelled(self) -> bool:
        return self._ended.is_set()

    def cancel(self) -> None:
        self._ended.set()
        if self.child is not None:
            self.child.cancel()

    async def nap(self, length: float) -> bool:
        """Sleeps at most `length` seconds; true where it was cancelled."""
        try:
            await asyncio.wait_for(self._ended.wait(), length)
        except TimeoutError:
            return False
        return True


@dataclass(frozen=True)
class Other:
    """Something under way that is no command of the step: checks."""

    cancel: Callable[[], object]

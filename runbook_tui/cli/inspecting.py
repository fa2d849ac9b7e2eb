"""Stands for the inspector until something is to be looked at: it needs much that no run does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from runbook_tui.domain.findings import Remedy
from runbook_tui.domain.inspecting import Applied, Looked, Surroundings, Wanted

if TYPE_CHECKING:
    from runbook_tui.cli.inspection import LocalInspector


class LateInspector:
    """See `runbook_tui.domain.inspecting.Inspector`."""

    @cached_property
    def _local(self) -> LocalInspector:
        from runbook_tui.cli.inspection import LocalInspector

        return LocalInspector()

    async def look(
        self,
        wanted: Sequence[Wanted],
        around: Surroundings,
        done: Callable[[Looked], None],
        tell: Callable[[str, str], None],
    ) -> None:
        """Runs the checks; see the port."""
        await self._local.look(wanted, around, done, tell)

    async def apply(self, remedy: Remedy, *, undo: bool = False) -> Applied:
        """Does what a remedy says, or takes it back; see the port."""
        return await self._local.apply(remedy, undo=undo)

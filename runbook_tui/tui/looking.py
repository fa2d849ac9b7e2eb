"""Checks under way in this program: starts them, knows how far each is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from runbook_tui.domain.preflight import checks_of
from runbook_tui.domain.record import LogFailure
from runbook_tui.domain.runbook import PreflightStep
from runbook_tui.domain.text import safe_line

if TYPE_CHECKING:
    from runbook_tui.tui.performing import Host, Performer

WAITING = "waiting"
LONGEST = 60


class Looking:
    """The checks that a screen has started."""

    def __init__(self, host: Host, performer: Performer) -> None:
        self._host = host
        self._performer = performer
        self._progress: dict[str, dict[str, str]] = {}
        self.changed: Callable[[], None] = lambda: None
        """Called when something of it has changed."""

    def progress(self, step_id: str) -> Mapping[str, str]:
        """How far each check under way is, by name."""
        return self._progress.get(step_id, {})

    def start(self, step: PreflightStep, names: Sequence[str] = ()) -> None:
        """Runs the checks of a step, or those named, beside the screen."""
        if self._host.driving.executor.is_running(step.id):
            self._host.say("They are running. x on the step shows how to cancel them.")
            return
        state = self._host.driving.session.state
        self._progress[step.id] = dict.fromkeys(names or checks_of(state, step), WAITING)
        self._host.in_background(self._run(step, names))

    async def _run(self, step: PreflightStep, names: Sequence[str]) -> None:
        mine = self._progress[step.id]

        def tell(name: str, words: str) -> None:
            if name in mine:
                mine[name] = safe_line(words, LONGEST)
                self._host.touch()
                self.changed()

        def ended(name: str, words: str) -> None:
            mine.pop(name, None)
            if words:
                self._host.say(words, bad=True)
            self.changed()

        self._host.touch()
        self.changed()
        try:
            refusal = await self._host.driving.checking.run(step.id, tuple(names), tell, ended)
        except LogFailure as error:
            self._performer.storage_failed(error)
            return
        finally:
            self._progress.pop(step.id, None)
            self._host.touch()
            self.changed()
        if refusal is not None:
            self._host.say(str(refusal), bad=True)

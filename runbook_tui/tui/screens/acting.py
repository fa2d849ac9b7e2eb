"""A screen over the run screen that acts: one thing at a time, and a word on what came of it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Coroutine
from typing import Any, ClassVar

from textual.content import Content
from textual.screen import Screen

from runbook_tui.domain.text import safe_line
from runbook_tui.tui.pressed import pressed_at
from runbook_tui.tui.screens.hearing import Hearing
from runbook_tui.tui.widgets.still import Still

REPEAT_SECONDS = 0.25
"""A key that acts, held down, acts once: a terminal sends a held key again and again."""


class Acting(Screen[None], Hearing):
    """Such a screen."""

    MESSAGE: ClassVar[str]
    """The id of the line for words."""

    def __init__(self) -> None:
        super().__init__()
        self._acting = False
        self._last_press = ("", 0.0)

    @abstractmethod
    def show(self) -> None:
        """Draws anew; only what changed reaches the terminal."""

    def say(self, message: str, *, bad: bool = False) -> None:
        """A short word."""
        glyph, style = ("✗ ", "bold $warning") if bad else ("· ", "bold $accent")
        for line in self.query(f"#{self.MESSAGE}").results(Still):  # none once it is being left
            line.show(Content.assemble((glyph, style), safe_line(message)))
            line.add_class("shown")

    def _do(self, key: str, work: Callable[[], Coroutine[Any, Any, Any]]) -> None:
        """One act at a time, and a key held down acts once."""
        before, self._last_press = self._last_press, (key, pressed_at(self.app))
        if before[0] == key and self._last_press[1] - before[1] < REPEAT_SECONDS:
            return
        if self._acting:
            self.say("One thing at a time: what was asked for before is still being done.")
            return
        self._acting = True
        self.query_one(f"#{self.MESSAGE}").remove_class("shown")

        async def guarded() -> None:
            try:
                await work()
            finally:
                self._acting = False
                self.show()

        self.run_worker(guarded(), exit_on_error=False)

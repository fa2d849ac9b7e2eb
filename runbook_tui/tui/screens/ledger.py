"""The ledger of side effects: what is there, looked at again, answered for, taken back.

It takes keys. What is done goes through the acts it is given.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from textual.binding import Binding
from textual.containers import VerticalScroll

from runbook_tui.domain.effects.state import EffectState
from runbook_tui.opening import Driving
from runbook_tui.tui.screens.ledger_view import LedgerView
from runbook_tui.tui.seeing import Seeing

NONE_CHOSEN = "There is no side effect yet: a adds one."


class Acts(Protocol):
    """What can be done about side effects. See `runbook_tui.tui.accounting.EffectActs`."""

    def why_not(self, key: str, each: EffectState | None) -> str: ...
    async def look(self, each: EffectState) -> None: ...
    async def look_at_all(self) -> None: ...
    async def add(self) -> int | None: ...
    async def answer(self, each: EffectState) -> None: ...
    async def say(self, each: EffectState) -> None: ...
    async def roll_back(self, each: EffectState | None) -> bool: ...
    async def help(self) -> None: ...


class Ledger(LedgerView):
    """Side effects of one run: looked at, answered for, taken back."""

    BINDINGS = [  # noqa: RUF012
        Binding("escape,q,l", "back", show=False),
        Binding("question_mark,f1", "help", show=False),
        Binding("enter", "look", show=False),
        Binding("L", "look_at_all", show=False),
        Binding("c", "end_looks", show=False),
        Binding("a", "add", show=False),
        Binding("o", "answer", show=False),
        Binding("s", "say_how", show=False),
        Binding("r", "roll_back", show=False),
        Binding("space", "read(1)", show=False),
        Binding("ctrl+c", "copy", show=False),
    ]

    def __init__(self, driving: Driving, seeing: Seeing, acts: Acts, chosen: int = 0) -> None:
        super().__init__(driving, seeing, chosen)
        self._acts = acts

    def off(self) -> frozenset[str]:
        """The keys that do nothing now."""
        keys = ("enter", "o", "s", "r", "a", "L")
        return frozenset(key for key in keys if self._acts.why_not(key, self.chosen))

    def _on_effect(
        self, key: str, work: Callable[[EffectState], Coroutine[Any, Any, None]]
    ) -> None:
        each = self.chosen
        why = NONE_CHOSEN if each is None else self._acts.why_not(key, each)
        if each is None or why:
            self.say(why)
        else:
            self._do(key, lambda: work(each))

    def action_back(self) -> None:
        """Back to the run."""
        self.dismiss(None)

    def action_help(self) -> None:
        """What the keys do."""
        self._do("help", self._acts.help)

    def action_read(self, way: int) -> None:
        """Reads on in what is said about the effect."""
        pane = self.query_one("#l-pane", VerticalScroll)
        pane.scroll_relative(y=way * max(1, pane.size.height - 1), animate=False)

    def action_look(self) -> None:
        """Looks whether it is there."""
        self._on_effect("enter", self._acts.look)

    def action_look_at_all(self) -> None:
        """Looks at everything that may be there."""
        why = self._acts.why_not("L", self.chosen)
        if why:
            self.say(why)
        else:
            self._do("L", self._acts.look_at_all)

    def action_end_looks(self) -> None:
        """Ends the looks under way."""
        if self._seeing.busy:
            self._seeing.cancel()
        else:
            self.say("Nobody looks at anything just now.")

    def action_add(self) -> None:
        """Takes down a side effect that nobody declared."""
        why = self._acts.why_not("a", self.chosen)
        if why:
            self.say(why)
        else:
            self._do("a", self._add)

    async def _add(self) -> None:
        number = await self._acts.add()
        if number is not None:
            self.show()
            self.choose(number)

    def action_answer(self) -> None:
        """Says what becomes of it."""
        self._on_effect("o", self._acts.answer)

    def action_say_how(self) -> None:
        """Says whether it is there, where nothing can look or a look is wrong."""
        self._on_effect("s", self._acts.say)

    def action_roll_back(self) -> None:
        """Shows what taking it back would do: it alone, its phase, or all of the run."""
        why = self._acts.why_not("r", self.chosen)
        if why:
            self.say(why)
        else:
            self._do("r", self._roll_back)

    async def _roll_back(self) -> None:
        if await self._acts.roll_back(self.chosen):
            self.dismiss(None)

    def action_copy(self) -> None:
        """What is selected, else the target of the effect."""
        each = self.chosen
        text = self.get_selected_text() or (each.effect.target if each is not None else "")
        if text:
            self.app.copy_to_clipboard(text)

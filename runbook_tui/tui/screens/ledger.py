"""The ledger of side effects: what is there, looked at again, answered for, taken back.

It takes keys. What is done goes through the acts it is given.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Protocol

from textual.binding import Binding
from textual.content import Content

from runbook_tui.domain.effects.state import EffectState
from runbook_tui.opening import Driving
from runbook_tui.tui.present.effect_counts import counted
from runbook_tui.tui.present.effects import effect_lines, effect_rows
from runbook_tui.tui.screens.beside import Beside
from runbook_tui.tui.seeing import Seeing
from runbook_tui.tui.widgets.lines import Line
from runbook_tui.tui.widgets.rows import Row

KEYS = (
    ("enter", "look again"), ("o", "answer"), ("s", "say how it is"), ("r", "roll back"),
    ("a", "add one"), ("L", "look at all"), ("space", "read on"), ("?", "help"), ("esc", "back"),
)  # fmt: skip
NOTHING = (
    "Nothing is on the ledger yet. Steps put their side effects here before they act; a adds one "
    "that the runbook does not know of."
)
_DOT = ("· ", "$quiet")
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


class Ledger(Beside):
    """Side effects of one run: looked at, answered for, taken back."""

    KEYS = KEYS
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
        super().__init__(driving, chosen)
        self._seeing = seeing
        self._acts = acts
        self._before: Callable[[], None] = lambda: None

    def on_mount(self) -> None:
        super().on_mount()
        self._before, self._seeing.changed = self._seeing.changed, self.soon

    def on_unmount(self) -> None:
        super().on_unmount()
        self._seeing.changed = self._before

    def rows(self) -> Sequence[Row]:
        """The effects, by number."""
        return effect_rows(self._driving.session.state)

    def head(self) -> Sequence[Content | str | tuple[str, str]]:
        """How many there are, and how they stand."""
        words = counted(self._driving.session.state)
        return [(" Ledger ", "bold"), *(part for each in words for part in (_DOT, each, " "))]

    def pane(self, number: int) -> tuple[str, list[Line]]:
        """All that is known of one."""
        each, session = self.chosen, self._driving.session
        if each is None:
            return "Ledger", [Line(Content(NOTHING))]
        return f"effect {number}", effect_lines(session.state, each, session.redactor.text)

    def under_way(self) -> str:
        """The looks under way."""
        progress = self._seeing.progress
        return f"◐ {progress} · c ends it" if progress else ""

    @property
    def chosen(self) -> EffectState | None:
        """The effect under the cursor."""
        return self._driving.session.state.effects.ledger.get(self.number)

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

    def action_help(self) -> None:
        """What the keys do."""
        self._do("help", self._acts.help)

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

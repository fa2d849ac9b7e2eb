"""Decision records: what was decided and why, made, added to, looked at again.

It takes keys. What is done goes through the acts it is given.
"""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from typing import Any, Protocol

from textual.binding import Binding
from textual.content import Content

from runbook_tui.domain.records.state import Record
from runbook_tui.opening import Driving
from runbook_tui.tui.present.records import record_lines, record_rows
from runbook_tui.tui.screens.beside import Beside
from runbook_tui.tui.widgets.lines import Line
from runbook_tui.tui.widgets.rows import Row

KEYS = (
    ("enter", "look again"), ("a", "new"), ("s", "add to the step's choice"),
    ("space", "read on"), ("?", "help"), ("esc", "back"),
)  # fmt: skip
NOTHING = (
    "Nothing was decided yet. What a decision step chooses is a record by itself; a makes one of "
    "any other decision."
)


class Acts(Protocol):
    """What can be done about records. See `runbook_tui.tui.deciding.RecordActs`."""

    def why_not(self, key: str, record: Record | None) -> str: ...
    async def make(self) -> int: ...
    async def add(self, record: Record | None) -> int: ...
    async def revisit(self, record: Record) -> int: ...
    async def help(self) -> None: ...


class Records(Beside):
    """The decision records of one run."""

    KEYS = KEYS
    BINDINGS = [  # noqa: RUF012
        Binding("escape,q,D", "back", show=False),
        Binding("question_mark,f1", "help", show=False),
        Binding("enter", "revisit", show=False),
        Binding("a", "make", show=False),
        Binding("s", "add", show=False),
        Binding("space", "read(1)", show=False),
        Binding("ctrl+c", "copy", show=False),
    ]

    def __init__(self, driving: Driving, acts: Acts, chosen: int = 0) -> None:
        super().__init__(driving, chosen)
        self._acts = acts

    def rows(self) -> Sequence[Row]:
        """The records, by number."""
        session = self._driving.session
        return record_rows(session.state.records, session.clock.now().utc)

    def head(self) -> Sequence[Content | str | tuple[str, str]]:
        """How many there are, and how many somebody has to look at again."""
        session = self._driving.session
        records = session.state.records
        due = len(records.due(session.clock.now().utc))
        return [
            (" Decision records ", "bold"),
            (f"· {len(records.by_number)} ", "$quiet"),
            (f"· ! {due} due" if due else "", "bold $warning"),
        ]

    def pane(self, number: int) -> tuple[str, list[Line]]:
        """All that is known of one."""
        record, session = self.chosen, self._driving.session
        if record is None:
            return "No record", [Line(Content(NOTHING))]
        now = session.clock.now().utc
        return f"record {number}", record_lines(session.state.records, record, now)

    def off(self) -> frozenset[str]:
        """The keys that do nothing now."""
        return frozenset(k for k in ("enter", "s") if self._acts.why_not(k, self.chosen))

    @property
    def chosen(self) -> Record | None:
        """The record under the cursor."""
        return self._driving.session.state.records.by_number.get(self.number)

    def action_help(self) -> None:
        """What the keys do."""
        self._do("help", self._acts.help)

    def action_revisit(self) -> None:
        """Says what became of the decision, now that somebody looks at it again."""
        record = self.chosen
        why = self._acts.why_not("enter", record)
        if why or record is None:
            self.say(why)
        else:
            self._do("enter", lambda: self._then_choose(self._acts.revisit(record)))

    def action_make(self) -> None:
        """Writes down a decision, whatever it is about."""
        self._do("a", lambda: self._then_choose(self._acts.make()))

    async def _then_choose(self, work: Coroutine[Any, Any, int]) -> None:
        number = await work
        if number:
            self.choose(number)

    def action_add(self) -> None:
        """Adds to what a decision step chose, or chooses there."""
        why = self._acts.why_not("s", self.chosen)
        if why:
            self.say(why)
        else:
            self._do("s", lambda: self._then_choose(self._acts.add(self.chosen)))

    def action_copy(self) -> None:
        """What is selected, else the record whole."""
        record, session = self.chosen, self._driving.session
        text = self.get_selected_text() or ""
        if not text and record is not None:
            now = session.clock.now().utc
            lines = record_lines(session.state.records, record, now)
            text = "\n".join(f"{line.head.plain}{line.body.plain}" for line in lines)
        if text:
            self.app.copy_to_clipboard(text)

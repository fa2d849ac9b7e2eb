"""The output of commands as it streams, bounded, one buffer a step."""

from __future__ import annotations

from collections import deque

from textual.content import Content

from runbook_tui.tui.widgets.rows import Row, Rows

MOST_LINES = 5_000
"""Lines kept for the screen; what is stored whole is the evidence in the log."""
FEWEST, ENDED = 3, 5
"""Lines that it is high at least, and at most once the command has ended: then what it asks for
next needs the room."""
TALLEST = 200
"""Lines beyond which its height is no longer worked out anew; the style sheet caps it earlier."""
FLUSH_SECONDS = 0.05
"""Output is drawn at most this often, however fast it comes."""


class Output(Rows):
    """Shows the output of one step, follows its end while the end is in sight. As high as its
    text needs, within what the style sheet allows.
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, limit=MOST_LINES)
        self._kept: dict[str, deque[Row]] = {}
        self._fresh: list[Row] = []
        self._step = ""
        self._busy = False
        self._all = ""
        self._waiting = False

    def add(self, step: str, stream: str, lines: list[str]) -> None:
        """Takes lines, which are safe already, and draws them soon."""
        style = "$warning" if stream == "err" else ""
        rows = [Row(Content.styled(line, style)) for line in lines[-MOST_LINES:]]
        self._kept.setdefault(step, deque(maxlen=MOST_LINES)).extend(rows)
        if step != self._step:
            return
        self._fresh.extend(rows)
        if not self._waiting:
            self._waiting = True
            self.set_timer(FLUSH_SECONDS, self._flush)

    def _flush(self) -> None:
        self._waiting = False
        fresh, self._fresh = self._fresh[-MOST_LINES:], []
        self.append(fresh)
        self._fit()

    def show(self, step: str, *, busy: bool = False, whole: str = "") -> None:
        """Shows the output of a step; hides itself where there is none. `busy`: something of the
        step runs. `whole`: the key that shows all of it.
        """
        self._busy, self._all = busy, whole
        if step != self._step:
            self._step = step
            self._fresh = []
            rows = self._kept.get(step)
            self.set_rows(rows or ())
            if rows:
                self.show_end()
        self._fit()

    def _fit(self) -> None:
        """Takes the height that the text needs now."""
        count = len(self._kept.get(self._step, ()))
        self.set_class(count > 0, "shown")
        high = min(count, TALLEST)
        # Whoever reads further up is not left with five lines when the command ends.
        if not self._busy and self._follows:
            high = min(count, ENDED)
        self.border_title = ""
        if high < count and not self._busy and self._all:
            self.border_title = f"its last lines · {self._all} shows all"
        height = max(FEWEST, high) + 1
        if self.styles.height is None or self.styles.height.value != height:
            self.styles.height = height

    def lines_of(self, step: str) -> list[str]:
        """What is kept of a step's output."""
        return [row.content.plain for row in self._kept.get(step, ())]

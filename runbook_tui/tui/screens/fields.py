"""Fields to type into. What is pasted is taken whole or refused in words, never cut."""

from __future__ import annotations

from textual import events
from textual.message import Message
from textual.widgets import Input, TextArea

from runbook_tui.domain.text import safe_text

LONGEST_PASTE = 200_000
"""Letters above which a text is not pasted, but attached as a file."""


def refusal_of(lines: int) -> str:
    """Why so many lines cannot be pasted into a field of one."""
    return f"{lines:,} lines were pasted and one fits here: nothing of it was taken."


class OneLine(Input):
    """A line of words."""

    class ManyLines(Message):
        """Several lines were pasted; none of them was taken."""

        def __init__(self, field: OneLine, lines: int) -> None:
            super().__init__()
            self.field = field
            self.lines = lines

        @property
        def control(self) -> OneLine:
            return self.field

    def _on_paste(self, event: events.Paste) -> None:
        # The base takes the first line and drops the others.
        event.prevent_default()
        event.stop()
        self._take(event.text)

    def action_paste(self) -> None:
        """From what was copied in this program."""
        self._take(self.app.clipboard)

    def _take(self, text: str) -> None:
        text = _newlines(text).strip("\n")
        if "\n" in text:
            self.post_message(self.ManyLines(self, text.count("\n") + 1))
            return
        # A secret is shown by nothing and must stay what it is.
        self.replace(text if self.password else safe_text(text), *self.selection)


class Lines(TextArea):
    """Several lines of words."""

    class TooLong(Message):
        """More was pasted than is taken; none of it was."""

        def __init__(self, letters: int) -> None:
            super().__init__()
            self.letters = letters

    async def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        self._take(event.text)

    def action_paste(self) -> None:
        """From what was copied in this program."""
        self._take(self.app.clipboard)

    def _take(self, text: str) -> None:
        if len(text) > LONGEST_PASTE:
            self.post_message(self.TooLong(len(text)))
            return
        # A terminal would obey what a pasted text has in it.
        result = self.replace(safe_text(_newlines(text)), *self.selection)
        self.move_cursor(result.end_location)


def _newlines(text: str) -> str:
    """Terminals send a return for each newline pasted."""
    return text.replace("\r\n", "\n").replace("\r", "\n")

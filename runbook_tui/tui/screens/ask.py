"""Asks for words: a reason, a note, an observed value, a text."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.widgets import Input

from runbook_tui.tui.folding import Line
from runbook_tui.tui.screens import dialog
from runbook_tui.tui.screens.dialog import Dialog, Words
from runbook_tui.tui.screens.fields import LONGEST_PASTE, Lines, OneLine, refusal_of

Check = Callable[[str], str | None]
"""Why an answer will not do, or None."""


class Ask(Dialog[str]):
    """One line of words. Enter gives them; what will not do is said at once, nothing is lost."""

    def __init__(
        self,
        title: str,
        body: Content | str | Sequence[Line] = "",
        *,
        placeholder: str = "",
        check: Check | None = None,
        hidden: bool = False,
        optional: bool = False,
        initial: str = "",
    ) -> None:
        keys = "enter record · esc cancel"
        if optional:
            keys = "enter record (may stay empty) · esc cancel"
        super().__init__(title, body, keys)
        self._placeholder = placeholder
        self._check = check
        self._hidden = hidden
        self._optional = optional
        self._initial = initial
        if optional:
            self.settle = dialog.HELD_SECONDS

    def fields(self) -> ComposeResult:
        yield OneLine(
            value=self._initial,
            placeholder=self._placeholder,
            password=self._hidden,
            select_on_focus=False,
        )
        yield Words("", classes="problem", id="problem")

    def on_mount(self) -> None:
        self.query_one(OneLine).focus()

    @on(Input.Changed)
    def _clear(self) -> None:
        self.say("")

    @on(OneLine.ManyLines)
    def _refuse(self, event: OneLine.ManyLines) -> None:
        hint = "" if self._hidden else " Longer texts are attached as evidence: as text or @file."
        self.say(refusal_of(event.lines) + hint)

    @on(Input.Submitted)
    def _submit(self, event: Input.Submitted) -> None:
        # Nobody types words by mistake; an enter without any may be one too many from before.
        if not self.meant("enter") and not event.value:
            self.say("That enter came too soon to be meant for this: press it again.")
            return
        if not self.read():
            return
        if not event.value.strip() and not self._optional:
            self.say("Words are needed here." if not self._hidden else "A value is needed here.")
            return
        problem = self._check(event.value) if self._check is not None else None
        if problem is not None:
            self.say(problem)
            return
        self.dismiss(event.value)


class AskText(Dialog[str]):
    """Several lines of words. Enter begins another one, ctrl+s gives them."""

    BINDINGS = [Binding("ctrl+s", "record", show=False)]  # noqa: RUF012

    DEFAULT_CSS = """
    AskText Lines {
        height: auto; min-height: 4; max-height: 12; margin-top: 1; padding: 0;
        border: tall $border; scrollbar-size-vertical: 1;
    }
    AskText Lines:focus { border: tall $accent; }
    AskText.-low Lines { margin-top: 0; min-height: 1; border: none; }
    """

    def __init__(
        self,
        title: str,
        body: Content | str | Sequence[Line] = "",
        *,
        placeholder: str = "",
        check: Check | None = None,
    ) -> None:
        super().__init__(title, body, "ctrl+s record · enter next line · esc cancel")
        self._placeholder = placeholder
        self._check = check
        self._refused: str | None = None
        """The text of which the problem says why it will not do."""

    def fields(self) -> ComposeResult:
        yield Lines(placeholder=Content(self._placeholder), classes="flexible")
        yield Words("", classes="problem", id="problem")

    def on_mount(self) -> None:
        field = self.query_one(Lines)
        field.cursor_blink = False
        field.focus()

    @on(Lines.Changed)
    def _clear(self, event: Lines.Changed) -> None:
        if event.text_area.text != self._refused:
            self.say("")

    @on(Lines.TooLong)
    def _refuse(self, event: Lines.TooLong) -> None:
        self.say(
            f"{event.letters:,} characters were pasted, {LONGEST_PASTE:,} are the most: nothing of "
            "it was taken. Keep it in a file and give its path: @file."
        )

    def action_record(self) -> None:
        """Gives the words, where they will do."""
        if not self.meant("ctrl+s") or not self.read():
            return
        self._refused = self.query_one(Lines).text
        text = self._refused.strip("\n")
        if not text.strip():
            self.say("Words are needed here.")
            return
        problem = self._check(text) if self._check is not None else None
        if problem is not None:
            self.say(problem)
            return
        self.dismiss(text)

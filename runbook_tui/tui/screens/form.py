"""A form: short fields below each other, each with its name before it."""

from __future__ import annotations

from abc import abstractmethod
from typing import TypeVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.content import Content
from textual.suggester import SuggestFromList
from textual.widgets import Input, Static

from runbook_tui.domain.text import safe_line
from runbook_tui.tui.screens.dialog import Dialog, Words
from runbook_tui.tui.screens.fields import OneLine, refusal_of

Answer = TypeVar("Answer")
Field = tuple[str, str, str]
"""Its id, what it is called, and what is shown while it is empty."""


class Form(Dialog[Answer]):
    """Enter goes to the next field, and from the last one records; ctrl+s does from any."""

    BINDINGS = [  # noqa: RUF012
        Binding("ctrl+s", "record", show=False),
        Binding("down", "app.focus_next", show=False),
        Binding("up", "app.focus_previous", show=False),
    ]

    DEFAULT_CSS = """
    Form {
        & .field { height: 1; }
        & .name { width: 12; color: $quiet; }
        & .field Input, &.-low .field Input {
            width: 1fr; height: 1; border: none; padding: 0; margin: 0; background: $panel;
        }
        & .field Input:focus { border: none; background-tint: $foreground 8%; }
    }
    """

    @abstractmethod
    def asked(self) -> tuple[Field, ...]:
        """The fields, in order."""

    @abstractmethod
    def action_record(self) -> None:
        """Takes what was filled in, or says what is missing."""

    def begun_with(self) -> dict[str, str]:
        """What stands in the fields already, by their id."""
        return {}

    def words_of(self, name: str) -> tuple[str, ...]:
        """What a field proposes while somebody types."""
        return ()

    def fields(self) -> ComposeResult:
        begun = self.begun_with()
        for name, label, hint in self.asked():
            words = self.words_of(name)
            with Horizontal(classes="field"):
                yield Static(Content(label), classes="name")
                yield OneLine(
                    value=begun.get(name, ""),
                    placeholder=hint,
                    id=f"f-{name}",
                    select_on_focus=False,
                    suggester=SuggestFromList(words) if words else None,
                )
        yield Words("", classes="problem", id="problem")

    def on_mount(self) -> None:
        fields = list(self.query(OneLine))
        next((field for field in fields if not field.value), fields[0]).focus()

    @on(Input.Changed)
    def _clear(self) -> None:
        self.say("")

    @on(OneLine.ManyLines)
    def _refuse(self, event: OneLine.ManyLines) -> None:
        self.say(refusal_of(event.lines))

    @on(Input.Submitted)
    def _next(self, event: Input.Submitted) -> None:
        name = (event.input.id or "").removeprefix("f-")
        if name == self.asked()[-1][0]:
            self.action_record()
        elif self.may_leave(name):
            self.focus_next(Input)

    def may_leave(self, name: str) -> bool:
        """Whether a field is filled in well enough to go on from it; says so where it is not."""
        return True

    def value(self, name: str) -> str:
        """What stands in a field; nothing where it is not asked for."""
        found = self.query(f"#f-{name}").results(OneLine)
        return next((safe_line(field.value).strip() for field in found), "")

    def back_to(self, name: str, why: str) -> None:
        """Says why a field will not do, and goes there."""
        self.say(why)
        self.query_one(f"#f-{name}", Input).focus()

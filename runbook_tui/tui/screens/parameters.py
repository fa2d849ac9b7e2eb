"""Asks for the parameters of a run before it starts."""

from __future__ import annotations

from collections.abc import Mapping

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Input, Static

from runbook_tui.domain.parameters import check_value
from runbook_tui.domain.runbook import Parameter, Runbook
from runbook_tui.domain.text import SHORTEST_SECRET, safe_line
from runbook_tui.tui.screens.fields import OneLine, refusal_of


def missing(runbook: Runbook, given: Mapping[str, str]) -> bool:
    """Whether somebody must be asked: a required parameter has no value, or a wrong one."""
    return any(
        problem(name, parameter, given.get(name, parameter.default or "")) is not None
        for name, parameter in runbook.parameters.items()
    )


def problem(name: str, parameter: Parameter, value: str) -> str | None:
    """Why a value will not do, or None."""
    if not value and not parameter.required:
        return None
    if parameter.type == "secret" and 0 < len(value) < SHORTEST_SECRET:
        return f"{name}: too short to be kept out of the log ({SHORTEST_SECRET} at least)"
    return check_value(name, parameter, value)


class Parameters(Screen[dict[str, str]]):
    """One field a parameter; secrets are typed hidden. Dismissed with None to leave."""

    BINDINGS = [  # noqa: RUF012
        Binding("escape", "leave", show=False),
        Binding("ctrl+s", "start", show=False),
    ]

    DEFAULT_CSS = """
    Parameters {
        & > .title { height: 1; background: $panel; text-style: bold; padding: 0 1; }
        & > .keys { height: 1; color: $quiet; padding: 0 1; dock: bottom; }
        & VerticalScroll { height: 1fr; padding: 0 1; }
        & .label { height: auto; margin-top: 1; }
        & .problem { height: auto; color: $error; }
        & Input { border: tall $border; }
        & Input:focus { border: tall $accent; }
    }
    """

    def __init__(self, runbook: Runbook, given: Mapping[str, str]) -> None:
        super().__init__()
        self._runbook = runbook
        self._given = given

    def compose(self) -> ComposeResult:
        yield Static(Content(f"Parameters of {safe_line(self._runbook.title)}"), classes="title")
        with VerticalScroll(can_focus=False):
            for name, parameter in self._runbook.parameters.items():
                yield Static(_label(name, parameter), classes="label")
                yield OneLine(
                    value=safe_line(self._given.get(name, parameter.default or "")),
                    password=parameter.type == "secret",
                    id=f"p-{name}",
                    select_on_focus=False,
                )
                yield Static("", classes="problem", id=f"e-{name}")
        yield Static(
            Content("enter next field · ctrl+s start the run · esc leave, nothing runs"),
            classes="keys",
        )

    def on_mount(self) -> None:
        for name, parameter in self._runbook.parameters.items():
            value = self._given.get(name, parameter.default or "")
            if problem(name, parameter, value) is not None:
                self.query_one(f"#p-{name}", Input).focus()
                return

    @on(Input.Changed)
    def _clear(self, event: Input.Changed) -> None:
        name = (event.input.id or "")[2:]
        self.query_one(f"#e-{name}", Static).update(Content(""))

    @on(OneLine.ManyLines)
    def _refuse(self, event: OneLine.ManyLines) -> None:
        name = (event.field.id or "")[2:]
        self.query_one(f"#e-{name}", Static).update(Content(refusal_of(event.lines)))

    @on(Input.Submitted)
    def _next(self, event: Input.Submitted) -> None:
        name = (event.input.id or "")[2:]
        if self._say(name, event.value):
            return
        if name == list(self._runbook.parameters)[-1]:
            self.action_start()
        else:
            self.focus_next(Input)

    def _say(self, name: str, value: str) -> bool:
        wrong = problem(name, self._runbook.parameters[name], value)
        self.query_one(f"#e-{name}", Static).update(Content(wrong or ""))
        return wrong is not None

    def action_start(self) -> None:
        """Starts the run where every value will do; else goes to the first that will not."""
        values: dict[str, str] = {}
        first: Input | None = None
        for name in self._runbook.parameters:
            field = self.query_one(f"#p-{name}", Input)
            values[name] = field.value
            if self._say(name, field.value) and first is None:
                first = field
        if first is not None:
            first.focus()
            return
        self.dismiss(values)

    def action_leave(self) -> None:
        """Leaves; nothing has started."""
        self.dismiss(None)


def _label(name: str, parameter: Parameter) -> Content:
    facts: list[str] = [parameter.type]
    if parameter.choices:
        facts = [f"one of {', '.join(parameter.choices)}"]
    if not parameter.required:
        facts.append("may stay empty")
    if parameter.type == "secret":
        facts.append("typed hidden, never logged")
    return Content.assemble(
        (name, "bold"),
        f"  {safe_line(parameter.description)}" if parameter.description else "",
        (f"  ({', '.join(facts)})", "$quiet"),
    )

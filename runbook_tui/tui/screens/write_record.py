"""Asks for a decision record: a form of short fields, prefilled where it comes from a step."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Input, Static

from runbook_tui.domain.records.events import Way
from runbook_tui.domain.rules import Refusal
from runbook_tui.domain.text import safe_line
from runbook_tui.recording import Wish, option_of
from runbook_tui.tui.folding import Line
from runbook_tui.tui.screens.dialog import Dialog, Words
from runbook_tui.tui.screens.fields import OneLine, refusal_of

FEWEST_OPTIONS = 4
"""Fields for options."""
BETWEEN = " ; "
"""Between several things in one field."""
_CHOICE = (
    ("chosen", "chosen", "the id of the option"),
    ("reason", "because", "why this one"),
)
_BESIDE = (
    ("evidence", "evidence", f"p99=/tmp/p99.txt{BETWEEN}evidence/… in the log"),
    ("thresholds", "changes it", f"p99 under 95 ms for a day{BETWEEN}…"),
    ("present", "with", f"who decided it with you: bob{BETWEEN}carol"),
    ("dissent", "dissent", "bob: I would wait"),
    ("reversibility", "way back", "reversible, one-way, or until 2026-05-08"),
    ("revisit", "look again", "14d, a day, a time, or never: why"),
)
Attempt = Callable[[Wish], str | None]
"""Records it; why it was not, else."""


class WriteRecord(Dialog[bool]):
    """The fields of a record. What will not do is said, and nothing that was typed is lost."""

    BINDINGS = [  # noqa: RUF012
        Binding("ctrl+s", "record", show=False),
        Binding("down", "app.focus_next", show=False),
        Binding("up", "app.focus_previous", show=False),
    ]

    DEFAULT_CSS = """
    WriteRecord {
        & .field { height: 1; }
        & .name { width: 12; color: $quiet; }
        & .field Input, &.-low .field Input {
            width: 1fr; height: 1; border: none; padding: 0; margin: 0; background: $panel;
        }
        & .field Input:focus { border: none; background-tint: $foreground 8%; }
        & .keys { margin-top: 0; }
    }
    """

    def __init__(
        self,
        title: str,
        attempt: Attempt,
        *,
        body: Content | str | Sequence[Line] = "",
        begin: Wish | None = None,
        asks_question: bool = True,
        asks_choice: bool = True,
    ) -> None:
        """`begin`: what stands in it already, its step and what it replaces among that. Of a step
        that has its own question, or its own choice, these are not asked for."""
        super().__init__(title, body, f"ctrl+s record · esc cancel ·{BETWEEN}between several")
        self._attempt = attempt
        self._begin = begin or Wish()
        count = max(FEWEST_OPTIONS, len(self._begin.options))
        question = [("question", "question", "what was asked")]
        question += [
            (f"option-{n}", f"option {n + 1}", "id: title: what follows (costs what it costs)")
            for n in range(count)
        ]
        self._options = count if asks_question else 0
        self._fields = (
            *(question if asks_question else ()),
            *(_CHOICE if asks_choice else ()),
            *_BESIDE,
        )

    def fields(self) -> ComposeResult:
        values = _values(self._begin)
        for name, label, hint in self._fields:
            with Horizontal(classes="field"):
                yield Static(Content(label), classes="name")
                yield OneLine(
                    value=values.get(name, ""),
                    placeholder=hint,
                    id=f"w-{name}",
                    select_on_focus=False,
                )
        yield Words("", classes="problem", id="problem")

    def on_mount(self) -> None:
        empty = [field for field in self.query(OneLine) if not field.value]
        (empty or list(self.query(OneLine)))[0].focus()

    @on(Input.Changed)
    def _clear(self) -> None:
        self.say("")

    @on(OneLine.ManyLines)
    def _refuse(self, event: OneLine.ManyLines) -> None:
        self.say(refusal_of(event.lines))

    @on(Input.Submitted)
    def _next(self, event: Input.Submitted) -> None:
        if event.input.id == f"w-{self._fields[-1][0]}":
            self.action_record()
        else:
            self.focus_next(Input)

    def _value(self, name: str) -> str:
        found = self.query(f"#w-{name}").results(OneLine)
        return next((safe_line(field.value).strip() for field in found), "")

    def _several(self, name: str) -> tuple[str, ...]:
        parts = self._value(name).split(BETWEEN)
        return tuple(part.strip() for part in parts if part.strip())

    def _ways(self) -> tuple[Way, ...] | Refusal:
        found = []
        for number in range(self._options):
            text = self._value(f"option-{number}")
            way = option_of(text) if text else None
            if isinstance(way, Refusal):
                return way
            if way is not None:
                found.append(way)
        return tuple(found)

    def action_record(self) -> None:
        """Records it, where enough of it is said."""
        if not self.read():
            return
        ways = self._ways()
        if isinstance(ways, Refusal):
            self.say(str(ways))
            return
        problem = self._attempt(
            Wish(
                question=self._value("question"),
                options=ways,
                chosen=self._value("chosen"),
                reason=self._value("reason"),
                evidence=self._several("evidence"),
                thresholds=self._several("thresholds"),
                present=self._several("present"),
                dissent=self._several("dissent"),
                reversibility=self._value("reversibility"),
                revisit=self._value("revisit"),
                step=self._begin.step,
                replaces=self._begin.replaces,
            )
        )
        if problem is None:
            self.dismiss(True)
        else:
            self.say(problem)


def _values(wish: Wish) -> dict[str, str]:
    found = {
        "question": wish.question,
        "chosen": wish.chosen,
        "reason": wish.reason,
        "evidence": BETWEEN.join(wish.evidence),
        "thresholds": BETWEEN.join(wish.thresholds),
        "present": BETWEEN.join(wish.present),
        "dissent": BETWEEN.join(wish.dissent),
        "reversibility": wish.reversibility,
        "revisit": wish.revisit,
    }
    for number, way in enumerate(wish.options):
        after = f": {way.consequence}" if way.consequence else ""
        cost = f" (costs {way.cost})" if way.cost else ""
        found[f"option-{number}"] = f"{way.id}: {way.title}{after}{cost}"
    return {name: safe_line(text) for name, text in found.items()}

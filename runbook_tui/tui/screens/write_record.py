"""Asks for a decision record: a form of short fields, prefilled where it comes from a step."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.content import Content

from runbook_tui.domain.records.events import Way
from runbook_tui.domain.rules import Refusal
from runbook_tui.domain.text import safe_line
from runbook_tui.recording import Wish, option_of
from runbook_tui.tui.folding import Line
from runbook_tui.tui.screens.form import Field, Form

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


class WriteRecord(Form[bool]):
    """The fields of a record. What will not do is said, and nothing that was typed is lost."""

    DEFAULT_CSS = """
    WriteRecord .keys { margin-top: 0; }
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
        self._fields: tuple[Field, ...] = (
            *(question if asks_question else ()),
            *(_CHOICE if asks_choice else ()),
            *_BESIDE,
        )

    def asked(self) -> tuple[Field, ...]:
        """What there is to say of this one."""
        return self._fields

    def begun_with(self) -> dict[str, str]:
        """What is known of it already."""
        return _values(self._begin)

    def _several(self, name: str) -> tuple[str, ...]:
        parts = self.value(name).split(BETWEEN)
        return tuple(part.strip() for part in parts if part.strip())

    def _ways(self) -> tuple[Way, ...] | Refusal:
        found = []
        for number in range(self._options):
            text = self.value(f"option-{number}")
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
                question=self.value("question"),
                options=ways,
                chosen=self.value("chosen"),
                reason=self.value("reason"),
                evidence=self._several("evidence"),
                thresholds=self._several("thresholds"),
                present=self._several("present"),
                dissent=self._several("dissent"),
                reversibility=self.value("reversibility"),
                revisit=self.value("revisit"),
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

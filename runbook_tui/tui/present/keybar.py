"""The last line: what the keys do now. What does not work now is not advertised."""

from __future__ import annotations

from collections.abc import Mapping

from textual.content import Content

from runbook_tui.domain.acts import ACTS, why_not
from runbook_tui.domain.advance import next_act
from runbook_tui.domain.messages.cadence import tells
from runbook_tui.domain.runbook import Step
from runbook_tui.domain.state import RunState, current
from runbook_tui.tui.keys import key_text

TICK = "tick item"
_NEXT_WORDS = {
    "start": "start",
    "tick": TICK,
    "run": "run",
    "verify": "verify",
    "settle-unknown": "settle",
    "observe": "observe",
    "evidence": "attach",
    "choose": "decide",
    "gate": "go / no-go",
    "wait": "wait",
    "check": "run checks",
    "findings": "findings",
    "look": "look",
    "message": "write it",
    "approve": "approval?",
    "retry": "retry",
    "done": "done",
    "continue": "go on",
}
_OFFERED = ("tick", "run", "verify", "observe", "done", "skip", "take-back")


def next_word(state: RunState, step: Step | None, *, busy: bool) -> str:
    """What enter does now, in a word or two; "" where it does nothing."""
    if current(state) is None and not state.is_over:
        return "close run" if state.effects.rolling is None else "end the rollback"
    if step is None or busy:
        return ""
    return _NEXT_WORDS.get(next_act(state, step), "")


def key_bar(
    state: RunState,
    step: Step | None,
    who: str,
    width: int,
    changed: Mapping[str, str],
    *,
    busy: bool = False,
) -> Content:
    """Keys in order of use, as many as fit; help is always among them.

    `busy`: something of this step runs in this program, so enter has nothing to do.
    """
    parts: list[tuple[str, str]] = []
    if busy:
        # A hand looks for ctrl+c here, which copies everywhere else.
        parts.append((key_text("acts", changed), "cancel …"))
        parts.append((key_text("copy", changed), "ends nothing"))
    word = next_word(state, step, busy=busy)
    if word:
        parts.append((key_text("next", changed), word))
    if step is not None and (current(state) is not None or state.is_over):
        for name in _OFFERED:
            if word == name or (name == "tick" and word == TICK):
                continue
            if why_not(state, ACTS[name], step, who) is None:
                label = "take back" if name == "take-back" else name
                parts.append((key_text(name, changed), label))
    parts += [
        (key_text(name, changed), name)
        for name in ("note", "redline")
        if why_not(state, ACTS[name], step, who) is None
    ]
    if tells(state):
        told = (key_text("message", changed), "messages")
        at_once = step is not None and step.kind == "message"
        parts.insert(min(len(parts), 2) if at_once else len(parts), told)
    if state.effects.ledger:
        parts.append((key_text("ledger", changed), "ledger"))
    if state.records.waiting:
        parts.append((key_text("records", changed), "records"))
    last = [] if busy else [(key_text("acts", changed), "all acts")]
    last.append((key_text("help", changed), "help"))
    shown = [*parts, *last]
    while len(shown) > len(last) + 1 and _width(shown) > width:
        shown.pop(-len(last) - 1)
    pieces: list[str | tuple[str, str]] = []
    for key, label in shown:
        pieces += [(f" {key}", "bold $accent"), (f" {label} ", "")]
    return Content.assemble(*pieces)


def _width(parts: list[tuple[str, str]]) -> int:
    return sum(len(key) + len(label) + 3 for key, label in parts)

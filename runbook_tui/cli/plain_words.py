"""The words of line mode: what a typed line means, and the help that lists them."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches

from runbook_tui.domain.act import Act
from runbook_tui.domain.acts import ACTS
from runbook_tui.domain.runbook import DecisionStep, Step
from runbook_tui.domain.state import RunState

OWN = {
    "list": "every step and where it stands",
    "show": "show a step whole: show, show STEP",
    "goto": "work on another step: goto STEP",
    "back": "back to the current step",
    "time": "the clocks in full, and what can be done: more time, a later end, an answer",
    "log": "the last decisions: log, log 50",
    "effects": "what was left behind: effects, effects 3, effects 3 look, effects add flag NAME",
    "records": "why it was decided: records, records 2, records new, records 2 kept",
    "message": "what people are told: message, message 2, message no-news, message new delay",
    "amend": "adopt the runbook as it was edited on disk",
    "help": "this",
    "quit": "leave; the run stays open",
}
"""The words that are no acts."""


@dataclass(frozen=True)
class Said:
    """A typed line: its first word and the rest."""

    word: str
    rest: str


def parse(line: str) -> Said:
    """The line as a word and the rest of it."""
    word, _, rest = line.strip().partition(" ")
    return Said(word.lower(), rest.strip())


def unknown(word: str) -> str:
    """What to say about a word that means nothing."""
    near = get_close_matches(word, [*ACTS, *OWN], n=1)
    hint = f", did you mean {near[0]}?" if near else "; help lists the words"
    return f"no such word {word!r}{hint}"


def item_of(act: Act, state: RunState, step: Step, rest: str) -> str | None:
    """The key of the item that was meant: its number, its name or text, or how it begins.

    Without any the next one to tick. None where none or more than one is meant.
    """
    items = step.checklist
    if not rest:
        ticked = state.of(step.id).ticked
        left = [item.key for item in items if item.key not in ticked]
        return left[0] if act.id == "tick" and left else None
    if rest.isdecimal() and len(rest) < 4:
        number = int(rest)
        return items[number - 1].key if 1 <= number <= len(items) else None
    exact = [item.key for item in items if rest in (item.key, item.text)]
    begins = [i.key for i in items if i.text.lower().startswith(rest.lower())]
    found = exact or begins
    return found[0] if len(found) == 1 else None


def option_of(step: Step, rest: str) -> str:
    """``option: reason`` from a number or an option's id, and a reason after it."""
    first, _, reason = rest.partition(" ")
    first = first.rstrip(":")
    if isinstance(step, DecisionStep) and first.isdecimal() and len(first) < 4:
        number = int(first)
        if 1 <= number <= len(step.options):
            first = step.options[number - 1].id
    return f"{first}: {reason.strip()}"


def help_text() -> str:
    """Every word."""
    lines = [
        "Enter alone does what comes next. Acts take what they ask for after the word:",
        "  skip the disk is full     tick 2     observe 3/3     choose keep it is fine",
        "",
        "Acts on the step:",
    ]
    lines += [f"  {act.id:13} {act.help}" for act in ACTS.values() if not act.on_run]
    lines += ["", "Acts on the run (note - and redline - are about the run, too):"]
    lines += [f"  {act.id:13} {act.help}" for act in ACTS.values() if act.on_run]
    lines += ["", "To look around:"]
    lines += [f"  {word:13} {what}" for word, what in OWN.items()]
    lines += ["", "Ctrl+C while a command runs asks whether to cancel it. Ctrl+D leaves."]
    return "\n".join(lines)

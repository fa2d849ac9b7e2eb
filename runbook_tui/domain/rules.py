"""Rules shared by all decisions: refusals, reasons, roles, order, observed values."""

from __future__ import annotations

import re
from dataclasses import dataclass

from runbook_tui.domain.events import AnyEvent
from runbook_tui.domain.hands import NOT_APPROVED, hands
from runbook_tui.domain.regexes import LONGEST_MATCHED, compile_pattern
from runbook_tui.domain.runbook import Observe, Step
from runbook_tui.domain.state import (
    RunState,
    Status,
    applies,
    closed_gate,
    current,
    outstanding,
    unmet_needs,
)
from runbook_tui.domain.text import safe_line

LONGEST_TEXT = 8_000
"""Characters in a reason, note or value. What is longer is evidence, not a sentence."""
LONGEST_NAME = 100
LONGEST_REFUSAL = 1_000


@dataclass(frozen=True)
class Refusal:
    """Why a command is not carried out, and what to do instead: each one safe line.

    It may quote what somebody typed or a runbook says, so it is cleaned here, once for all.
    """

    reason: str
    hint: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "reason", safe_line(self.reason, LONGEST_REFUSAL))
        object.__setattr__(self, "hint", safe_line(self.hint, LONGEST_REFUSAL))

    def __str__(self) -> str:
        return f"{self.reason} ({self.hint})" if self.hint else self.reason


Verdict = tuple[AnyEvent, ...] | Refusal


def name_refusal(by: str) -> Refusal | None:
    """A refusal where a name is none, or would not look in the log like what it is."""
    if not by.strip():
        return Refusal("nobody is named as deciding", "give your name with --as")
    if safe_line(by) != by or len(by) > LONGEST_NAME:
        return Refusal(
            f"{safe_line(by, 40)!r} is no name: one line of visible characters, "
            f"{LONGEST_NAME} at most, without blanks around it",
            "give another with --as",
        )
    return None


def said(text: str, what: str) -> Refusal | None:
    """A refusal where words are asked for and none, or far too many, are given."""
    if not text.strip():
        needs = "needs text" if what in ("a note", "a redline") else "always needs a reason"
        return Refusal(f"{what} {needs}")
    if len(text) > LONGEST_TEXT:
        return Refusal(
            f"{what} takes at most {LONGEST_TEXT:,} characters, this is {len(text):,}",
            "attach it as evidence instead",
        )
    return None


def role_refusal(state: RunState, step: Step, by: str) -> Refusal | None:
    """A refusal where the step belongs to a role that `by` does not hold."""
    return not_in_role(state, step.role, by, f"{step.id} is for")


def approver_refusal(state: RunState, step: Step, by: str) -> Refusal | None:
    """A refusal where `by` may not approve the step."""
    if step.approval is None:
        return Refusal(f"{step.id} asks for no approval")
    now = state.of(step.id)
    if by == state.driver or by in hands(now):
        return Refusal(
            "nobody approves their own step"
            if by in (state.driver, now.started_by)
            else f"{by} had a hand in {step.id}, and nobody approves their own work",
            f"another person approves: runbook-tui decide {state.run} {step.id} approve --as NAME",
        )
    if by in [name for name, _ in now.approvals]:
        return Refusal(f"{by} has approved already")
    return not_in_role(state, step.approval.role, by, "approval is for")


def too_early_refusal(state: RunState, step: Step) -> Refusal | None:
    """A refusal where there is not yet all that an approval is to be about."""
    missing = [one for one in outstanding(state, step) if one != NOT_APPROVED]
    if not missing:
        return None
    return Refusal(
        f"{step.id} cannot be approved yet: {'; '.join(missing)}",
        "an approval is for what is there: it comes last",
    )


def not_in_role(state: RunState, role_id: str | None, by: str, words: str) -> Refusal | None:
    """A refusal where `by` is not among the people of a role that names people."""
    if role_id is None:
        return None
    role = state.plan.runbook.roles.get(role_id)
    if role is None or not role.people or by in role.people:
        return None
    return Refusal(f"{words} {role_id} ({', '.join(role.people)}), you are {by}")


def condition_refusal(state: RunState, step: Step) -> Refusal | None:
    """A refusal where the step does not apply, or nobody can say yet."""
    holds = applies(state, step)
    if holds is True or step.when is None:
        return None
    about = step.when.parameter or step.when.decision
    if holds is None:
        return Refusal(f"{step.id} hangs on the decision {about}, which is not made yet")
    return Refusal(f"{step.id} does not apply here: it hangs on {about}")


def start_refusal(state: RunState, step: Step, reason: str) -> Refusal | None:
    """A refusal where work on the step cannot begin now."""
    refusal = locked_refusal(state, step)
    if refusal is not None:
        return refusal
    now = current(state)
    if now is not None and now.id != step.id and not reason.strip():
        return Refusal(
            f"the current step is {now.id}; {step.id} is out of order",
            "start it with a reason if it must be",
        )
    return None


def locked_refusal(state: RunState, step: Step) -> Refusal | None:
    """A refusal where the step's needs are open or a gate before it is closed.

    No reason opens these: needs and gates are settled themselves, or nothing behind them begins.
    """
    missing = unmet_needs(state, step)
    if missing:
        return Refusal(
            f"{step.id} needs {', '.join(missing)} first",
            "do them, or skip or override them with a reason",
        )
    gate = closed_gate(state, step)
    if gate is not None and gate.id != step.id:
        return Refusal(f"the gate {gate.id} is not open", "decide the gate first")
    return None


def value_refusal(observe: Observe, value: str) -> Refusal | None:
    """A refusal where an observed value is not of the kind the runbook asks for."""
    text = value.strip()
    if not text:
        return Refusal(f"write down what you see: {observe.label}")
    if observe.type in ("integer", "number"):
        return _number_refusal(observe, text)
    if observe.type == "choice" and text not in observe.choices:
        return Refusal(
            f"{observe.label} is one of {', '.join(observe.choices)}, not {_quoted(text)}"
        )
    if observe.pattern is not None:
        return _pattern_refusal(observe.label, observe.pattern, text)
    return said(text, "an observed value")


def _quoted(text: str) -> str:
    return f"'{safe_line(text, 60)}'"


def _pattern_refusal(label: str, pattern: str, text: str) -> Refusal | None:
    compiled = compile_pattern(pattern)
    if isinstance(compiled, str):
        # Lint reports it; a run under way goes on, and the value is a person's word.
        return said(text, "an observed value")
    # Longer texts could keep an expression busy for ever.
    if len(text) > LONGEST_MATCHED or compiled.fullmatch(text) is None:
        return Refusal(f"{label} must look like {pattern}, {_quoted(text)} does not")
    return None


def _number_refusal(observe: Observe, text: str) -> Refusal | None:
    whole = observe.type == "integer"
    form = r"[+-]?[0-9]{1,18}" if whole else r"[+-]?[0-9]{1,18}(\.[0-9]{1,18})?"
    if re.fullmatch(form, text) is None:
        kind = "a whole number" if whole else "a number"
        return Refusal(f"{observe.label} is {kind}, {_quoted(text)} is not")
    number = float(text)
    if observe.min is not None and number < observe.min:
        return Refusal(
            f"{observe.label} is at least {observe.min:g}, this is {text}",
            "if that is what you see, fail or override the step with a reason",
        )
    if observe.max is not None and number > observe.max:
        return Refusal(
            f"{observe.label} is at most {observe.max:g}, this is {text}",
            "if that is what you see, fail or override the step with a reason",
        )
    return None


OPEN_TO_START = frozenset({Status.PENDING, Status.DEFERRED})
"""Statuses in which the first act on a step also starts it."""

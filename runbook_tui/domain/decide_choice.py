"""Decisions that settle a step by themselves: an option chosen, a gate decided."""

from __future__ import annotations

from runbook_tui.domain import events as ev
from runbook_tui.domain.decide_begin import begin, not_open
from runbook_tui.domain.hands import NOT_APPROVED
from runbook_tui.domain.moment import Moment
from runbook_tui.domain.preflight import closes
from runbook_tui.domain.rules import LONGEST_TEXT, Refusal, Verdict, said
from runbook_tui.domain.runbook import DecisionStep, GateStep, Step
from runbook_tui.domain.state import RunState, Status, StepState, outstanding, under_way

MOST_NAMED = 3
"""Reasons that a refusal names; the findings screen shows all."""


def _held(reasons: tuple[str, ...]) -> str:
    more = len(reasons) - MOST_NAMED
    others = f"; and {more} more" if more > 0 else ""
    return f"preflight keeps the gate closed: {'; '.join(reasons[:MOST_NAMED])}{others}"


def _then_done(
    state: RunState, step: Step, now: StepState, event: ev.AnyEvent, settles: str
) -> Verdict:
    """`event`, and done with it where nothing but what it `settles` was outstanding."""
    start = begin(state, step, now)
    if isinstance(start, Refusal):
        return start
    if not start and now.status is not Status.ACTIVE:
        return not_open(step, now)
    left = [missing for missing in outstanding(state, step) if missing != settles]
    # An approval is for what was decided, so it comes after: one given before is void now.
    open_ = bool(left) or step.approval is not None or under_way(now) is not None
    done = () if open_ else (ev.StepDone(step=step.id),)
    return (*start, event, *done)


def choose(state: RunState, step: Step, now: StepState, option: str, reason: str) -> Verdict:
    """The choice of an option, or why it cannot be made."""
    if not isinstance(step, DecisionStep):
        return Refusal(f"{step.id} has no options")
    ids = [o.id for o in step.options]
    if option not in ids:
        return Refusal(f"{step.id} has no option {option!r}", f"options: {', '.join(ids)}")
    if len(reason) > LONGEST_TEXT:
        return said(reason, "a choice") or ()
    event = ev.OptionChosen(step=step.id, option=option, reason=reason.strip())
    return _then_done(state, step, now, event, "no option chosen")


def decide_gate(
    state: RunState, step: Step, now: StepState, go: bool, reason: str, at: Moment | None
) -> Verdict:
    """Go or no-go, or why it cannot be said. What preflight found and nobody answered keeps it
    closed, whatever was ticked."""
    if not isinstance(step, GateStep):
        return Refusal(f"{step.id} is no gate")
    if len(reason) > LONGEST_TEXT:
        return said(reason, "a gate decision") or ()
    if not go:
        problem = said(reason, "no-go")
        if problem is not None:
            return problem
        if under_way(now) is not None:
            return Refusal("a command of this step is running")
        start = begin(state, step, now)
        if isinstance(start, Refusal):
            return start
        if not start and now.status is not Status.ACTIVE:
            return not_open(step, now)
        return (*start, ev.GateDecided(step=step.id, go=False, reason=reason.strip()))
    left = [m for m in outstanding(state, step) if m not in ("no go", NOT_APPROVED)]
    if left:
        return Refusal(f"not yet go: {'; '.join(left)}", "meet it, or override with a reason")
    held = closes(state, step, at)
    if held:
        return Refusal(_held(held), "cure or waive each (p), or override the gate with a reason")
    event = ev.GateDecided(step=step.id, go=True, reason=reason.strip())
    return _then_done(state, step, now, event, "no go")

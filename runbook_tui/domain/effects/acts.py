"""What a person can do about side effects and ways back, by name."""

from __future__ import annotations

from runbook_tui.domain.act import Act
from runbook_tui.domain.effects import commands as ecmd
from runbook_tui.domain.rules import Refusal
from runbook_tui.domain.runbook import Step
from runbook_tui.domain.state import RunState, StepState, under_way

EFFECT_ACTS = (
    Act(
        "look",
        "Look at the side effects",
        "Look what of this step is there, by its probes.",
        lambda s, t: ecmd.IntendEffects(s),
        runs="look",
    ),
    Act(
        "rollback",
        "Roll back all of the run",
        "Walk back what happened, newest first; the plan is shown before.",
        lambda s, t: ecmd.BeginRollback(reason=t),
        "reason",
        on_run=True,
    ),
    Act(
        "turn-forward",
        "Turn forward again",
        "Leave the way back where it stands; what was taken back is to be done again.",
        lambda s, t: ecmd.TurnForward(t),
        "reason",
        on_run=True,
    ),
    Act(
        "end-rollback",
        "End the rollback",
        "Every step of it is settled: look once more, compare with before, end it.",
        lambda s, t: ecmd.EndRollback(),
        on_run=True,
        runs="end-rollback",
    ),
)


def lookable(state: RunState, step: Step) -> Refusal | None:
    """Why the side effects of a step cannot be looked at now."""
    if state.is_over:
        return Refusal(f"the run is {state.status}")
    if under_way(state.of(step.id)) is not None:
        return Refusal(f"a command of {step.id} is running")
    effects = state.effects
    known = (*effects.of_step(step.id), *effects.taken_by(step.id), *effects.covered_by(step.id))
    if not any(each.can_be_seen and each.begun for each in known):
        return Refusal(f"{step.id} left nothing that can be looked at")
    return None


def next_back(state: RunState, step: Step, now: StepState) -> str | None:
    """What comes next in a step of a way back that is under way: first a look, and another one once
    it has acted. None where it is as in any other step."""
    rollback = state.effects.rollback_of(step.id)
    taken = state.effects.taken_by(step.id)
    if rollback is None or not taken:
        return None
    if state.effects.is_gone(step.id):
        return "done"
    visible = [each for each in taken if each.can_be_seen]
    stale = [e for e in visible if not rollback.was_looked_at(e)]
    if step.kind != "command":
        unticked = any(item.key not in now.ticked for item in step.checklist)
        if stale and not now.ticked:
            return "look"
        if unticked or (step.kind == "decision" and now.choice is None):
            return None
        return "look" if visible else None
    worked = now.run is not None and now.run.outcome == "ok"
    return "look" if worked and visible else None

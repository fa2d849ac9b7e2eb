"""Every act a person can do, by name: the one registry behind keys, palette, plain mode and CLI.

An act says what it asks for and makes the command. Whether it is allowed is `decide`'s to say.
"""

from __future__ import annotations

from dataclasses import replace

from runbook_tui.domain import commands as cmd
from runbook_tui.domain.act import Act
from runbook_tui.domain.decide import decide
from runbook_tui.domain.effects.acts import EFFECT_ACTS, lookable
from runbook_tui.domain.effects.decide_rollback import NotLooked
from runbook_tui.domain.no_return import NotAgreed, agreeing, is_ahead
from runbook_tui.domain.preflight_acts import PREFLIGHT_ACTS, anything, waivable
from runbook_tui.domain.rules import OPEN_TO_START, Refusal, value_refusal
from runbook_tui.domain.runbook import DecisionStep, Step
from runbook_tui.domain.state import RunState

_ACTS = (
    Act(
        "start",
        "Start this step",
        "Begin work on it; out of order it asks why.",
        lambda s, t: cmd.StartStep(s, t),
        "maybe-reason",
    ),
    Act(
        "tick",
        "Tick an item",
        "Confirm one item of the checklist.",
        lambda s, t: cmd.Tick(s, t),
        "item",
    ),
    Act(
        "untick",
        "Untick an item",
        "Take one tick away.",
        lambda s, t: cmd.Tick(s, t, on=False),
        "item",
    ),
    Act(
        "run",
        "Run the command",
        "Shows it in full, asks, runs it, verifies.",
        lambda s, t: cmd.BeginCommand(s, purpose="run", line=t),
        runs="run",
    ),
    Act(
        "run-failed",
        "Run it on the failed hosts",
        "Once more, only where it did not end well; shows it in full, asks.",
        lambda s, t: cmd.BeginCommand(s, purpose="run", line=t, again=True),
        runs="run-failed",
    ),
    Act(
        "verify",
        "Verify",
        "Run the read-only verification.",
        lambda s, t: cmd.BeginCommand(s, purpose="verify", line=t),
        runs="verify",
    ),
    Act(
        "wait",
        "Wait",
        "Wait for the time or condition of this step.",
        lambda s, t: cmd.StartStep(s),
        runs="wait",
    ),
    Act(
        "end-wait",
        "End the wait early",
        "Go on before what it waits for.",
        lambda s, t: cmd.EndWait(s, t, early=True),
        "reason",
    ),
    Act(
        "observe",
        "Write down a value",
        "Record what you see, not that you looked.",
        lambda s, t: cmd.ObserveValue(s, t),
        "value",
    ),
    Act(
        "attach",
        "Attach evidence",
        "Commit a text or a file under a name.",
        lambda s, t: cmd.AddEvidence(s, t, "", 0),
        "file",
    ),
    Act(
        "approve",
        "Approve as another person",
        "Only somebody who does not drive.",
        lambda s, t: cmd.Approve(s, t),
        "maybe-reason",
    ),
    Act(
        "choose",
        "Choose an option",
        "Decide between the options.",
        lambda s, t: cmd.ChooseOption(s, *_split(t)),
        "option",
    ),
    Act(
        "go",
        "Go",
        "Open the gate; every criterion must be met.",
        lambda s, t: cmd.DecideGate(s, go=True, reason=t),
        "maybe-reason",
    ),
    Act(
        "no-go",
        "No-go",
        "Keep the gate closed.",
        lambda s, t: cmd.DecideGate(s, go=False, reason=t),
        "reason",
    ),
    Act(
        "done",
        "Done",
        "Everything the step asks for is there.",
        lambda s, t: cmd.FinishStep(s, t),
        "maybe-reason",
    ),
    Act(
        "skip",
        "Skip this step",
        "Leave it out for good.",
        lambda s, t: cmd.SkipStep(s, t),
        "reason",
    ),
    Act(
        "defer",
        "Defer this step",
        "It comes back at the end.",
        lambda s, t: cmd.DeferStep(s, t),
        "reason",
    ),
    Act(
        "delegate",
        "Delegate the message",
        "Somebody else sends it: who, a colon, and what was agreed (bob: he has the list).",
        lambda s, t: cmd.DelegateStep(s, *_split(t)),
        "reason",
    ),
    Act("fail", "Mark as failed", "It did not work.", lambda s, t: cmd.FailStep(s, t), "reason"),
    Act(
        "retry",
        "Retry",
        "Another attempt after a failure, or once more.",
        lambda s, t: cmd.ReopenStep(s, t, retry=True),
        "maybe-reason",
    ),
    Act(
        "reopen",
        "Reopen",
        "Back to a step that was settled.",
        lambda s, t: cmd.ReopenStep(s, t),
        "reason",
    ),
    Act(
        "override",
        "Override",
        "Accept it although something is missing.",
        lambda s, t: cmd.OverrideStep(s, t),
        "reason",
    ),
    Act(
        "happened",
        "It took effect",
        "The interrupted command did its work.",
        lambda s, t: cmd.SettleUnknown(s, happened=True, reason=t),
        "reason",
    ),
    Act(
        "not-happened",
        "It did not take effect",
        "The interrupted command did nothing.",
        lambda s, t: cmd.SettleUnknown(s, happened=False, reason=t),
        "reason",
    ),
    Act(
        "take-back",
        "Take back",
        "Take back the step's last decision; both stay in the log.",
        lambda s, t: cmd.TakeBack(s),
    ),
    Act(
        "extend",
        "Give it more time",
        "Say how long and why: 10m the copy is slow. The buffer pays for it.",
        lambda s, t: cmd.ExtendTimer(s, *_length(t)),
        "length",
    ),
    Act(
        "note",
        "Leave a note",
        "Words for whoever reads the log.",
        lambda s, t: cmd.AddNote(t, s or None),
        "text",
    ),
    Act(
        "redline",
        "Redline",
        "What should change in the runbook.",
        lambda s, t: cmd.AddRedline(t, s or None),
        "text",
    ),
    Act(
        "pause",
        "Pause the run",
        "Nothing goes on until you say so. The window runs on.",
        lambda s, t: cmd.PauseRun(t),
        "reason",
        on_run=True,
    ),
    Act(
        "pause-held",
        "Pause the run and the window",
        "Nothing goes on, and it is agreed that the window stands still meanwhile.",
        lambda s, t: cmd.PauseRun(t, held=True),
        "reason",
        on_run=True,
    ),
    Act("continue", "Go on", "End the pause.", lambda s, t: cmd.ContinueRun(), on_run=True),
    Act(
        "extend-window",
        "Extend the window",
        "A later hard end, as agreed: 30m customer agreed on the phone.",
        lambda s, t: cmd.ExtendWindow(*_length(t)),
        "length",
        on_run=True,
    ),
    Act(
        "go-past",
        "Go on past the latest safe rollback",
        "From here a rollback may end after the window.",
        lambda s, t: cmd.AnswerDeadline("rollback", "go-on", t),
        "reason",
        on_run=True,
    ),
    Act(
        "roll-back",
        "Decide to roll back",
        "Recorded with the figures of this moment; then roll back all of the run.",
        lambda s, t: cmd.AnswerDeadline("rollback", "roll-back", t),
        "reason",
        on_run=True,
    ),
    Act(
        "overrun",
        "Go on past the end of the window",
        "Whoever gave the window knows.",
        lambda s, t: cmd.AnswerDeadline("window", "go-on", t),
        "reason",
        on_run=True,
    ),
    Act(
        "close",
        "Close the run",
        "Every step is settled: end it.",
        lambda s, t: cmd.CloseRun(t),
        "maybe-reason",
        on_run=True,
        destructive=True,
    ),
    Act(
        "abort",
        "Abort the run",
        "End it where it stands, for good.",
        lambda s, t: cmd.AbortRun(t),
        "reason",
        on_run=True,
        destructive=True,
    ),
)

ACTS = {act.id: act for act in (*_ACTS, *PREFLIGHT_ACTS, *EFFECT_ACTS)}
"""Every act by its id."""


def _split(text: str) -> tuple[str, str]:
    """``option: reason`` as its two parts; the reason may be missing."""
    option, _, reason = text.partition(":")
    return option.strip(), reason.strip()


def _length(text: str) -> tuple[str, str]:
    """``10m the copy is slow`` as its two parts; either may be missing."""
    length, _, reason = text.strip().partition(" ")
    return length.rstrip(":"), reason.strip()


def why_not(state: RunState, act: Act, step: Step | None, by: str) -> Refusal | None:
    """Why the act cannot be done now, or None. What it asks for is taken as given, and that
    somebody agrees to pass a point of no return."""
    refusal = _refused(state, act, step, by)
    return None if isinstance(refusal, NotAgreed | NotLooked) else refusal


def passes_return(state: RunState, act: Act, step: Step | None, by: str) -> bool:
    """Whether the act would begin a point of no return, so that somebody must agree first."""
    if act.on_run or step is None or not is_ahead(state, step):
        return False
    refusal = _refused(state, act, step, by)
    # A value that is still to be typed would begin it, too.
    return isinstance(refusal, NotAgreed) or (refusal is None and act.asks == "value")


BEGINS = frozenset({"start", "reopen", "retry"})
"""Acts that can carry the agreement; any other is done once the step was started with it."""


def agreed(act: Act) -> Act:
    """The act of somebody who was asked, and agrees that there is no way back."""
    return replace(act, make=lambda s, t: agreeing(act.make(s, t)))


def _refused(state: RunState, act: Act, step: Step | None, by: str) -> Refusal | None:
    step_id = step.id if step is not None else ""
    answer = "…"
    if step is not None and act.asks == "item":
        ticked = state.of(step_id).ticked
        keys = [i.key for i in step.checklist if (i.key in ticked) is (act.id == "untick")]
        if not keys:
            return Refusal(f"no item of {step_id} is left to {act.id}")
        answer = keys[0]
    elif act.asks == "option":
        if not isinstance(step, DecisionStep):
            return Refusal(f"{step_id} has no options")
        answer = step.options[0].id
    elif act.asks == "length":
        answer = "1m …"
    elif step is not None and act.asks == "waiver":
        meant = waivable(state, act, step)
        if isinstance(meant, Refusal):
            return meant
        answer = f"{meant} 1h …: …"
    elif step is not None and act.runs == "look":
        return lookable(state, step)
    elif step is not None and act.runs in ("check", "remedy"):
        # What it needs to know comes later; here it is asked whether it could be.
        return anything(state, act, step, by)
    command = act.make(step_id, answer)
    if act.runs == "wait" and step is not None:
        if step.kind != "wait":
            return Refusal(f"{step_id} does not wait for anything")
        if state.of(step_id).status not in OPEN_TO_START:
            # It has begun: what is asked is whether the wait could end.
            command = cmd.EndWait(step_id, answer)
    verdict = decide(state, command, by)
    if not isinstance(verdict, Refusal):
        return None
    if act.asks == "value" and step is not None and step.observe is not None:
        return None if verdict == value_refusal(step.observe, answer) else verdict
    return verdict

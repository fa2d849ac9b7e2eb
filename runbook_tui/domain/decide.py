"""decide(state, command, by) -> events, or a refusal with its reason. Total and pure.

The rules of a run stand here and nowhere else: a screen that greys an action asks `decide`
what it would say. Every event given is one the fold accepts.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from msgspec import structs

from runbook_tui.domain import commands as cmd
from runbook_tui.domain import events as ev
from runbook_tui.domain.decide_step import decide_step
from runbook_tui.domain.decide_time import answer_deadline, extend_window, pause
from runbook_tui.domain.effects.commands import EffectCommand
from runbook_tui.domain.effects.decide import decide_effect, with_intents
from runbook_tui.domain.effects.decide_rollback import elsewhere, guarded
from runbook_tui.domain.effects.naming import name_of
from runbook_tui.domain.effects.residue import LeftOver, unanswered
from runbook_tui.domain.messages.channels import BY_HAND
from runbook_tui.domain.messages.commands import MessageCommand
from runbook_tui.domain.messages.decide import DeliveryCommand, decide_message
from runbook_tui.domain.moment import Moment
from runbook_tui.domain.parameters import carried_over
from runbook_tui.domain.plan import Plan, same_meaning
from runbook_tui.domain.records.commands import RecordCommand
from runbook_tui.domain.records.decide import decide_record
from runbook_tui.domain.rules import LONGEST_TEXT, Refusal, Verdict, name_refusal, said
from runbook_tui.domain.runbook import Step
from runbook_tui.domain.state import (
    SETTLED,
    RunState,
    RunStatus,
    Status,
    is_settled,
    running_steps,
)
from runbook_tui.domain.text import safe_line

__all__ = ["LONGEST_TEXT", "Refusal", "Verdict", "decide"]


def decide(state: RunState, command: cmd.AnyCommand, by: str, now: Moment | None = None) -> Verdict:
    """What follows from `command` by the person `by`: one or more events, or why not.

    `now`: what ends with time is judged by it; by the last event's moment where it is not given.
    """
    nameless = name_refusal(by)
    if nameless is not None:
        return nameless
    if isinstance(command, cmd.StartRun):
        return _start(state, command)
    if state.status is RunStatus.NOT_STARTED:
        return Refusal("the run has not started")
    if isinstance(command, cmd.AddNote):
        return _note(state, command)
    if isinstance(command, DeliveryCommand):
        return decide_message(state, command, by, now)
    if isinstance(command, RecordCommand):
        moment = now or state.at
        return decide_record(state, command, moment) if moment else Refusal("when is that?")
    if state.is_over:
        return Refusal(
            f"the run is {state.status}; it takes nothing but notes",
            "leave a note (n, or runbook-tui note)",
        )
    if isinstance(command, cmd.StepCommand):
        return _step(state, command, by, now)
    if isinstance(command, EffectCommand):
        return decide_effect(state, command, now or state.at)
    if isinstance(command, MessageCommand):
        return decide_message(state, command, by, now)
    return _run(state, command)


FACTS = (cmd.FinishCommand, cmd.ReportInterrupted, cmd.SettleUnknown, cmd.EndRemedy)
"""What is said of any step while a way back is walked: that which already happened."""


def _step(state: RunState, command: cmd.StepCommand, by: str, now: Moment | None) -> Verdict:
    step = state.plan.by_id.get(command.step)
    if step is not None and not isinstance(command, FACTS):
        refusal = elsewhere(state, step)
        if refusal is not None:
            return refusal
    verdict = decide_step(state, command, by, now or state.at)
    return verdict if step is None else guarded(state, step, with_intents(state, verdict))


def _start(state: RunState, command: cmd.StartRun) -> Verdict:
    if state.status is not RunStatus.NOT_STARTED:
        return Refusal("the run has started already")
    if command.pin.digest != state.plan.digest:
        return Refusal("the pinned runbook is not the one that was read", "read it again")
    open_secrets = [name for name in command.secrets if name in command.parameters]
    if open_secrets:
        return Refusal(
            f"{open_secrets[0]} is a secret and stands among the plain parameters",
            "the log must never hold its value",
        )
    started = ev.RunStarted(
        run=command.run,
        pin=command.pin,
        mode=command.mode,
        folder=command.folder,
        parameters=dict(command.parameters),
        secrets=command.secrets,
        host=safe_line(command.host),
        program=safe_line(command.program),
        load=safe_line(command.load),
        baseline=command.baseline,
    )
    return (started,) if ev.storable(started) else _NOT_TEXT


MOST_NAMED = 5
"""Open steps that a refusal to close names."""
_NOT_TEXT = Refusal(
    "a path or parameter has bytes that are no UTF-8 text", "rename it: the log holds text only"
)


def _known_step(state: RunState, step: str | None) -> bool:
    return step is None or step in state.plan.by_id or step in state.steps


def _note(state: RunState, command: cmd.AddNote) -> Verdict:
    if not _known_step(state, command.step):
        return Refusal(f"the runbook has no step {command.step}")
    problem = said(command.text, "a note")
    return problem or (ev.NoteAdded(text=command.text.strip(), step=command.step),)


def _run(state: RunState, command: cmd.RunCommand) -> Verdict:
    match command:
        case cmd.ResumeRun(host=host, program=program):
            return (ev.RunResumed(host=safe_line(host), program=safe_line(program)),)
        case cmd.PauseRun():
            return pause(state, command)
        case cmd.ContinueRun():
            if state.status is not RunStatus.PAUSED:
                return Refusal("the run is not paused")
            return (ev.RunContinued(),)
        case cmd.CloseRun(summary=summary):
            return _close(state, summary)
        case cmd.AbortRun(reason=reason):
            running = running_steps(state)
            if running:
                return Refusal(f"a command is running in {running[0]}", "cancel it first")
            return said(reason, "aborting") or (ev.RunAborted(reason=reason.strip()),)
        case cmd.AmendRunbook():
            return _amend(state, command)
        case cmd.ExtendWindow():
            return extend_window(state, command)
        case cmd.AnswerDeadline():
            return answer_deadline(state, command)
        case cmd.RecordClockJump(seconds=seconds):
            if not math.isfinite(seconds):
                return Refusal("that is no length of time")
            return (ev.ClockJumped(seconds=round(seconds, 3)),)
        case cmd.AddRedline(text=text, step=step):
            if not _known_step(state, step):
                return Refusal(f"the runbook has no step {step}")
            return said(text, "a redline") or (ev.RedlineAdded(text=text.strip(), step=step),)
        case _:
            return Refusal("this cannot be asked of a run")


def _close(state: RunState, summary: str) -> Verdict:
    if state.status is RunStatus.PAUSED:
        return Refusal("the run is paused", "go on first")
    if len(summary) > LONGEST_TEXT:
        return Refusal(f"a summary is at most {LONGEST_TEXT} characters")
    open_steps = [step for step in state.plan.steps if not is_settled(state, step)]
    if open_steps:
        return Refusal(
            _open(state, open_steps),
            "do, skip or override each step first, or abort the run",
        )
    return _unsaid(state) or _left(state) or (ev.RunClosed(summary=summary.strip()),)


def _left(state: RunState) -> Refusal | None:
    """A refusal while a way back is walked, or where nobody answers for what is left over."""
    if state.effects.rolling is not None:
        return Refusal("a rollback is under way", "end it, or turn forward again")
    left = unanswered(state)
    if not left:
        return None
    named = ", ".join(f"{e.effect.number} {name_of(e.effect)}" for e in left[:3])
    more = f" and {len(left) - 3} more" if len(left) > 3 else ""
    return LeftOver(
        f"nobody answers for {len(left)} left over: {named}{more}",
        "take each back, accept it with owner and date, or give it a ticket (l)",
    )


def _unsaid(state: RunState) -> Refusal | None:
    """A refusal where a message was begun and not sent, or nobody knows whether it arrived."""
    for update in state.messages.updates.values():
        if update.is_draft:
            return Refusal(f"update {update.number} is still a draft", "send or withdraw it (c)")
        for name, each in update.deliveries.items():
            if each.status == "unknown":
                return Refusal(
                    f"nobody knows whether update {update.number} arrived at {name}",
                    "look there, and say what you see (c)",
                )
            if each.status == "waiting" and each.to.kind == BY_HAND:
                return Refusal(
                    f"update {update.number} waits to be sent to {name} by hand",
                    "copy it there and say so, or give it up with a reason (c)",
                )
    return None


def _open(state: RunState, steps: Sequence[Step]) -> str:
    """Which steps are open and how: ``3 steps are open: s1 deferred, s2 failed, s3 not begun``."""
    if len(steps) == 1:
        return f"{steps[0].id} is {state.of(steps[0].id).status.word}"
    named = ", ".join(f"{s.id} {state.of(s.id).status.word}" for s in steps[:MOST_NAMED])
    more = f" and {len(steps) - MOST_NAMED} more" if len(steps) > MOST_NAMED else ""
    return f"{len(steps)} steps are open: {named}{more}"


@dataclass(frozen=True)
class AmendEffect:
    """What adopting an edited runbook does to one step."""

    step: str
    effect: str


def amend_effects(state: RunState, plan: Plan) -> tuple[AmendEffect, ...]:
    """What adopting `plan` would do to steps already touched, in words."""
    effects = []
    for step_id, now in state.steps.items():
        if now.status is Status.PENDING:
            continue
        old, new = state.plan.by_id.get(step_id), plan.by_id.get(step_id)
        if new is None:
            if old is not None:
                words = f"{now.status.word}; leaves the plan, stays in the log"
                effects.append(AmendEffect(step_id, words))
        elif old is None or not same_meaning(old, new):
            if now.status in SETTLED:
                words = f"stays {now.status.word}, marked as settled under the earlier version"
            else:
                words = "stays open; verification, approval, choice and changed items start over"
            effects.append(AmendEffect(step_id, words))
    return tuple(effects)


def _amend(state: RunState, command: cmd.AmendRunbook) -> Verdict:
    if state.effects.rolling is not None:
        return Refusal("a rollback is under way", "end it, or turn forward again")
    if command.pin.digest != command.plan.digest:
        return Refusal("the edited runbook changed again meanwhile", "look at it once more")
    if state.pin is not None and command.pin.digest == state.pin.digest:
        return Refusal("the file on disk is the one this run follows")
    if state.pin is not None and command.pin.runbook != state.pin.runbook:
        return Refusal(
            f"that is another runbook: {command.pin.runbook}, not {state.pin.runbook}",
            "start a run of its own for it",
        )
    running = running_steps(state)
    if running:
        return Refusal(f"a command is running in {running[0]}", "wait for it or cancel it first")
    for step_id, now in state.steps.items():
        if now.status is Status.UNKNOWN:
            return Refusal(f"nobody knows yet how {step_id} ended", "settle that first")
    _, _, problems = carried_over(command.plan.runbook, state.parameters)
    if problems:
        return Refusal(
            f"this run's parameters do not fit the edited runbook: {'; '.join(problems)}",
            "give a new parameter a default, or start a run of its own",
        )
    refusal = said(command.reason, "an amendment")
    if refusal is not None:
        return refusal
    amended = ev.RunbookAmended(
        pin=command.pin, changes=command.changes, reason=command.reason.strip()
    )
    return (amended,) if ev.storable(structs.replace(amended, reason="", changes=())) else _NOT_TEXT

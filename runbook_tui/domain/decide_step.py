"""Decisions about one step."""

from __future__ import annotations

import math

from runbook_tui.domain import commands as cmd
from runbook_tui.domain import events as ev
from runbook_tui.domain.decide_begin import begin, not_open
from runbook_tui.domain.decide_choice import choose, decide_gate
from runbook_tui.domain.decide_preflight import decide_preflight, end_remedy
from runbook_tui.domain.decide_time import extend_timer
from runbook_tui.domain.host_events import not_well
from runbook_tui.domain.messages.steps import approval_elsewhere, delegate, unsent_refusal
from runbook_tui.domain.moment import Moment
from runbook_tui.domain.no_return import agreed
from runbook_tui.domain.parameters import substituted
from runbook_tui.domain.preflight import checks_of, closes
from runbook_tui.domain.rules import (
    LONGEST_TEXT,
    OPEN_TO_START,
    Refusal,
    Verdict,
    approver_refusal,
    condition_refusal,
    locked_refusal,
    role_refusal,
    said,
    too_early_refusal,
    value_refusal,
)
from runbook_tui.domain.runbook import NOT_BUILT_YET, GateStep, PreflightStep, Step
from runbook_tui.domain.state import (
    SETTLED,
    RunState,
    RunStatus,
    Status,
    StepState,
    outstanding,
    under_way,
)
from runbook_tui.domain.take_back import take_back
from runbook_tui.domain.text import safe_line


def decide_step(
    state: RunState, command: cmd.StepCommand, by: str, at: Moment | None = None
) -> Verdict:
    """The events that follow from a command about a step of an open run, or why none do."""
    step = state.plan.by_id.get(command.step)
    if step is None:
        return Refusal(f"the runbook has no step {command.step}")
    now = state.of(step.id)
    # What already happened is recorded whatever the rules say now: it is a fact.
    if isinstance(command, cmd.EndRemedy):
        return end_remedy(step, now, command)
    if isinstance(command, cmd.FinishCommand):
        return _finish(step, now, command)
    if isinstance(command, cmd.ReportInterrupted):
        result = under_way(now)
        if result is None:
            return Refusal(f"no command of {step.id} is under way")
        return (
            ev.CommandInterrupted(
                step=step.id, purpose=result.purpose, attempt=result.attempt, alive=command.alive
            ),
        )
    if state.status is RunStatus.PAUSED:
        return Refusal("the run is paused", "go on first")
    if isinstance(command, cmd.Approve):
        return _approve(state, step, now, command, by)
    refusal = role_refusal(state, step, by)
    # What nobody knows is cleared up even where the step does not apply any more.
    if now.status is not Status.UNKNOWN:
        refusal = condition_refusal(state, step) or refusal
    return agreed(state, step, command, refusal or _acts(state, step, now, command, at))


def _acts(
    state: RunState, step: Step, now: StepState, command: cmd.StepCommand, at: Moment | None
) -> Verdict:
    match command:
        case cmd.StartStep(reason=reason):
            if now.status not in OPEN_TO_START:
                return Refusal(f"{step.id} is {now.status.word} already")
            return begin(state, step, now, reason)
        case cmd.ExtendTimer():
            return extend_timer(state, step, now, command)
        case cmd.Tick(item=item, on=on):
            return _tick(state, step, now, item, on)
        case cmd.BeginCommand():
            return _run(state, step, now, command)
        case cmd.SettleUnknown(happened=happened, reason=reason):
            if now.status is not Status.UNKNOWN:
                return Refusal(f"{step.id} is {now.status.word}, not unknown")
            if under_way(now) is not None:
                return Refusal("a verification is running")
            return said(reason, "saying what became of it") or (
                ev.UnknownSettled(step=step.id, happened=happened, reason=reason.strip()),
            )
        case cmd.ObserveValue(value=value):
            if step.observe is None:
                return Refusal(f"{step.id} asks for no value", "leave a note instead")
            observed = ev.ValueObserved(
                step=step.id,
                label=step.observe.label,
                value=value.strip(),
                unit=step.observe.unit,
            )
            return _working(state, step, now, value_refusal(step.observe, value), observed)
        case cmd.AddEvidence(name=name, path=path, size=size):
            return _evidence(state, step, now, name, path, size)
        case cmd.ChooseOption(option=option, reason=reason):
            return choose(state, step, now, option, reason)
        case cmd.DecideGate(go=go, reason=reason):
            return decide_gate(state, step, now, go, reason, at)
        case cmd.BeginChecks() | cmd.ReportCheck() | cmd.WaiveFinding() | cmd.BeginRemedy():
            return decide_preflight(state, step, now, command, at)
        case cmd.EndWait(how=how, early=early):
            if step.kind != "wait":
                return Refusal(f"{step.id} does not wait for anything")
            if now.wait_over is not None:
                return Refusal("the wait is over already")
            over = ev.WaitOver(step=step.id, how=how.strip(), early=early)
            return _working(state, step, now, said(how, "ending the wait"), over)
        case cmd.TakeBack():
            return take_back(state, step, now)
        case _:
            return _settle(state, step, now, command, at)


def _working(
    state: RunState, step: Step, now: StepState, problem: Refusal | None, event: ev.AnyEvent
) -> Verdict:
    """`event` on a step that is being worked on, started first where it has not begun."""
    start = begin(state, step, now)
    if isinstance(start, Refusal):
        return start
    if not start and now.status not in (Status.ACTIVE, Status.RUNNING):
        return not_open(step, now)
    if problem is not None:
        return problem
    return (*start, event)


def _tick(state: RunState, step: Step, now: StepState, item: str, on: bool) -> Verdict:
    words = {i.key: i.text for i in step.checklist}
    if item not in words:
        return Refusal(f"{step.id} has no item {item!r}")
    if (item in now.ticked) is on:
        return Refusal(f"it is {'ticked' if on else 'not ticked'} already")
    text = substituted(words[item], state.parameters)
    # The log tells the words where the key alone would not.
    ticked = ev.ItemTicked(step=step.id, item=item, on=on, text="" if text == item else text)
    return _working(state, step, now, None, ticked)


def _evidence(
    state: RunState, step: Step, now: StepState, name: str, path: str, size: int
) -> Verdict:
    # A name the runbook asks for is looked up by; any other is what somebody typed.
    name = name if name in step.evidence else safe_line(name)
    if safe_line(path) != path:
        return Refusal("the path of evidence has invisible characters in it")
    added = ev.EvidenceAdded(step=step.id, name=name, path=path, size=size)
    return _working(state, step, now, said(name, "evidence"), added)


def _run(state: RunState, step: Step, now: StepState, command: cmd.BeginCommand) -> Verdict:
    if under_way(now) is not None:
        return Refusal(f"a command of {step.id} is running already")
    verify = command.purpose == "verify"
    if verify and step.verify is None:
        return Refusal(f"{step.id} has nothing to verify")
    if not verify and step.kind != "command":
        return Refusal(f"{step.id} has no command to run")
    if command.again and not not_well(now.hosts.values()):
        return Refusal(f"no host of {step.id} is to be tried again")
    start = begin(state, step, now)
    if command.again and now.status is Status.FAILED:
        reason = f"once more on {', '.join(command.hosts[:3])}"
        start = (ev.StepReopened(step=step.id, reason=reason, retry=True),)
    if isinstance(start, Refusal):
        return start
    allowed = (Status.ACTIVE, Status.UNKNOWN) if verify else (Status.ACTIVE,)
    if not start and now.status not in allowed:
        return not_open(step, now)
    if not verify and step.mutates and _worked(now):
        return Refusal(
            f"{step.id} changes things and has run already",
            "if it must run again, mark it as failed or done, then retry it with a reason",
        )
    begun = ev.CommandStarted(
        step=step.id,
        purpose=command.purpose,
        attempt=now.attempts + 1,
        line=command.line,
        host=safe_line(command.host),
        hosts=command.hosts,
        again=command.again,
    )
    return (*start, begun)


def _worked(now: StepState) -> bool:
    if now.happened is not None:
        return now.happened
    return now.run is not None and now.run.outcome == "ok"


def _finish(step: Step, now: StepState, command: cmd.FinishCommand) -> Verdict:
    result = under_way(now)
    if result is None or result.purpose != command.purpose or result.attempt != command.attempt:
        return Refusal(f"no {command.purpose} number {command.attempt} of {step.id} is under way")
    return (
        ev.CommandFinished(
            step=step.id,
            purpose=command.purpose,
            attempt=command.attempt,
            outcome=command.outcome,
            exit=command.exit,
            seconds=_length(command.seconds),
            summary=command.summary,
            evidence=command.evidence,
            cut=command.cut,
            hosts=command.hosts,
        ),
    )


def _length(seconds: float) -> float:
    """A length of time that the log can hold; a fact is not refused for want of one."""
    return round(max(0.0, seconds), 3) if math.isfinite(seconds) else 0.0


def _approve(state: RunState, step: Step, now: StepState, command: cmd.Approve, by: str) -> Verdict:
    elsewhere = approval_elsewhere(state, step)
    if elsewhere is not None:
        return elsewhere
    refusal = approver_refusal(state, step, by)
    if refusal is not None:
        return refusal
    if now.status not in (Status.ACTIVE, Status.RUNNING):
        return Refusal(f"{step.id} is {now.status.word}", "it is approved while it is worked on")
    if under_way(now) is not None:
        return Refusal(f"a command of {step.id} is running", "approve what came of it")
    early = too_early_refusal(state, step)
    if early is not None:
        return early
    if len(command.note) > LONGEST_TEXT:
        return said(command.note, "an approval") or ()
    return (ev.Approved(step=step.id, note=command.note.strip()),)


def _settle(
    state: RunState, step: Step, now: StepState, command: cmd.StepCommand, at: Moment | None
) -> Verdict:
    if under_way(now) is not None:
        return Refusal(f"a command of {step.id} is running", "wait for it or cancel it")
    match command:
        case cmd.FinishStep(note=note):
            return _done(state, step, now, note)
        case cmd.SkipStep(reason=reason):
            if isinstance(step, GateStep):
                return Refusal("a gate is never skipped", "decide it, or override with a reason")
            skipped = ev.StepSkipped(step=step.id, reason=reason.strip())
            return _leave(state, step, now, said(reason, "skipping"), skipped)
        case cmd.DeferStep(reason=reason):
            if isinstance(step, GateStep):
                return Refusal("a gate is never deferred", "decide it, or override with a reason")
            if now.status is Status.DEFERRED:
                return Refusal(f"{step.id} is deferred already")
            deferred = ev.StepDeferred(step=step.id, reason=reason.strip())
            return _leave(state, step, now, said(reason, "deferring"), deferred)
        case cmd.DelegateStep():
            return delegate(step, now, command)
        case cmd.FailStep(reason=reason):
            if now.status is not Status.ACTIVE:
                return Refusal(f"{step.id} is {now.status.word}", "only a step under way can fail")
            return said(reason, "a failure") or (
                ev.StepFailed(step=step.id, reason=reason.strip()),
            )
        case cmd.OverrideStep(reason=reason):
            return _override(state, step, now, reason, at)
        case cmd.ReopenStep(reason=reason, retry=retry):
            return _reopen(state, step, now, reason, retry)
        case _:
            return Refusal("this cannot be asked of a step")


def _done(state: RunState, step: Step, now: StepState, note: str) -> Verdict:
    if len(note) > LONGEST_TEXT:
        return said(note, "a closing note") or ()
    start = begin(state, step, now)
    if isinstance(start, Refusal):
        return start
    if not start and now.status is not Status.ACTIVE:
        return not_open(step, now)
    missing = outstanding(state, step)
    if missing:
        return Refusal(f"not done yet: {'; '.join(missing)}", "or override it with a reason")
    unsent = unsent_refusal(state, step, note)
    if unsent is not None:
        return unsent
    if step.kind in NOT_BUILT_YET and not note.strip():
        return Refusal(
            f"{step.kind} steps are not built yet: do it by hand", "say what you did to be done"
        )
    if isinstance(step, PreflightStep) and not checks_of(state, step) and not note.strip():
        return Refusal(f"{step.id} has no checks to run", "say what you looked at to be done")
    return (*start, ev.StepDone(step=step.id, note=note.strip()))


def _leave(
    state: RunState, step: Step, now: StepState, problem: Refusal | None, event: ev.AnyEvent
) -> Verdict:
    """Skipping and deferring: allowed from where nothing is settled or unknown."""
    if now.status not in (Status.PENDING, Status.ACTIVE, Status.FAILED, Status.DEFERRED):
        return not_open(step, now)
    return problem or (event,)


def _override(
    state: RunState, step: Step, now: StepState, reason: str, at: Moment | None
) -> Verdict:
    start = begin(state, step, now)
    if isinstance(start, Refusal):
        return start
    if not start and now.status not in (Status.ACTIVE, Status.FAILED):
        return not_open(step, now)
    missing = outstanding(state, step)
    if isinstance(step, GateStep):
        missing += closes(state, step, at)
    if now.status is Status.FAILED:
        missing = missing or (f"failed: {now.reason}" if now.reason else "failed",)
    if not missing:
        return Refusal("nothing is missing: it can simply be done")
    return said(reason, "overriding") or (
        *start,
        ev.StepOverridden(step=step.id, reason=reason.strip(), missing=missing),
    )


def _reopen(state: RunState, step: Step, now: StepState, reason: str, retry: bool) -> Verdict:
    settled = now.status in SETTLED or now.status in (Status.FAILED, Status.DEFERRED)
    if retry and now.status is Status.ACTIVE and now.run is not None:
        hint = "run it again"
        if step.mutates and _worked(now):
            hint = "if its command must run again, mark it as failed first"
        return Refusal(f"{step.id} is being worked on", hint)
    # Skipped or deferred before its turn and then reopened would be a way around every lock.
    locked = locked_refusal(state, step) if now.status is not Status.FAILED else None
    if settled and locked is not None:
        return locked
    if not settled:
        return Refusal(f"{step.id} is {now.status.word}: there is nothing to reopen")
    # A failed read-only step is simply tried again; all else says why.
    if not (now.status is Status.FAILED and retry and not step.mutates):
        again = "retrying what changes things" if step.mutates else "doing it once more"
        problem = said(reason, again if retry else "reopening")
        if problem is not None:
            return problem
    return (ev.StepReopened(step=step.id, reason=reason.strip(), retry=retry),)

"""What each event does to the step it is about."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from runbook_tui.domain import events as ev
from runbook_tui.domain.fold_preflight import (
    check_reported,
    finding_waived,
    remedy_begun,
    remedy_ended,
)
from runbook_tui.domain.fold_rules import FoldRefusedError, require
from runbook_tui.domain.hands import (
    NOT_APPROVED,
    hands,
    started_over,
    verified_again,
    verifying_again,
    void,
    with_hand,
    without_approvals,
)
from runbook_tui.domain.preflight import closes
from runbook_tui.domain.runbook import DecisionStep, GateStep, Step
from runbook_tui.domain.state import (
    SETTLED,
    Result,
    RunState,
    Status,
    StepState,
    outstanding,
    under_way,
)


def _in(now: StepState, *statuses: Status) -> None:
    require(now.status in statuses, f"the step is {now.status}")


Handler = Callable[[RunState, Step, StepState, ev.Entry, Any], StepState]


def _started(s: RunState, step: Step, now: StepState, entry: ev.Entry, e: Any) -> StepState:
    _in(now, Status.PENDING, Status.DEFERRED)
    return replace(
        now,
        status=Status.ACTIVE,
        started=now.started or entry.at,
        started_by=now.started_by or entry.by,
        settled=None,
        settled_by="",
        deviation=e.deviation,
        reason="",
    )


def _timer_extended(s: RunState, step: Step, now: StepState, entry: ev.Entry, e: Any) -> StepState:
    require(now.status not in SETTLED, "the step is settled")
    return replace(now, extended=now.extended + e.seconds)


def _ticked(s: RunState, step: Step, now: StepState, entry: ev.Entry, e: Any) -> StepState:
    _in(now, Status.ACTIVE, Status.RUNNING)
    require(e.item in {i.key for i in step.checklist}, f"the step has no item {e.item!r}")
    require((e.item in now.ticked) is not e.on, "the item stands so already")
    if e.on:
        ticked, by = now.ticked | {e.item}, {**now.ticked_by, e.item: entry.by}
    else:
        ticked = now.ticked - {e.item}
        by = {k: v for k, v in now.ticked_by.items() if k != e.item}
    return replace(now, ticked=ticked, ticked_by=by)


def _command_started(s: RunState, step: Step, now: StepState, entry: ev.Entry, e: Any) -> StepState:
    require(under_way(now) is None, "a command of this step is running")
    require(e.attempt == now.attempts + 1, f"attempt {e.attempt} follows {now.attempts}")
    result = Result(
        purpose=e.purpose, attempt=e.attempt, line=e.line, started=entry.at, host=e.host
    )
    now = replace(now, attempts=e.attempt)
    if e.purpose == "verify":
        require(step.verify is not None, "the step has nothing to verify")
        _in(now, Status.ACTIVE, Status.UNKNOWN)
        return replace(verifying_again(now, now.verify), verify=result)
    require(step.kind == "command", "the step has no command")
    _in(now, Status.ACTIVE)
    now = with_hand(now, entry.by)
    hosts = now.hosts if e.again else {}
    return replace(
        now, status=Status.RUNNING, run=result, verify=None, happened=None, alive=False, hosts=hosts
    )


def _command_finished(
    s: RunState, step: Step, now: StepState, entry: ev.Entry, e: Any
) -> StepState:
    result = _matching(now, e)
    result = replace(
        result,
        outcome=e.outcome,
        exit=e.exit,
        seconds=e.seconds,
        summary=e.summary,
        evidence=e.evidence,
        cut=e.cut,
    )
    if e.purpose == "verify":
        now = verified_again(replace(now, verify=result), result)
        if now.status is Status.UNKNOWN and e.outcome == "ok":
            return replace(now, status=Status.ACTIVE, happened=True, alive=False)
        return now
    hosts = {**now.hosts, **{one.host: one for one in e.hosts}}
    now = replace(without_approvals(now), run=result, hosts=hosts)
    if e.outcome == "ok":
        return replace(now, status=Status.ACTIVE)
    unsure = e.outcome in ("timed-out", "cancelled") or any(one.unsure for one in e.hosts)
    if step.mutates and unsure:
        # A command that was stopped half-way may have done anything: never assume.
        return replace(now, status=Status.UNKNOWN)
    return replace(now, status=Status.FAILED, reason=e.summary)


def _command_interrupted(
    s: RunState, step: Step, now: StepState, entry: ev.Entry, e: Any
) -> StepState:
    result = _matching(now, e)
    if e.purpose == "verify":
        return replace(now, verify=None)
    if step.mutates:
        return replace(now, status=Status.UNKNOWN, alive=e.alive)
    cancelled = replace(result, outcome="cancelled", summary="interrupted")
    return replace(now, status=Status.ACTIVE, run=cancelled)


def _matching(now: StepState, e: Any) -> Result:
    result = under_way(now)
    if result is None or result.purpose != e.purpose or result.attempt != e.attempt:
        raise FoldRefusedError(f"no {e.purpose} with number {e.attempt} is under way")
    return result


def _unknown_settled(s: RunState, step: Step, now: StepState, entry: ev.Entry, e: Any) -> StepState:
    _in(now, Status.UNKNOWN)
    require(under_way(now) is None, "a verification is running")
    return replace(now, status=Status.ACTIVE, happened=e.happened, reason=e.reason, alive=False)


def _observed(s: RunState, step: Step, now: StepState, entry: ev.Entry, e: Any) -> StepState:
    _in(now, Status.ACTIVE, Status.RUNNING)
    require(step.observe is not None, "the step asks for no value")
    return replace(now, observed=e.value, observed_by=entry.by)


def _evidence(s: RunState, step: Step, now: StepState, entry: ev.Entry, e: Any) -> StepState:
    _in(now, Status.ACTIVE, Status.RUNNING)
    return replace(now, evidence={**now.evidence, e.name: e.path})


def _approved(s: RunState, step: Step, now: StepState, entry: ev.Entry, e: Any) -> StepState:
    _in(now, Status.ACTIVE, Status.RUNNING)
    require(step.approval is not None, "the step asks for no approval")
    require(entry.by not in [name for name, _ in now.approvals], "approved by them already")
    require(entry.by not in (s.driver, now.started_by), "nobody approves their own step")
    if entry.by in hands(now):
        return void(now)  # older programs let them
    return replace(now, approvals=(*now.approvals, (entry.by, entry.at)))


def _chosen(s: RunState, step: Step, now: StepState, entry: ev.Entry, e: Any) -> StepState:
    _in(now, Status.ACTIVE)
    options = step.options if isinstance(step, DecisionStep) else ()
    require(e.option in {o.id for o in options}, f"the step has no option {e.option!r}")
    return replace(now, choice=e.option, reason=e.reason)


def _gate(s: RunState, step: Step, now: StepState, entry: ev.Entry, e: Any) -> StepState:
    _in(now, Status.ACTIVE)
    require(isinstance(step, GateStep), "the step is no gate")
    if e.go:
        held = closes(s, step, entry.at)
        require(not held, "; ".join(held[:3]))
        return replace(now, go=True, reason=e.reason)
    return replace(now, go=False, status=Status.FAILED, reason=e.reason)


def _wait_over(s: RunState, step: Step, now: StepState, entry: ev.Entry, e: Any) -> StepState:
    _in(now, Status.ACTIVE)
    require(step.kind == "wait", "the step does not wait")
    require(now.wait_over is None, "the wait is over already")
    return replace(now, wait_over=e.how)


def _done(s: RunState, step: Step, now: StepState, entry: ev.Entry, e: Any) -> StepState:
    _in(now, Status.ACTIVE)
    require(under_way(now) is None, "a command of this step is running")
    missing = [one for one in outstanding(s, step) if one != NOT_APPROVED or not now.lapsed]
    require(not missing, "; ".join(missing))
    return replace(
        now,
        status=Status.DONE,
        settled=entry.at,
        settled_by=entry.by,
        reason=e.note or now.reason,
        changed_since=False,
    )


def _skipped(s: RunState, step: Step, now: StepState, entry: ev.Entry, e: Any) -> StepState:
    _in(now, Status.PENDING, Status.ACTIVE, Status.FAILED, Status.DEFERRED)
    require(under_way(now) is None, "a command of this step is running")
    require(not isinstance(step, GateStep), "a gate is never skipped")
    return _settled(now, Status.SKIPPED, entry, e.reason)


def _deferred(s: RunState, step: Step, now: StepState, entry: ev.Entry, e: Any) -> StepState:
    _in(now, Status.PENDING, Status.ACTIVE, Status.FAILED)
    require(under_way(now) is None, "a command of this step is running")
    require(not isinstance(step, GateStep), "a gate is never deferred")
    return _settled(now, Status.DEFERRED, entry, e.reason)


def _failed(s: RunState, step: Step, now: StepState, entry: ev.Entry, e: Any) -> StepState:
    _in(now, Status.ACTIVE)
    require(under_way(now) is None, "a command of this step is running")
    return replace(now, status=Status.FAILED, reason=e.reason)


def _delegated(s: RunState, step: Step, now: StepState, entry: ev.Entry, e: Any) -> StepState:
    _in(now, Status.ACTIVE)
    require(step.kind == "message", "only the message of a step is delegated")
    why = f": {e.reason}" if e.reason else ""
    return _settled(now, Status.DONE, entry, f"delegated to {e.to}{why}")


def _overridden(s: RunState, step: Step, now: StepState, entry: ev.Entry, e: Any) -> StepState:
    _in(now, Status.ACTIVE, Status.FAILED)
    require(under_way(now) is None, "a command of this step is running")
    return replace(_settled(now, Status.OVERRIDDEN, entry, e.reason), missing=e.missing)


def _settled(now: StepState, status: Status, entry: ev.Entry, reason: str) -> StepState:
    return replace(
        now,
        status=status,
        settled=entry.at,
        settled_by=entry.by,
        reason=reason,
        changed_since=False,
    )


def _reopened(s: RunState, step: Step, now: StepState, entry: ev.Entry, e: Any) -> StepState:
    _in(now, Status.FAILED, Status.DONE, Status.SKIPPED, Status.OVERRIDDEN, Status.DEFERRED)
    require(under_way(now) is None, "a command of this step is running")
    # A wait that is waited again is a whole one; other steps keep the time they began.
    began = entry.at if step.kind == "wait" else now.started or entry.at
    now = replace(
        started_over(now),
        status=Status.ACTIVE,
        started=began,
        started_by=now.started_by or entry.by,
        settled=None,
        settled_by="",
        reason="",
        missing=(),
        verify=None,
        choice=None,
        go=None,
        wait_over=None,
        changed_since=False,
    )
    return replace(now, run=None, happened=None) if e.retry else now


def _taken_back(s: RunState, step: Step, now: StepState, entry: ev.Entry, e: Any) -> StepState:
    if now.before is None or now.last != e.seq:
        raise FoldRefusedError(f"event {e.seq} is not the step's last decision")
    return now.before


def _by_hand(handler: Handler) -> Handler:
    """`handler` for what somebody contributes to a step: it voids the approvals given before."""

    def contributed(s: RunState, step: Step, now: StepState, entry: ev.Entry, e: Any) -> StepState:
        return with_hand(handler(s, step, now, entry, e), entry.by)

    return contributed


HANDLERS: Mapping[type[ev.StepEvent], Handler] = {
    ev.StepStarted: _by_hand(_started),
    ev.TimerExtended: _timer_extended,
    ev.ItemTicked: _by_hand(_ticked),
    ev.CommandStarted: _command_started,
    ev.CommandFinished: _command_finished,
    ev.CommandInterrupted: _command_interrupted,
    ev.UnknownSettled: _by_hand(_unknown_settled),
    ev.ValueObserved: _by_hand(_observed),
    ev.EvidenceAdded: _by_hand(_evidence),
    ev.Approved: _approved,
    ev.OptionChosen: _by_hand(_chosen),
    ev.GateDecided: _by_hand(_gate),
    ev.WaitOver: _by_hand(_wait_over),
    ev.StepDone: _done,
    ev.StepSkipped: _skipped,
    ev.StepDeferred: _deferred,
    ev.StepFailed: _failed,
    ev.StepOverridden: _overridden,
    ev.StepReopened: _reopened,
    ev.StepDelegated: _delegated,
    ev.TakenBack: _taken_back,
    ev.CheckReported: check_reported,
    ev.FindingWaived: _by_hand(finding_waived),
    ev.RemedyBegun: _by_hand(remedy_begun),
    ev.RemedyEnded: remedy_ended,
}

CAN_BE_TAKEN_BACK: Mapping[type[ev.StepEvent], str] = {
    ev.StepStarted: "start",
    ev.TimerExtended: "extension",
    ev.ItemTicked: "tick",
    ev.ValueObserved: "observed value",
    ev.Approved: "approval",
    ev.OptionChosen: "choice",
    ev.GateDecided: "gate decision",
    ev.WaitOver: "end of wait",
    ev.StepDone: "done",
    ev.StepSkipped: "skip",
    ev.StepDeferred: "deferral",
    ev.StepFailed: "failure",
    ev.StepOverridden: "override",
    ev.StepReopened: "reopening",
    ev.FindingWaived: "waiver",
    ev.StepDelegated: "delegation",
}
"""What can be taken back, and what it is called. A command that ran cannot."""

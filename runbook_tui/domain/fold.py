"""The fold: the one way a state comes to be. Total: an event is applied or refused, never half.

Crash recovery, resume, undo, spectators, replay, review and audit are this function read at
different moments.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from runbook_tui.domain import events as ev
from runbook_tui.domain.boots import Boots
from runbook_tui.domain.effects.acted import acted
from runbook_tui.domain.effects.events import (
    EffectAnswered,
    EffectEvent,
    EffectIntended,
    EffectSeen,
    SurveyTaken,
)
from runbook_tui.domain.effects.fold import amended, apply_effect
from runbook_tui.domain.fold_rules import FoldRefusedError, require
from runbook_tui.domain.fold_steps import CAN_BE_TAKEN_BACK, HANDLERS
from runbook_tui.domain.messages.events import DeliveryBegun, DeliveryEnded, DeliverySettled
from runbook_tui.domain.messages.fold import apply_message, moved
from runbook_tui.domain.parameters import carried_over, substituted
from runbook_tui.domain.plan import Plan, same_meaning
from runbook_tui.domain.records.events import RecordEvent, Way
from runbook_tui.domain.records.fold import apply_record, step_chose, step_took_back
from runbook_tui.domain.runbook import DecisionStep, Step
from runbook_tui.domain.state import (
    SETTLED,
    RunState,
    RunStatus,
    Status,
    StepState,
    is_settled,
    running_steps,
)
from runbook_tui.domain.stopwatch import all_counted, counted, standing_still

__all__ = ["FoldRefusedError", "Plans", "apply", "fold"]

Plans = Mapping[str, Plan]
"""Every runbook a run was ever pinned to, by content hash."""


AFTER_THE_END = (ev.NoteAdded, DeliveryBegun, DeliveryEnded, DeliverySettled, RecordEvent)
"""What a run takes that is closed or aborted."""
CHANGES_NOTHING = (
    EffectAnswered,
    EffectIntended,
    EffectSeen,
    SurveyTaken,
    RecordEvent,
    ev.MessageEvent,
    ev.NoteAdded,
    ev.RedlineAdded,
    ev.RunResumed,
    ev.ClockJumped,
)
"""What leaves the state of things that messages are about as it is."""


def fold(plans: Plans, entries: Iterable[ev.Entry], start: RunState | None = None) -> RunState:
    """The state after `entries`, which begin with the first event unless `start` is given.

    Raises FoldRefusedError at the first event that cannot follow what came before it.
    """
    state = start
    for entry in entries:
        state = apply(state, entry, plans)
    if state is None:
        raise FoldRefusedError("no events")
    return state


def apply(state: RunState | None, entry: ev.Entry, plans: Plans) -> RunState:
    """The state after one more event. Raises FoldRefusedError."""
    event = entry.event
    if isinstance(event, ev.RunStarted):
        if state is not None and state.status is not RunStatus.NOT_STARTED:
            raise FoldRefusedError("a run starts once")
        return _run_started(entry, event, plans)
    if state is None or state.status is RunStatus.NOT_STARTED:
        raise FoldRefusedError("the first event of a run must be its start")
    if entry.seq != state.seq + 1:
        raise FoldRefusedError(f"event {entry.seq} follows event {state.seq}")
    if state.is_over and not isinstance(event, AFTER_THE_END):
        raise FoldRefusedError(f"the run is {state.status}; it takes nothing but notes")
    if isinstance(event, ev.StepEvent):
        after = acted(_step_event(state, entry, event), entry, event)
    elif isinstance(event, ev.RunbookAmended):
        after = _amended(state, event, plans)
    elif isinstance(event, EffectEvent):
        after = apply_effect(state, entry, event)
    elif isinstance(event, RecordEvent):
        after = replace(state, records=apply_record(state.records, entry, event))
    elif isinstance(event, ev.MessageEvent):
        after = replace(state, messages=apply_message(state.messages, entry, event))
    else:
        after = _run_event(state, entry, event)
    if not isinstance(event, CHANGES_NOTHING):
        after = replace(after, messages=moved(after.messages, entry.seq))
    return replace(after, seq=entry.seq, at=entry.at, boots=state.boots.seen(entry.at))


def _plan(plans: Plans, digest: str) -> Plan:
    plan = plans.get(digest)
    if plan is None:
        raise FoldRefusedError(f"the pinned runbook {digest[:12]} is not there")
    return plan


def _run_started(entry: ev.Entry, event: ev.RunStarted, plans: Plans) -> RunState:
    if entry.seq != 1:
        raise FoldRefusedError("a run's start is its first event")
    return RunState(
        plan=_plan(plans, event.pin.digest),
        status=RunStatus.OPEN,
        run=event.run,
        mode=event.mode,
        pin=event.pin,
        folder=event.folder,
        parameters=event.parameters,
        secrets=event.secrets,
        driver=entry.by,
        started=entry.at,
        load=event.load,
        baseline=event.baseline,
        seq=1,
        at=entry.at,
        boots=Boots().seen(entry.at),
    )


def _run_event(state: RunState, entry: ev.Entry, event: ev.AnyEvent) -> RunState:
    match event:
        case ev.RunResumed():
            return replace(state, driver=entry.by)
        case ev.RunPaused(reason=reason, held=held):
            require(state.status is RunStatus.OPEN, "it is paused already")
            steps = all_counted(state, entry.at)
            return replace(
                state,
                status=RunStatus.PAUSED,
                paused=entry.at,
                reason=reason,
                held=held,
                steps=steps,
            )
        case ev.RunContinued():
            require(state.status is RunStatus.PAUSED, "it is not paused")
            steps = all_counted(state, entry.at)
            return replace(
                state,
                status=RunStatus.OPEN,
                paused=None,
                reason="",
                held=False,
                steps=steps,
                stood=state.stood + standing_still(state, entry.at),
            )
        case ev.WindowExtended(seconds=seconds):
            require(state.baseline is not None, "the run has no window")
            # The deadline lies ahead again, and will ask again when it passes.
            return replace(state, extended=state.extended + seconds, answered={})
        case ev.DeadlineAnswered(deadline=deadline, answer=answer):
            return replace(state, answered={**state.answered, deadline: answer})
        case ev.RunClosed(summary=summary):
            left = [step.id for step in state.plan.steps if not is_settled(state, step)]
            require(not left, f"steps are open: {', '.join(left[:3])}")
            require(state.status is RunStatus.OPEN, "it is paused")
            return replace(state, status=RunStatus.CLOSED, ended=entry.at, reason=summary)
        case ev.RunAborted(reason=reason):
            require(not running_steps(state), "a command is running")
            return replace(state, status=RunStatus.ABORTED, ended=entry.at, reason=reason)
        case ev.NoteAdded():
            return replace(state, notes=state.notes + 1)
        case ev.RedlineAdded():
            return replace(state, redlines=state.redlines + 1)
        case ev.ClockJumped():
            return state
        case _:
            raise FoldRefusedError(f"unexpected event {type(event).__name__}")


def _amended(state: RunState, event: ev.RunbookAmended, plans: Plans) -> RunState:
    require(not running_steps(state), "a command is running")
    unknown = [i for i, now in state.steps.items() if now.status is Status.UNKNOWN]
    require(not unknown, f"nobody knows yet how {', '.join(unknown)} ended")
    require(state.effects.rolling is None, "a rollback is under way")
    plan = _plan(plans, event.pin.digest)
    parameters, secrets, problems = carried_over(plan.runbook, state.parameters)
    require(not problems, "; ".join(problems))
    steps: dict[str, StepState] = {}
    for step_id, now in state.steps.items():
        old, new = state.plan.by_id.get(step_id), plan.by_id.get(step_id)
        steps[step_id] = replace(_carried(now, old, new), last=0, last_what="", before=None)
    after = replace(
        state,
        plan=plan,
        pin=event.pin,
        steps=steps,
        parameters=parameters,
        secrets=secrets,
        amended=state.amended + 1,
    )
    return amended(state, after)


def _carried(now: StepState, old: Step | None, new: Step | None) -> StepState:
    """What a step's state becomes under an amended runbook. What happened stays true."""
    # A step that left the plan and comes back (old is None) may mean something else by now.
    if new is None or (old is not None and same_meaning(old, new)):
        return now
    if now.status in SETTLED:
        return replace(now, changed_since=True)
    keys = {item.key for item in new.checklist}
    return replace(
        now,
        ticked=now.ticked & keys,
        verify=None,
        approvals=(),
        choice=None,
        go=None,
        wait_over=None,
    )


def _step_event(state: RunState, entry: ev.Entry, event: ev.StepEvent) -> RunState:
    step = state.plan.by_id.get(event.step)
    if step is None:
        raise FoldRefusedError(f"the runbook has no step {event.step}")
    require(
        state.status is RunStatus.OPEN
        or isinstance(event, ev.CommandFinished | ev.CommandInterrupted | ev.RemedyEnded),
        "the run is paused",
    )
    before = state.of(step.id)
    handler = HANDLERS[type(event)]
    after = handler(state, step, before, entry, event)
    after = counted(state, step, after, entry.at)
    what = CAN_BE_TAKEN_BACK.get(type(event))
    if what is not None:
        after = replace(after, last=entry.seq, last_what=what, before=before)
    elif not isinstance(event, ev.TakenBack):
        after = replace(after, last=0, last_what="", before=None)
    found = replace(state, steps={**state.steps, step.id: after})
    if isinstance(event, ev.OptionChosen | ev.TakenBack):
        return _recorded(found, step, entry, event)
    return found


def _recorded(
    state: RunState, step: Step, entry: ev.Entry, event: ev.OptionChosen | ev.TakenBack
) -> RunState:
    """What a decision step chose is a decision record, until it is taken back."""
    records = state.records
    if isinstance(event, ev.TakenBack):
        return replace(state, records=step_took_back(records, step.id, event.seq))
    if not isinstance(step, DecisionStep):
        raise FoldRefusedError(f"{step.id} is no decision")

    def words(text: str) -> str:
        return substituted(text, state.parameters)

    ways = tuple(
        Way(id=o.id, title=words(o.title), consequence=words(o.consequence)) for o in step.options
    )
    question = words(step.question)
    chose = step_chose(records, entry, step.id, event.option, event.reason, question, ways)
    return replace(state, records=chose)

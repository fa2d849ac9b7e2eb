"""What is known about a run at a moment: the fold of its events.

`RunState` is frozen. `runbook_tui.domain.fold` makes the next one from an event; nothing else
does. Sets and mappings in it are never changed in place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from runbook_tui.domain.boots import Boots
from runbook_tui.domain.effects.state import EffectsState
from runbook_tui.domain.events import Answer, Deadline, Mode, Outcome, Purpose
from runbook_tui.domain.figures import Baseline
from runbook_tui.domain.host_events import HostEnded
from runbook_tui.domain.messages.state import MessagesState
from runbook_tui.domain.moment import Moment
from runbook_tui.domain.pin import Pin
from runbook_tui.domain.plan import Plan
from runbook_tui.domain.preflight_state import CheckState, RemedyState, Waiver
from runbook_tui.domain.records.state import RecordsState
from runbook_tui.domain.runbook import GateStep, PreflightStep, Step, defined_checks


class Status(StrEnum):
    """Where a step stands."""

    PENDING = "pending"
    ACTIVE = "active"
    RUNNING = "running"
    UNKNOWN = "unknown"
    FAILED = "failed"
    DONE = "done"
    SKIPPED = "skipped"
    DEFERRED = "deferred"
    OVERRIDDEN = "overridden"

    @property
    def word(self) -> str:
        """As people read it on the screen: ``a is under way``. The value itself is for the log."""
        return _WORDS.get(self, self.value)


_WORDS = {Status.PENDING: "not begun", Status.ACTIVE: "under way"}


SETTLED = frozenset({Status.DONE, Status.SKIPPED, Status.OVERRIDDEN})
"""Statuses after which the run moves on for good. Deferred is not among them: it comes back."""


class RunStatus(StrEnum):
    """Where the run stands."""

    NOT_STARTED = "not started"
    OPEN = "open"
    PAUSED = "paused"
    CLOSED = "closed"
    ABORTED = "aborted"


@dataclass(frozen=True, slots=True)
class Result:
    """How a command of a step ended. `outcome` is None while it runs or when nobody knows."""

    purpose: Purpose
    attempt: int
    line: str
    started: Moment
    outcome: Outcome | None = None
    exit: int | None = None
    seconds: float = 0.0
    summary: str = ""
    evidence: str = ""
    cut: int = 0
    host: str = ""


@dataclass(frozen=True, slots=True)
class StepState:
    """What is known about one step."""

    status: Status = Status.PENDING
    started: Moment | None = None
    settled: Moment | None = None
    started_by: str = ""
    settled_by: str = ""
    deviation: str = ""
    ticked: frozenset[str] = frozenset()
    ticked_by: Mapping[str, str] = field(default_factory=dict)
    attempts: int = 0
    run: Result | None = None
    verify: Result | None = None
    hosts: Mapping[str, HostEnded] = field(default_factory=dict)
    """Where the command runs on many hosts: what each of them came to last."""
    happened: bool | None = None
    """What a person found out about an interrupted command."""
    alive: bool = False
    """The interrupted command was still running when it was found."""
    observed: str | None = None
    observed_by: str = ""
    evidence: Mapping[str, str] = field(default_factory=dict)
    approvals: tuple[tuple[str, Moment], ...] = ()
    hands: frozenset[str] = frozenset()
    """Who started, ticked, chose, observed, ran, attached or decided (see `hands`)."""
    lapsed: bool = False
    """An approval was given and is void."""
    approved_on: Result | None = None
    """The verification that the approvals were given on, while it is run again."""
    choice: str | None = None
    go: bool | None = None
    wait_over: str | None = None
    reason: str = ""
    missing: tuple[str, ...] = ()
    checks: Mapping[str, CheckState] = field(default_factory=dict)
    """Of a preflight step: the last result of each check, by its name."""
    waivers: Mapping[tuple[str, str], Waiver] = field(default_factory=dict)
    """By check and fingerprint of the finding."""
    remedies: Mapping[tuple[str, str], RemedyState] = field(default_factory=dict)
    changed_since: bool = False
    """Settled under an earlier version of the runbook that meant something else."""
    worked: float = 0.0
    """Seconds of work up to `counted`."""
    waited: float = 0.0
    """Seconds up to `counted` in which it waited for people: a choice, an approval, a gate, a
    pause. Kept apart, else a coffee break spoils every later estimate."""
    extended: float = 0.0
    """Seconds that it was given on top of its estimate and timer."""
    counted: Moment | None = None
    """Up to when its time is in `worked` and `waited`; None where no time runs."""
    last: int = 0
    """Number of the last event that can be taken back; 0 where there is none."""
    last_what: str = ""
    before: StepState | None = field(default=None, compare=False, repr=False)
    """The state before that event, which has one of its own: a chain as long as the decisions."""


UNTOUCHED = StepState()


@dataclass(frozen=True, slots=True)
class RunState:
    """What is known about a run."""

    plan: Plan
    status: RunStatus = RunStatus.NOT_STARTED
    run: str = ""
    mode: Mode = "live"
    pin: Pin | None = None
    folder: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    driver: str = ""
    started: Moment | None = None
    ended: Moment | None = None
    paused: Moment | None = None
    reason: str = ""
    """Why it is paused or was aborted; the summary where it is closed."""
    held: bool = False
    """Paused, and the window stands still meanwhile."""
    load: str = ""
    """Of a rehearsal: the load that it is held under, in words."""
    baseline: Baseline | None = None
    extended: float = 0.0
    """Seconds by which the window's end was moved since."""
    stood: float = 0.0
    """Seconds that the window has stood still in pauses that are over."""
    answered: Mapping[Deadline, Answer] = field(default_factory=dict)
    """The last answer to each deadline that has passed."""
    seq: int = 0
    at: Moment | None = None
    """The moment of the last event."""
    boots: Boots = field(default_factory=Boots)
    """The clocks that the events were dated by."""
    steps: Mapping[str, StepState] = field(default_factory=dict)
    messages: MessagesState = field(default_factory=MessagesState)
    effects: EffectsState = field(default_factory=EffectsState)
    records: RecordsState = field(default_factory=RecordsState)
    notes: int = 0
    redlines: int = 0
    amended: int = 0

    def of(self, step_id: str) -> StepState:
        """The state of a step; an untouched one where nothing happened yet."""
        return self.steps.get(step_id, UNTOUCHED)

    def between(self, start: Moment, end: Moment) -> float:
        """Seconds from a moment of this run to another one, or to now; never negative."""
        return self.boots.between(start, end)

    @property
    def is_over(self) -> bool:
        """Closed or aborted: takes nothing but notes."""
        return self.status in (RunStatus.CLOSED, RunStatus.ABORTED)


def applies(state: RunState, step: Step) -> bool | None:
    """Whether a step's condition holds; None where the decision it hangs on is not made yet.

    A step that hangs on a decision which itself does not apply does not apply either.
    """
    answer: bool | None = True
    while True:
        own = _own_condition(state, step)
        if own is False:
            return False
        answer = own if own is None else answer
        decision = step.when.decision if step.when is not None else None
        above = state.plan.by_id.get(decision or "")
        # Only upwards: a decision that comes later is a mistake that lint reports.
        if above is None or state.plan.position[above.id] >= state.plan.position[step.id]:
            return answer
        step = above


def _own_condition(state: RunState, step: Step) -> bool | None:
    condition = step.when
    if condition is None:
        return True
    if condition.parameter is not None:
        return condition.holds(state.parameters.get(condition.parameter, ""))
    if condition.decision is None:
        return True
    deciding = state.of(condition.decision)
    if deciding.choice is not None and deciding.status in (Status.DONE, Status.OVERRIDDEN):
        return condition.holds(deciding.choice)
    # A decision that was skipped, or settled without a choice, selects nothing.
    return False if deciding.status in SETTLED else None


def is_settled(state: RunState, step: Step) -> bool:
    """Whether the run has moved past a step for good.

    It never moves past a command under way, or past what nobody knows, even where the step does
    not apply any more because a decision was made anew. What was taken back with all of the run is
    behind it, whatever became of it: its effects stand on the ledger.
    """
    if step.id in state.effects.void:
        return True
    now = state.of(step.id)
    if now.status in SETTLED:
        return True
    if now.status is Status.UNKNOWN or under_way(now) is not None:
        return False
    return applies(state, step) is False


def current(state: RunState) -> Step | None:
    """The step to work on: the first in order that is not settled and whose turn it can be.

    Deferred ones come last, and what waits for one of them waits with it. While a way back is
    walked its steps come, no others; what failed there comes last, so that the others go on.
    """
    if state.effects.rolling is not None:
        return _current_back(state, state.effects.rolling.takes)
    deferred: Step | None = None
    waiting: Step | None = None
    locked = False
    for step in state.plan.steps:
        if is_settled(state, step):
            continue
        if _must_wait(state, step, locked):
            waiting = waiting or step
        elif state.of(step.id).status is Status.DEFERRED:
            deferred = deferred or step
        else:
            return step
        locked = locked or isinstance(step, GateStep)
    return deferred or waiting


def _current_back(state: RunState, takes: Mapping[str, tuple[int, ...]]) -> Step | None:
    last: Step | None = None
    waiting: Step | None = None
    for step_id in takes:
        step = state.plan.by_id[step_id]
        if is_settled(state, step):
            continue
        if unmet_needs(state, step):
            waiting = waiting or step
        elif state.of(step_id).status in (Status.FAILED, Status.DEFERRED):
            last = last or step
        else:
            return step
    return last or waiting


def _must_wait(state: RunState, step: Step, locked: bool) -> bool:
    """Whether nothing can be done about a step now; `locked` where it is behind a closed gate."""
    now = state.of(step.id)
    if now.status is Status.UNKNOWN or under_way(now) is not None:
        return False
    if applies(state, step) is None:
        return True
    begun = now.status not in (Status.PENDING, Status.DEFERRED)
    return not begun and (locked or bool(unmet_needs(state, step)))


def closed_gate(state: RunState, step: Step) -> GateStep | None:
    """The first gate before `step` that is not settled: everything after it is locked."""
    place = state.plan.position[step.id]
    for gate in state.plan.gates:
        if state.plan.position[gate.id] >= place:
            return None
        if not is_settled(state, gate):
            return gate
    return None


def is_locked(state: RunState, step: Step) -> bool:
    """Whether a step is visible but not its turn yet."""
    if state.of(step.id).status is not Status.PENDING or is_settled(state, step):
        return False
    now = current(state)
    return now is not None and now.id != step.id


def unmet_needs(state: RunState, step: Step) -> tuple[str, ...]:
    """The steps this one needs that are not settled."""
    by_id = state.plan.by_id
    return tuple(n for n in step.needs if n in by_id and not is_settled(state, by_id[n]))


def outstanding(state: RunState, step: Step) -> tuple[str, ...]:
    """What a step still asks for before it is done, each in a few words."""
    now = state.of(step.id)
    missing: list[str] = []
    taken = state.effects.taken_by(step.id)
    if state.effects.is_gone(step.id):
        return ()  # whoever took it back: it is not there
    missing.extend(
        f"effect {each.number} is {_STANDS.get(each.presence, 'not looked at')}"
        for each in taken
        if each.can_be_seen
    )
    if step.kind == "command" and not _succeeded(now):
        missing.append("the command has not run successfully")
    missing.extend(
        f"not ticked: {item.text}" for item in step.checklist if item.key not in now.ticked
    )
    if isinstance(step, PreflightStep):
        names = defined_checks(state.plan.runbook, step)
        missing.extend(f"not looked at: {name}" for name in names if name not in now.checks)
    if step.kind == "decision" and now.choice is None:
        missing.append("no option chosen")
    if step.kind == "gate" and now.go is not True:
        missing.append("no go")
    if step.kind == "wait" and now.wait_over is None:
        missing.append("the wait is not over")
    if step.verify is not None and (now.verify is None or now.verify.outcome != "ok"):
        missing.append("not verified")
    if step.observe is not None and now.observed is None:
        missing.append(f"no observed value: {step.observe.label}")
    missing.extend(f"no evidence: {name}" for name in step.evidence if name not in now.evidence)
    if step.approval is not None and not now.approvals and not _text_approved(state, step):
        missing.append("not approved by another person")
    return tuple(missing)


_STANDS = {"there": "still there"}


def _text_approved(state: RunState, step: Step) -> bool:
    """Whether another person agreed to the message of a step before it was sent."""
    update = state.messages.of_step(step.id) if step.kind == "message" else None
    return update is not None and update.sent is not None and bool(update.approved_by)


def _succeeded(now: StepState) -> bool:
    if now.happened is not None:
        return now.happened
    return now.run is not None and now.run.outcome == "ok"


def running_steps(state: RunState) -> tuple[str, ...]:
    """The steps with a command under way."""
    return tuple(i for i, now in state.steps.items() if under_way(now) is not None)


def under_way(now: StepState) -> Result | None:
    """The command of a step that was started and has not ended, if any."""
    if now.status is Status.RUNNING:
        return now.run
    if now.verify is not None and now.verify.outcome is None:
        return now.verify
    return None

"""What a person or program can ask of a run. A command is a wish; `decide` answers it."""

from __future__ import annotations

from msgspec import Struct

from runbook_tui.domain.effects.commands import EffectCommand
from runbook_tui.domain.events import Answer, Deadline, Mode, Outcome, Purpose
from runbook_tui.domain.figures import Baseline
from runbook_tui.domain.host_events import HostEnded
from runbook_tui.domain.messages.commands import MessageCommand
from runbook_tui.domain.pin import Pin
from runbook_tui.domain.plan import Plan
from runbook_tui.domain.preflight_events import Found, Remedied
from runbook_tui.domain.records.commands import RecordCommand


class StartRun(Struct, frozen=True, kw_only=True):
    run: str
    pin: Pin
    mode: Mode
    folder: str
    parameters: dict[str, str]
    secrets: tuple[str, ...] = ()
    host: str = ""
    program: str = ""
    load: str = ""
    baseline: Baseline | None = None


class ResumeRun(Struct, frozen=True, kw_only=True):
    host: str = ""
    program: str = ""


class PauseRun(Struct, frozen=True):
    reason: str
    held: bool = False
    """Whether it is agreed that the window stands still meanwhile."""


class ContinueRun(Struct, frozen=True):
    pass


class CloseRun(Struct, frozen=True):
    summary: str = ""


class AbortRun(Struct, frozen=True):
    reason: str


class AmendRunbook(Struct, frozen=True):
    pin: Pin
    plan: Plan
    changes: tuple[str, ...]
    reason: str


class ExtendWindow(Struct, frozen=True):
    length: str
    """A `Duration`."""
    reason: str


class AnswerDeadline(Struct, frozen=True):
    deadline: Deadline
    answer: Answer
    reason: str
    length: str = ""
    """A `Duration`: by how much to extend."""


class RecordClockJump(Struct, frozen=True):
    seconds: float


class AddNote(Struct, frozen=True):
    text: str
    step: str | None = None


class AddRedline(Struct, frozen=True):
    text: str
    step: str | None = None


class StepCommand(Struct, frozen=True):
    """Base of commands about one step."""

    step: str


class StartStep(StepCommand, frozen=True):
    reason: str = ""
    """Why out of order, where it is."""
    agreed: bool = False
    """That there is no way back past it, where it is a point of no return."""


class ExtendTimer(StepCommand, frozen=True):
    length: str
    """A `Duration`."""
    reason: str


class Tick(StepCommand, frozen=True):
    item: str
    on: bool = True


class BeginCommand(StepCommand, frozen=True):
    purpose: Purpose
    line: str
    """The command as shown to people, secrets already out."""
    host: str = ""
    hosts: tuple[str, ...] = ()
    again: bool = False
    """Only on the hosts that did not end well; opens a failed step again by itself."""


class FinishCommand(StepCommand, frozen=True):
    purpose: Purpose
    attempt: int
    outcome: Outcome
    exit: int | None = None
    seconds: float = 0.0
    summary: str = ""
    evidence: str = ""
    cut: int = 0
    hosts: tuple[HostEnded, ...] = ()


class ReportInterrupted(StepCommand, frozen=True):
    """The program that ran the command is gone."""

    alive: bool = False


class SettleUnknown(StepCommand, frozen=True):
    happened: bool
    reason: str


class ObserveValue(StepCommand, frozen=True):
    value: str


class AddEvidence(StepCommand, frozen=True):
    name: str
    path: str
    size: int


class Approve(StepCommand, frozen=True):
    note: str = ""


class ChooseOption(StepCommand, frozen=True):
    option: str
    reason: str = ""


class DecideGate(StepCommand, frozen=True):
    go: bool
    reason: str = ""


class EndWait(StepCommand, frozen=True):
    how: str
    early: bool = False


class FinishStep(StepCommand, frozen=True):
    note: str = ""


class SkipStep(StepCommand, frozen=True):
    reason: str


class DeferStep(StepCommand, frozen=True):
    reason: str


class FailStep(StepCommand, frozen=True):
    reason: str


class OverrideStep(StepCommand, frozen=True):
    reason: str


class ReopenStep(StepCommand, frozen=True):
    reason: str
    retry: bool = False
    agreed: bool = False
    """As in `StartStep`."""


class TakeBack(StepCommand, frozen=True):
    pass


class BeginChecks(StepCommand, frozen=True):
    """Starts a preflight step where it has not begun, and asks whether its checks may run."""

    check: str = ""
    """Of one check; of all where it is empty."""


class ReportCheck(StepCommand, frozen=True):
    """What a check of a preflight step came to: a fact."""

    check: str
    title: str
    digest: str
    seconds: float
    ran: bool
    found: tuple[Found, ...]
    others: int
    evidence: str
    dry: bool = False
    seal: str = ""
    """SHA-256 of the evidence."""


class WaiveFinding(StepCommand, frozen=True):
    finding: str
    """Its fingerprint, or a beginning of it that no other one has."""
    until: str
    """A length from now (`7d`) or a time with its zone (`2026-05-08T18:00Z`)."""
    owner: str
    reason: str
    known: bool = False
    """That it is an inhibitor or unknown, and is waived all the same."""
    digest: str = ""
    """Of the evidence that the person saw, where that is known: it is waived for no other."""


class DelegateStep(StepCommand, frozen=True):
    """Somebody else sends the message of this step."""

    to: str
    reason: str = ""


class BeginRemedy(StepCommand, frozen=True):
    check: str
    finding: str
    """Its fingerprint."""
    label: str
    effect: str
    target: str
    line: str
    compensation: str
    undo: bool = False


class EndRemedy(StepCommand, frozen=True):
    check: str
    finding: str
    outcome: Remedied
    summary: str = ""
    undo: bool = False


RunCommand = (
    StartRun
    | ResumeRun
    | PauseRun
    | ContinueRun
    | CloseRun
    | AbortRun
    | AmendRunbook
    | ExtendWindow
    | AnswerDeadline
    | RecordClockJump
    | AddNote
    | AddRedline
)
AnyCommand = RunCommand | StepCommand | MessageCommand | EffectCommand | RecordCommand

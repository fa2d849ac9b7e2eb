"""Every event a run can have, versioned, with its JSON form.

An event is a fact that was decided or observed. It is never changed and never deleted; what was
wrong is corrected by a later event. The JSON of an `Entry` stands on one line in the commit that
records it, so that the log can be read back without this program.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from runbook_tui.domain.effects.events import AnyEffectEvent
from runbook_tui.domain.event_base import Event, StepEvent
from runbook_tui.domain.figures import Baseline, Figures
from runbook_tui.domain.host_events import HostEnded
from runbook_tui.domain.messages.events import MessageEvent, StepDelegated
from runbook_tui.domain.moment import Moment
from runbook_tui.domain.pin import Pin
from runbook_tui.domain.preflight_events import (
    CheckReported,
    FindingWaived,
    RemedyBegun,
    RemedyEnded,
)
from runbook_tui.domain.records.events import DecisionRecorded, DecisionRevisited
from runbook_tui.domain.text import UNSAFE, safe_line

__all__ = [
    "CheckReported",
    "Event",
    "FindingWaived",
    "MessageEvent",
    "RemedyBegun",
    "RemedyEnded",
    "StepDelegated",
    "StepEvent",
]

Mode = Literal["live", "rehearsal", "dry-run"]
Purpose = Literal["run", "verify"]
Outcome = Literal["ok", "partial", "failed", "timed-out", "cancelled", "not-started"]
"""`partial`: on many hosts, well on some and not on others."""
Deadline = Literal["rollback", "window"]
"""The latest safe rollback, and the window's end without its reserve."""
Answer = Literal["go-on", "roll-back", "extend"]


class RunStarted(Event, frozen=True, kw_only=True, tag="run-started"):
    """A run begins, pinned to a runbook. Of secrets only the names are kept."""

    run: str
    pin: Pin
    mode: Mode
    folder: str
    """The folder commands run in."""
    parameters: dict[str, str] = {}
    secrets: tuple[str, ...] = ()
    host: str = ""
    program: str = ""
    load: str = ""
    """Of a rehearsal: the load that it is held under, in words."""
    baseline: Baseline | None = None


class RunResumed(Event, frozen=True, kw_only=True, tag="run-resumed"):
    """Somebody took the run up again."""

    host: str = ""
    program: str = ""


class RunPaused(Event, frozen=True, kw_only=True, tag="run-paused"):
    """Nothing goes on. `held`: it was agreed that the window stands still meanwhile."""

    reason: str
    held: bool = False


class RunContinued(Event, frozen=True, kw_only=True, tag="run-continued"):
    pass


class RunClosed(Event, frozen=True, kw_only=True, tag="run-closed"):
    summary: str = ""


class RunAborted(Event, frozen=True, kw_only=True, tag="run-aborted"):
    reason: str


class RunbookAmended(Event, frozen=True, kw_only=True, tag="runbook-amended"):
    """The run adopts an edited runbook. `changes` are its differences, in words."""

    pin: Pin
    reason: str
    changes: tuple[str, ...] = ()


class WindowExtended(Event, frozen=True, kw_only=True, tag="window-extended"):
    """The hard end was moved later, by agreement."""

    seconds: float
    reason: str


class DeadlineAnswered(Event, frozen=True, kw_only=True, tag="deadline-answered"):
    """A deadline has passed, and somebody says how it goes on."""

    deadline: Deadline
    answer: Answer
    reason: str


class ClockJumped(Event, frozen=True, kw_only=True, tag="clock-jumped"):
    """The wall clock moved on its own by `seconds` (negative: back)."""

    seconds: float


class NoteAdded(Event, frozen=True, kw_only=True, tag="note-added"):
    text: str
    step: str | None = None


class RedlineAdded(Event, frozen=True, kw_only=True, tag="redline-added"):
    """What should change in the runbook."""

    text: str
    step: str | None = None


class StepStarted(StepEvent, frozen=True, kw_only=True, tag="step-started"):
    """Work on a step begins. `deviation` is the reason where it is out of order."""

    deviation: str = ""
    past_return: bool = False
    """It is a point of no return, and somebody agreed that there is no way back past it."""
    gives_up: tuple[str, ...] = ()
    """The steps that could be taken back until then."""
    reason: str = ""
    """What was said about passing it, where it is not out of order."""


class TimerExtended(StepEvent, frozen=True, kw_only=True, tag="timer-extended"):
    """The step is given more time, which the buffer pays for."""

    seconds: float
    reason: str


class ItemTicked(StepEvent, frozen=True, kw_only=True, tag="item-ticked"):
    """A checklist item or gate criterion was ticked, or with `on` false unticked."""

    item: str
    """Its key in the runbook."""
    text: str = ""
    """Its words as they stood on the screen, parameters in place."""
    on: bool = True


class CommandStarted(StepEvent, frozen=True, kw_only=True, tag="command-started"):
    """A command is about to run: written before it does. `line` is the command, redacted."""

    purpose: Purpose
    attempt: int
    line: str
    host: str = ""
    hosts: tuple[str, ...] = ()
    """The hosts it runs on, where they are many."""
    again: bool = False
    """Only on those that did not end well before: the others keep what they came to."""


class CommandFinished(StepEvent, frozen=True, kw_only=True, tag="command-finished"):
    """A command ended. `evidence` is the path of its output in the commit's tree."""

    purpose: Purpose
    attempt: int
    outcome: Outcome
    exit: int | None = None
    """Exit code; negative is the signal that ended it; None where it never started."""
    seconds: float = 0.0
    summary: str = ""
    """The last line of output, or why the answer was not the expected one."""
    evidence: str = ""
    cut: int = 0
    """Bytes of output that were not stored."""
    hosts: tuple[HostEnded, ...] = ()
    """How it ended on each of many hosts."""


class CommandInterrupted(StepEvent, frozen=True, kw_only=True, tag="command-interrupted"):
    """The program died while the command ran: nobody knows how it ended."""

    purpose: Purpose
    attempt: int
    alive: bool = False
    """Whether its process was still running when this was found."""


class UnknownSettled(StepEvent, frozen=True, kw_only=True, tag="unknown-settled"):
    """A person looked and says whether the interrupted command took effect."""

    happened: bool
    reason: str


class ValueObserved(StepEvent, frozen=True, kw_only=True, tag="value-observed"):
    label: str
    value: str
    unit: str = ""


class EvidenceAdded(StepEvent, frozen=True, kw_only=True, tag="evidence-added"):
    """A named piece of evidence; its content is the file `path` in the commit's tree."""

    name: str
    path: str
    size: int


class Approved(StepEvent, frozen=True, kw_only=True, tag="approved"):
    """Another person agrees. Who it is, is what they claim."""

    note: str = ""


class OptionChosen(StepEvent, frozen=True, kw_only=True, tag="option-chosen"):
    option: str
    reason: str = ""


class GateDecided(StepEvent, frozen=True, kw_only=True, tag="gate-decided"):
    go: bool
    reason: str = ""


class WaitOver(StepEvent, frozen=True, kw_only=True, tag="wait-over"):
    """The wait ended. With `early` somebody ended it before what it waited for, for a reason."""

    how: str
    early: bool = False


class StepDone(StepEvent, frozen=True, kw_only=True, tag="step-done"):
    note: str = ""


class StepSkipped(StepEvent, frozen=True, kw_only=True, tag="step-skipped"):
    reason: str


class StepDeferred(StepEvent, frozen=True, kw_only=True, tag="step-deferred"):
    reason: str


class StepFailed(StepEvent, frozen=True, kw_only=True, tag="step-failed"):
    reason: str


class StepOverridden(StepEvent, frozen=True, kw_only=True, tag="step-overridden"):
    """Accepted although something it asks for is missing; `missing` names what."""

    reason: str
    missing: tuple[str, ...] = ()


class StepReopened(StepEvent, frozen=True, kw_only=True, tag="step-reopened"):
    """Back to work on it. With `retry` after a failure, for another attempt."""

    reason: str
    retry: bool = False
    past_return: bool = False
    """As in `StepStarted`, where it had not begun before."""
    gives_up: tuple[str, ...] = ()


class TakenBack(StepEvent, frozen=True, kw_only=True, tag="taken-back"):
    """The step's last decision (event number `seq`) is taken back. Both stay in the log."""

    seq: int
    what: str


AnyEvent = (
    RunStarted
    | RunResumed
    | RunPaused
    | RunContinued
    | RunClosed
    | RunAborted
    | RunbookAmended
    | WindowExtended
    | DeadlineAnswered
    | ClockJumped
    | NoteAdded
    | RedlineAdded
    | StepStarted
    | TimerExtended
    | ItemTicked
    | CommandStarted
    | CommandFinished
    | CommandInterrupted
    | UnknownSettled
    | ValueObserved
    | EvidenceAdded
    | Approved
    | OptionChosen
    | GateDecided
    | WaitOver
    | StepDone
    | StepSkipped
    | StepDeferred
    | StepFailed
    | StepOverridden
    | StepReopened
    | TakenBack
    | CheckReported
    | FindingWaived
    | RemedyBegun
    | RemedyEnded
    | StepDelegated
    | MessageEvent
    | AnyEffectEvent
    | DecisionRecorded
    | DecisionRevisited
)


class Entry(Struct, frozen=True, kw_only=True):
    """An event with its number, its moment and who decided it."""

    v: Literal[1] = 1
    seq: Annotated[int, Meta(ge=1)]
    """1 for the first event of a run, then one more each."""
    at: Moment
    by: str
    event: AnyEvent
    figures: Figures | UnsetType = UNSET
    """What the clocks said; missing where the run has no baseline."""


class EventError(Exception):
    """A line of the log that is not an event of a version known here."""


_encoder = msgspec.json.Encoder(order="deterministic")
_decoder = msgspec.json.Decoder(Entry)


def encode(entry: Entry) -> str:
    """The entry as one line of JSON, with nothing in it that a terminal obeys.

    `git log` shows the line as it is, so what the JSON need not escape is escaped all the same.
    Raises UnicodeEncodeError where a text is not Unicode (see `storable`).
    """
    return UNSAFE.sub(_escape, _encoder.encode(entry).decode())


def _escape(match: re.Match[str]) -> str:
    units = match.group().encode("utf-16-be")
    return "".join(f"\\u{units[n]:02x}{units[n + 1]:02x}" for n in range(0, len(units), 2))


def storable(event: AnyEvent) -> bool:
    """Whether the log can hold the event: a path or argument may have bytes that are no text."""
    try:
        _encoder.encode(event)
    except UnicodeEncodeError:
        return False
    return True


def decode(line: str | bytes) -> Entry:
    """An entry from one line of JSON. Raises EventError where it is not one."""
    try:
        return _decoder.decode(line)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        # What is wrong with a foreign line may quote it.
        raise EventError(f"not a readable event: {safe_line(str(error), 200)}") from error

"""The one way a decision is made: decide, append, fold, publish.

A session is a window on one run's log. What `submit` returns has been made durable before it
returns; what it refuses left no trace. Decisions of other terminals arrive by `catch_up`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from msgspec import UNSET

from runbook_tui.domain import commands as cmd
from runbook_tui.domain import events as ev
from runbook_tui.domain.decide import Refusal, decide
from runbook_tui.domain.effects.decide_rollback import NotLooked
from runbook_tui.domain.figures import Figures
from runbook_tui.domain.fold import FoldRefusedError, apply
from runbook_tui.domain.moment import Moment
from runbook_tui.domain.pin import Pin
from runbook_tui.domain.plan import Plan
from runbook_tui.domain.record import (
    BrokenLogError,
    CommitDraft,
    LogGoneError,
    LostRaceError,
    StoredCommit,
    Who,
    pinned_path,
)
from runbook_tui.domain.redact import Redactor
from runbook_tui.domain.schedule.fever import Point
from runbook_tui.domain.schedule.reading import Reading, Timekeeper, point_of
from runbook_tui.domain.scrub import scrub
from runbook_tui.domain.state import RunState
from runbook_tui.domain.text import SHORTEST_SECRET
from runbook_tui.formats import commit as commits

__all__ = [
    "BrokenLogError",
    "Clock",
    "Log",
    "LogGoneError",
    "Recorded",
    "Session",
    "Who",
    "pinned_path",
]

POINTS = 24
"""Points of the fever chart that a reading looks back on."""
MOST_RACES = 50
"""How often a decision is made again because another terminal was faster."""


class Log(Protocol):
    """A run's branch. See `runbook_tui.adapters.gitlog.RunBranch`."""

    @property
    def id(self) -> str: ...
    @property
    def head(self) -> str | None: ...
    def append(self, drafts: Sequence[CommitDraft], expected: str | None) -> tuple[str, ...]: ...
    def moved(self) -> bool: ...
    def current(self) -> str | None: ...
    def read(self, since: str | None = None) -> Iterator[StoredCommit]: ...
    def file(self, path: str, commit: str | None = None) -> bytes: ...


class Clock(Protocol):
    """Where moments come from."""

    def now(self) -> Moment: ...


LoadPinned = Callable[[Pin, Callable[[str], bytes]], Plan]
"""Makes a plan from a pin and a function that reads a file of the log's tree by its path."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """An entry and the commit that holds it."""

    entry: ev.Entry
    commit: str


Listener = Callable[[Sequence[Recorded]], None]


class Session:
    """A run, seen and driven from one terminal. Not thread-safe: one thread owns it."""

    def __init__(
        self,
        log: Log,
        clock: Clock,
        who: Who,
        load_pinned: LoadPinned,
        *,
        plan: Plan | None = None,
        secrets: Mapping[str, str] | None = None,
    ) -> None:
        self.log = log
        self.clock = clock
        self.who = who
        self.entries: list[Recorded] = []
        self.head: str | None = None
        self._state: RunState | None = None
        self._load_pinned = load_pinned
        self._plans: dict[str, Plan] = {plan.digest: plan} if plan is not None else {}
        self._initial = RunState(plan=plan) if plan is not None else None
        self._listeners: list[Listener] = []
        self.timekeeper = Timekeeper()
        """Makes this run's forecasts; its first one takes a moment, so ask it early."""
        self.hidden: Mapping[str, str] = {}
        """Secrets of the configuration (addresses of channels): no command is given them."""
        self.secrets: Mapping[str, str] = {}
        self.give_secrets(secrets or {})
        if log.head is not None:
            self.catch_up()

    @property
    def state(self) -> RunState:
        """The run as this session knows it."""
        state = self._state or self._initial
        if state is None:
            raise BrokenLogError(f"run {self.log.id} has no events")
        return state

    @property
    def redactor(self) -> Redactor:
        """A fresh redactor that knows this run's secrets."""
        return Redactor(self.all_secrets)

    @property
    def all_secrets(self) -> Mapping[str, str]:
        """What no log may hold, by name: the run's secret parameters, and what was hidden."""
        return {**self.hidden, **self.secrets}

    def give_secrets(self, secrets: Mapping[str, str]) -> None:
        """Secret parameters, held in memory only."""
        self.secrets = {**self.secrets, **secrets}

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Calls `listener` with what was recorded, here or elsewhere; returns how to stop."""
        self._listeners.append(listener)

        def stop() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return stop

    def reading(self, now: Moment | None = None) -> Reading | None:
        """What the clocks say, now or at `now`; None where the run has no baseline."""
        return self.timekeeper.read(self.state, now or self.clock.now(), self.points())

    def clock_jump(self) -> float:
        """Seconds by which the wall clock has moved on its own since the log last knew of it, also
        while no program had the run open; 0.0 where it has not, or the run is over."""
        state = self._state
        return 0.0 if state is None or state.is_over else state.boots.jump(self.clock.now())

    def points(self) -> list[Point]:
        """The last points of the fever chart that were logged with decisions, oldest first."""
        found: list[Point] = []
        for recorded in reversed(self.entries):
            if isinstance(recorded.entry.figures, Figures):
                found.append(point_of(recorded.entry.figures))
            if len(found) == POINTS:
                break
        return found[::-1]

    def behind(self) -> bool:
        """Whether the log holds what this session has not folded. Cheap: call it often.

        True also after `catch_up` failed: the log has been looked at then, but not followed.
        """
        return self.log.moved() or self.log.head != self.head

    def ask(self, command: cmd.AnyCommand, by: str | None = None) -> Refusal | None:
        """What `submit` would say, without doing it: a refusal, or None where it is allowed, be it
        after the looks that whoever runs it has first."""
        verdict = decide(self.state, command, by or self.who.name, self.clock.now())
        if isinstance(verdict, NotLooked) or not isinstance(verdict, Refusal):
            return None
        return verdict

    def submit(
        self,
        command: cmd.AnyCommand,
        *,
        by: str | None = None,
        files: Mapping[str, bytes] | None = None,
    ) -> tuple[Recorded, ...] | Refusal:
        """Decides and records. What is returned is durable; a refusal changed nothing.

        `files` go into the tree of the commit. Raises what the log raises when it cannot store
        (the decision was then not made), and BrokenLogError.
        """
        if self.behind():
            self.catch_up()
        jump = self.clock_jump()
        if jump and not isinstance(command, cmd.RecordClockJump):
            # Before anything is dated by it: whoever reads the log sees why the dates jump.
            self.submit(cmd.RecordClockJump(jump))
        leak = self._leak(command)
        if leak is not None:
            return leak
        name = by or self.who.name
        if isinstance(command, cmd.AmendRunbook):
            self._plans[command.plan.digest] = command.plan
        for _ in range(MOST_RACES):
            verdict = decide(self.state, command, name, self.clock.now())
            if isinstance(verdict, Refusal):
                return verdict
            try:
                return self._record(verdict, name, files)
            except LostRaceError:
                self.catch_up()
                if isinstance(command, cmd.RecordClockJump) and not self.clock_jump():
                    return ()  # the other terminal has told it
            except FoldRefusedError as error:
                return Refusal(str(error))
        return Refusal("another terminal is faster every time", "try again")

    def _leak(self, command: cmd.AnyCommand) -> Refusal | None:
        """Plain parameters are committed as they are: none may hold a secret."""
        values = command.parameters if isinstance(command, cmd.StartRun) else {}
        for name, value in values.items():
            for secret, hidden in self.secrets.items():
                if len(hidden) >= SHORTEST_SECRET and hidden in value:
                    return Refusal(
                        f"the parameter {name} holds the secret {secret}, and the log would too",
                        f"name it in the environment of a command instead: {{{{{secret}}}}}",
                    )
        return None

    def _record(
        self, events: Sequence[ev.AnyEvent], by: str, files: Mapping[str, bytes] | None
    ) -> tuple[Recorded, ...]:
        now = self.clock.now()
        reading = self.reading(now) if self._state is not None else None
        figures = reading.figures if reading is not None else UNSET
        redactor = self.redactor
        state = self._state
        entries: list[ev.Entry] = []
        for event in events:
            seq = (state.seq if state else 0) + 1
            entry = ev.Entry(seq=seq, at=now, by=by, event=scrub(event, redactor), figures=figures)
            state = apply(state, entry, self._plans)
            entries.append(entry)
        drafts = [
            commits.draft(
                entry,
                self.log.id,
                self.who.committer,
                self.who.email_of(by),
                files if n == 0 else None,
            )
            for n, entry in enumerate(entries)
        ]
        ids = self.log.append(drafts, self.head)
        recorded = tuple(Recorded(e, i) for e, i in zip(entries, ids, strict=True))
        self._state, self.head = state, ids[-1]
        self._publish(recorded)
        return recorded

    def catch_up(self) -> tuple[Recorded, ...]:
        """Folds what other terminals recorded since; publishes and returns it.

        Raises BrokenLogError where the log cannot be followed, LogGoneError and what else the log
        raises where it cannot be read.
        """
        news: list[Recorded] = []
        state, head = self._state, self.head
        if head is not None and self.log.current() is None:
            raise LogGoneError(self.log.id)
        for commit in self.log.read(since=head):
            try:
                entry = commits.entry_of(commit)
                self._know(entry.event, commit.id)
                state = apply(state, entry, self._plans)
            except ev.EventError as error:  # it names the commit
                raise BrokenLogError(f"run {self.log.id}, {error}") from error
            except FoldRefusedError as error:
                raise BrokenLogError(
                    f"run {self.log.id}, commit {commit.id[:12]}: {error}"
                ) from error
            head = commit.id
            news.append(Recorded(entry, commit.id))
        self._state, self.head = state, head
        if news:
            self._publish(tuple(news))
        return tuple(news)

    def _know(self, event: ev.AnyEvent, commit: str) -> None:
        """Loads the runbook that an event pins, from the log itself."""
        if not isinstance(event, ev.RunStarted | ev.RunbookAmended):
            return
        pin = event.pin
        if pin.digest not in self._plans:
            plan = self._load_pinned(
                pin, lambda path: self.log.file(pinned_path(pin, path), commit)
            )
            if plan.digest != pin.digest:
                raise BrokenLogError(
                    f"run {self.log.id}, commit {commit[:12]}: the runbook it holds is "
                    f"{plan.digest[:12]}, the run names {pin.digest[:12]}"
                )
            self._plans[pin.digest] = plan

    def _publish(self, recorded: Sequence[Recorded]) -> None:
        self.entries.extend(recorded)
        for listener in tuple(self._listeners):
            listener(recorded)

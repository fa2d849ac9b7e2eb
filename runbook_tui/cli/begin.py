"""Makes the `Opening` that an interface is given, for a new run and for one that goes on."""

from __future__ import annotations

import os
import secrets
import socket
import stat
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from runbook_tui import __version__
from runbook_tui.adapters import places
from runbook_tui.adapters.clock import SystemClock
from runbook_tui.cli import logfile, wiring
from runbook_tui.cli.exits import StopError
from runbook_tui.cli.pinning import EditedOnDisk, load_pinned, pin_of, pinned_files
from runbook_tui.cli.reading import check_sound
from runbook_tui.cli.values import take_secrets
from runbook_tui.domain.events import Mode
from runbook_tui.domain.parameters import resolve, substituted
from runbook_tui.domain.plan import Plan
from runbook_tui.domain.rules import Refusal
from runbook_tui.opening import CannotOpenError, Driving, Opening

# The machinery of a run is imported when one begins: an interface shows the plan before that.
if TYPE_CHECKING:
    from runbook_tui.adapters.gitlog import Repository
    from runbook_tui.adapters.lease import Lease
    from runbook_tui.domain.fleet import Fleet
    from runbook_tui.domain.record import Who
    from runbook_tui.formats.load import Loaded
    from runbook_tui.session import Session

PROGRAM = f"runbook-tui {__version__}"
LONGEST_RUN_ID = 64
"""What a branch of the log may be called."""
_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"


def run_id(runbook: str, now: datetime) -> str:
    """A new id: day, runbook, four letters that make it one of a kind."""
    day = now.strftime("%Y%m%d")
    end = "".join(secrets.choice(_LETTERS) for _ in range(4))
    room = LONGEST_RUN_ID - len(day) - len(end) - 2
    return f"{day}-{runbook[:room].rstrip('-_')}-{end}"


@dataclass
class Held:
    """The lease that an opening holds."""

    lease: Lease | None = None

    def take(self, run: str, who: Who) -> None:
        """Takes the lease of a run. Raises CannotOpenError where somebody else has it."""
        from runbook_tui.adapters.lease import LeaseHeldError

        lease = wiring.lease(run, who)
        try:
            lease.take()
        except LeaseHeldError as error:
            raise CannotOpenError(
                str(error), f"follow it from here: runbook-tui log {run} --follow"
            ) from None
        self.lease = lease

    def release(self) -> None:
        """Gives it back; harmless twice."""
        if self.lease is not None:
            self.lease.release()
            self.lease = None


@dataclass(frozen=True, kw_only=True)
class NewRun:
    """A run to start."""

    log: Callable[[], tuple[Repository, Who]]
    """Where it is kept and who signs its decisions; asked for once the plan is on the screen.
    Raises StopError (2), LogFailure."""
    loaded: Loaded
    source: Path
    mode: Mode
    load: str = ""
    """Of a rehearsal: what it is held under, where it is not what the runbook says."""
    held: Held = field(default_factory=Held)

    def begin(self, values: Mapping[str, str]) -> Driving:
        """Starts the run with every parameter, secrets included.

        Raises CannotOpenError, LogFailure.
        """
        from runbook_tui.cli import earlier
        from runbook_tui.domain import commands as cmd
        from runbook_tui.domain.schedule.baseline import baseline
        from runbook_tui.domain.schedule.earlier import estimates
        from runbook_tui.domain.schedule.rehearsals import looked_back
        from runbook_tui.session import Session

        repo, who = self.log()
        runbook = self.loaded.runbook
        resolved, problems = resolve(runbook, values)
        if problems:
            raise CannotOpenError("\n".join(problems))
        hidden = {n: v for n, v in resolved.items() if runbook.parameters[n].type == "secret"}
        logfile.never_write(hidden)
        pin = pin_of(self.loaded, self.source)
        clock = SystemClock()
        run = run_id(runbook.id, clock.now().utc)
        self.held.take(run, who)
        try:
            plan = Plan(runbook, self.loaded.digest)
            timings = earlier.timings(repo, runbook.id)
            took = estimates(plan, timings)
            back = looked_back(plan, timings)
            session = Session(repo.run(run), clock, who, load_pinned, plan=plan, secrets=hidden)
            start = cmd.StartRun(
                run=run,
                pin=pin,
                mode=self.mode,
                folder=str(Path(pin.source).parent),
                parameters={n: v for n, v in resolved.items() if n not in hidden},
                secrets=tuple(hidden),
                host=socket.gethostname(),
                program=PROGRAM,
                load=self._load(resolved, hidden),
                baseline=baseline(plan, run, clock.now().utc, resolved, took, back),
            )
            _must(session.submit(start, files=pinned_files(self.loaded, pin)))
            session.reading()  # the first forecast takes a moment: now, beside the screen
            return driving(session)
        except BaseException:
            self.held.release()
            raise

    def _load(self, values: Mapping[str, str], hidden: Mapping[str, str]) -> str:
        """What a rehearsal is held under: as was said, else as the runbook says."""
        if self.mode != "rehearsal":
            return ""
        held = self.loaded.runbook.rehearsal
        open_values = {name: value for name, value in values.items() if name not in hidden}
        return self.load or (substituted(held.load, open_values) if held is not None else "")

    def check(self) -> tuple[str, ...]:
        """Whether the runbook has errors, and the log can be written to; what is wrong and does not
        forbid this run.

        Raises CannotOpenError, LogFailure.
        """
        what = "rehearsal" if self.mode == "rehearsal" else "dry run"
        # Whoever just named the runbook knows its folder, and the line has no room for it.
        folder = f"{self.source.parent}{os.sep}"
        told = tuple(
            f"A live run would be refused, this {what} goes on: {problem.removeprefix(folder)}"
            for problem in check_sound(self.loaded, self.mode)
        )
        try:
            self.log()
        except StopError as error:
            raise CannotOpenError(error.message, error.hint, error.code) from None
        return told


@dataclass(frozen=True, kw_only=True)
class OldRun:
    """A run to go on with; one that is over is opened for reading."""

    repo: Repository
    who: Who
    run: str
    held: Held = field(default_factory=Held)

    def begin(self, values: Mapping[str, str]) -> Driving:
        """Goes on with the run; `values` are the secrets known by now.

        Secrets are also taken from the environment. Raises CannotOpenError, LogFailure,
        BrokenLogError.
        """
        from runbook_tui.domain import commands as cmd

        session = wiring.open_session(self.repo, self.run, self.who)
        opened = driving(session)
        if session.state.is_over:
            return opened
        self.held.take(self.run, self.who)
        try:
            # Somebody may have decided while the lease was being had.
            session.catch_up()
            session.reading()  # as above
            names = session.state.secrets
            hidden = {n: v for n, v in values.items() if n in names} | take_secrets(names)
            logfile.never_write(hidden)
            session.give_secrets(hidden)
            _must(session.submit(cmd.ResumeRun(host=socket.gethostname(), program=PROGRAM)))
            return replace(opened, interrupted=opened.executor.settle_interrupted())
        except BaseException:
            self.held.release()
            raise


def _fleet_of(inventory: Path | None) -> Fleet:
    from runbook_tui.adapters.fleet import ansible_fleet, ssh_fleet

    return ssh_fleet() if inventory is None else ansible_fleet(inventory)


def driving(session: Session) -> Driving:
    """A session with what runs its commands and its checks on this machine."""
    from runbook_tui.adapters.process import LocalProcesses
    from runbook_tui.checking import Checking
    from runbook_tui.cli.inspecting import LateInspector
    from runbook_tui.cli.messaging import messaging
    from runbook_tui.execution import Executor
    from runbook_tui.probing import Probing

    executor = Executor(session, LocalProcesses(), _fleet_of)
    checking = Checking(session, executor, LateInspector())
    kept = places.state_folder() / "kept" / session.log.id
    probing = Probing(session, executor, sys.executable, str(kept))
    return Driving(session, executor, checking, messaging(session), probing)


def _must(answer: object) -> None:
    if isinstance(answer, Refusal):
        raise CannotOpenError(answer.reason, answer.hint)


def opening_of(run: NewRun | OldRun, given: Mapping[str, str], who: str = "") -> Opening:
    """What an interface needs to open `run`; `given` are values that were given, by parameter.
    `who` is the name to show until the log is open, where it is known already."""
    store = wiring.trust_store()
    new = run if isinstance(run, NewRun) else None
    return Opening(
        begin=run.begin,
        trusted=store.trusts,
        trust=store.trust,
        check=new.check if new else (lambda: ()),
        plan=Plan(new.loaded.runbook, new.loaded.digest) if new else None,
        mode=new.mode if new else "live",
        given=given,
        who=who or (run.who.name if isinstance(run, OldRun) else ""),
        clock=SystemClock(),
        edited=EditedOnDisk(),
        read_evidence=read_evidence,
        edit=edit,
        close=run.held.release,
    )


def edit(text: str, name: str) -> str:
    """A text as the person's own editor leaves it. Raises CannotOpenError."""
    from runbook_tui.adapters.process.editor import EditorError, edited

    try:
        return edited(text, name)
    except EditorError as error:
        raise CannotOpenError(str(error)) from None


def read_evidence(name: str) -> bytes:
    """The bytes of a file that a person names as evidence.

    Raises OSError, and ValueError where it is too large or no regular file.
    """
    from runbook_tui.domain.evidence import LARGEST_EVIDENCE

    path = Path(name).expanduser()
    # A pipe or device would block, or never end.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(descriptor, "rb") as file:  # noqa: PTH123 - it is open already
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise ValueError(f"{name} is no regular file")
        data = file.read(LARGEST_EVIDENCE + 1)
    if len(data) > LARGEST_EVIDENCE:
        raise ValueError(
            f"{name} has {max(status.st_size, len(data)):,} bytes, "
            f"{LARGEST_EVIDENCE:,} is the most: attach the part that matters"
        )
    return data

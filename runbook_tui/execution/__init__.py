"""Runs a step's commands: intent first, then the process, then what came of it.

`CommandStarted` is durable before the process starts, and `CommandFinished` holds its output as
evidence. If the program dies in between, the log shows it and `settle_interrupted` says so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from runbook_tui.domain import commands as cmd
from runbook_tui.domain.answer import expected, why_not
from runbook_tui.domain.events import CommandStarted, Outcome, Purpose
from runbook_tui.domain.evidence import attached_path, attached_text, output_text
from runbook_tui.domain.job import Ended, Job, Processes, Running
from runbook_tui.domain.narrative import DRY_RUN, SHOWN
from runbook_tui.domain.output import KEY_LINE, Stream, last_drawn
from runbook_tui.domain.parameters import env_name
from runbook_tui.domain.prepare import Prepared, over_ssh
from runbook_tui.domain.rules import Refusal
from runbook_tui.domain.runbook import WaitStep
from runbook_tui.domain.runbook_model import Command, Expect
from runbook_tui.domain.state import Result, RunState, under_way
from runbook_tui.domain.text import safe_line, safe_text
from runbook_tui.execution.handles import Other, Waiting
from runbook_tui.execution.hosts import FleetOf, HostRun, finished
from runbook_tui.execution.preparing import Around, Preparing
from runbook_tui.execution.waits import Waits
from runbook_tui.session import Recorded, Session

Show = Callable[[Stream, Sequence[str]], None]
"""Takes lines that are redacted and safe for a terminal."""

SHOWN_AT_ONCE = 500
"""Lines of one batch that are shown; a flood is shown by its end, and stored by head and tail."""
SUMMARY_LENGTH = 160
LONGEST_NAME = 120
"""Characters in the name of a piece of evidence."""


class Executor:
    """Runs commands for one session. Every decision it makes goes through the session."""

    def __init__(
        self, session: Session, processes: Processes, fleet_of: FleetOf | None = None
    ) -> None:
        """`fleet_of`: what runs commands on many hosts; without it they are refused."""
        self._session = session
        self._processes = processes
        self._fleet_of = fleet_of
        self._running: dict[str, Running | Waiting | Other] = {}
        self._unrecorded: dict[str, tuple[cmd.FinishCommand, dict[str, bytes]]] = {}
        self._preparing = Preparing(session)

    @property
    def around(self) -> Around | None:
        """What looks at side effects before a step's command and after it."""
        return self._preparing.around

    @around.setter
    def around(self, around: Around) -> None:
        self._preparing.around = around

    def command_of(self, step_id: str, purpose: Purpose) -> Command | None:
        """The command of a step for a purpose, where it has one."""
        return self._preparing.command_of(step_id, purpose)

    def prepared(self, step_id: str, purpose: Purpose) -> Prepared | Refusal:
        """The command as it would run now, or why it cannot. The secrets that it misses are also
        those of the looks round it."""
        return self._preparing.of_step(step_id, purpose)

    async def ask(self, command: Command, key: str) -> tuple[str, Ended] | Refusal:
        """Runs a read-only command that belongs to no step; nothing is recorded. Gives its line and
        how it ended."""
        ready = self._preparing.ready(command)
        if isinstance(ready, Refusal):
            return ready
        if ready.missing_secrets:
            return Refusal(f"needs the secret {', '.join(ready.missing_secrets)}")
        if ready.hosts:
            return Refusal("a look runs on one host, not on many")
        line = safe_text(self._session.redactor.text(ready.line))
        mark = f"{self._session.log.id}/{key}/0"
        return line, await self._start(key, ready, mark, lambda _stream, _lines: None)

    def is_running(self, step_id: str) -> bool:
        """Whether this program has a command of the step under way."""
        return step_id in self._running

    @property
    def running(self) -> tuple[str, ...]:
        """The steps with something of this program under way. Looks that belong to no step are not
        among them."""
        return tuple(each for each in self._running if each in self._session.state.plan.by_id)

    @contextmanager
    def busy(self, step_id: str, cancel: Callable[[], object]) -> Iterator[None]:
        """For as long as it is entered the step runs something that `cancel` ends."""
        self._running[step_id] = Other(cancel)
        try:
            yield
        finally:
            self._running.pop(step_id, None)

    def cancel(self, step_id: str) -> bool:
        """Ends what runs for a step; false where nothing does."""
        handle = self._running.get(step_id)
        if handle is None:
            return False
        handle.cancel()
        return True

    async def run(
        self, step_id: str, purpose: Purpose, show: Show, *, again: bool = False
    ) -> Result | Refusal:
        """Runs a step's command and records how it ended; with `again` only on the hosts that did
        not end well.

        A missing secret is a refusal: ask for it, then run again. Raises what the log raises;
        where that happens after the command ended, `record_unrecorded` makes up for it.
        """
        ready = self.prepared(step_id, purpose)
        if isinstance(ready, Refusal):
            return ready
        dry = self._session.state.mode == "dry-run"
        if ready.missing_secrets and not dry:
            names = ", ".join(env_name(name) for name in ready.missing_secrets)
            return Refusal(
                f"needs the secret {', '.join(ready.missing_secrets)}",
                f"type it in when asked, or set {names} in the environment",
            )
        if dry or purpose != "run" or self.around is None:
            return await self._run(step_id, purpose, ready, show, again)
        line = safe_text(self._session.redactor.text(ready.line))
        refusal = self._session.ask(cmd.BeginCommand(step_id, purpose, line, again=again))
        if refusal is not None:
            return refusal
        around = asyncio.ensure_future(self.around.before(step_id))
        with self.busy(step_id, around.cancel):
            try:
                refused = await around
            except asyncio.CancelledError:
                if not around.cancelled():
                    raise
                return Refusal("cancelled before it began: the looks before it were under way")
        if refused is not None:
            return refused
        # What is put back by itself depends on what was seen just now.
        ready = self.prepared(step_id, purpose)
        if isinstance(ready, Refusal):
            return ready
        result = await self._run(step_id, purpose, ready, show, again)
        if not isinstance(result, Refusal):
            with self.busy(step_id, lambda: None):
                await self.around.after(step_id)
        return result

    async def _run(
        self, step_id: str, purpose: Purpose, ready: Prepared, show: Show, again: bool
    ) -> Result | Refusal:
        dry = self._session.state.mode == "dry-run"
        if ready.hosts and not dry:
            return await self._on_hosts(step_id, purpose, ready, show, again)
        line = safe_text(self._session.redactor.text(ready.line))
        told = SHOWN + line if dry else _not_as_shown(line)
        begun = self._session.submit(
            cmd.BeginCommand(step_id, purpose=purpose, line=told, host=ready.host)
        )
        if isinstance(begun, Refusal):
            return begun
        event = begun[-1].entry.event
        assert isinstance(event, CommandStarted)
        if dry:
            return self._finish(
                cmd.FinishCommand(step_id, purpose, event.attempt, "ok", 0, summary=DRY_RUN), {}
            )
        mark = f"{self._session.log.id}/{step_id}/{event.attempt}"
        ended = await self._start(step_id, ready, mark, show)
        return self._record(step_id, purpose, event.attempt, line, ended)

    async def _on_hosts(
        self, step_id: str, purpose: Purpose, ready: Prepared, show: Show, again: bool
    ) -> Result | Refusal:
        if self._fleet_of is None:
            return Refusal("nothing here runs commands on many hosts")
        step = self._session.state.plan.by_id[step_id]
        run = HostRun(self._session, self._fleet_of, step, ready)
        with self.busy(step_id, run.cancel):
            hosts = await run.hosts(again=again)
            if isinstance(hosts, Refusal):
                return hosts
            before = self._session.state.of(step_id)
            line = safe_text(self._session.redactor.text(ready.line))
            begun = self._session.submit(
                cmd.BeginCommand(step_id, purpose, _not_as_shown(line), ready.host, hosts, again)
            )
            if isinstance(begun, Refusal):
                return begun
            event = begun[-1].entry.event
            assert isinstance(event, CommandStarted)
            mark = f"{self._session.log.id}/{step_id}/{event.attempt}"
            result = await run.run(hosts, purpose, mark, show)
        if not again:
            before = replace(before, hosts={})
        return self._finish(
            *finished(step, purpose, event.attempt, line, result, before, self._session.redactor)
        )

    async def _start(self, key: str, ready: Prepared, mark: str, show: Show) -> Ended:
        folder = Path(self._session.state.folder)
        argv, cwd, env = ready.argv, folder / ready.cwd, ready.env
        if ready.host:
            argv, cwd, env = over_ssh(ready), folder, {}
        handle = self._processes.create()
        outer = self._running.get(key)
        if isinstance(outer, Waiting):
            outer.child = handle
        else:
            self._running[key] = handle
        redactors = {"out": self._session.redactor, "err": self._session.redactor}

        def on_output(stream: Stream, lines: Sequence[str]) -> None:
            redactor = redactors[stream]
            for line in lines[:-SHOWN_AT_ONCE]:
                if KEY_LINE in line:  # a private key may begin in what is not shown
                    redactor.line(line)
            shown = lines[-SHOWN_AT_ONCE:]
            show(stream, [safe_text(last_drawn(redactor.line(line))) for line in shown])

        try:
            clean = self._session.redactor.line
            job = Job(tuple(argv), str(cwd), env, ready.timeout, mark, clean)
            return await handle.run(job, on_output)
        finally:
            if outer is None:
                self._running.pop(key, None)

    def _record(
        self, step_id: str, purpose: Purpose, attempt: int, line: str, ended: Ended
    ) -> Result | Refusal:
        outcome, summary = self._judge(step_id, purpose, ended)
        path = f"evidence/{step_id}/{attempt:03d}-{purpose}.txt"
        content = output_text(line, ended, self._session.redactor)
        return self._finish(
            cmd.FinishCommand(
                step_id,
                purpose,
                attempt,
                outcome,
                ended.exit,
                ended.seconds,
                safe_line(self._session.redactor.text(summary), SUMMARY_LENGTH),
                path,
                ended.output.cut,
            ),
            {path: content},
        )

    def _judge(self, step_id: str, purpose: Purpose, ended: Ended) -> tuple[Outcome, str]:
        if ended.how == "not-started":
            return "not-started", ended.trouble
        if ended.how != "exited":
            return ended.how, self._last_line(ended)
        step = self._session.state.plan.by_id[step_id]
        if purpose == "verify" and step.verify is not None:
            wrong = self._why_not(step.verify.expect, ended)
            return ("ok", self._last_line(ended)) if wrong is None else ("failed", wrong)
        return ("ok" if ended.exit == 0 else "failed"), self._last_line(ended)

    def _last_line(self, ended: Ended) -> str:
        # Redacted before it is cut to what was drawn last: a secret may begin before that.
        return last_drawn(self._session.redactor.text(ended.output.last_line))

    def _why_not(self, expect: Expect, ended: Ended) -> str | None:
        placed = expected(expect, self._session.state.parameters)
        return why_not(placed, ended.exit, ended.output.answer)

    def _finish(self, command: cmd.FinishCommand, files: dict[str, bytes]) -> Result | Refusal:
        # Kept until it is in the log: if the disk is full now, it will not be for ever.
        self._unrecorded[command.step] = (command, files)
        done = self._session.submit(command, files=files)
        del self._unrecorded[command.step]
        if isinstance(done, Refusal):
            return done
        now = self._session.state.of(command.step)
        result = now.verify if command.purpose == "verify" else now.run
        assert result is not None
        return result

    def record_unrecorded(self) -> tuple[str, ...]:
        """Records how commands ended whose end could not be stored when it came; gives their
        steps. Cheap where there are none. Raises what the log raises, and keeps them then.
        """
        recorded = tuple(self._unrecorded)
        for command, files in list(self._unrecorded.values()):
            self._finish(command, files)
        return recorded

    async def run_then_verify(
        self, step_id: str, show: Show, *, again: bool = False
    ) -> Result | Refusal:
        """Runs a step's command and, where it went well, its verification."""
        result = await self.run(step_id, "run", show, again=again)
        step = self._session.state.plan.by_id[step_id]
        if isinstance(result, Refusal) or result.outcome != "ok" or step.verify is None:
            return result
        return await self.run(step_id, "verify", show)

    async def wait(self, step_id: str, show: Show) -> Refusal | None:
        """Waits until a wait step's time has come or its condition holds, and records it.

        Ends early, recording nothing, when it is cancelled.
        """
        step = self._session.state.plan.by_id[step_id]
        if not isinstance(step, WaitStep):
            return Refusal(f"{step_id} does not wait")
        waiting = Waiting()
        self._running[step_id] = waiting
        try:
            waits = Waits(self._session, waiting)
            if step.condition is None:
                return await waits.until(step)
            condition, mark = step.condition, f"{self._session.log.id}/{step_id}/poll"

            async def ask() -> Ended | Refusal:
                ready = self._preparing.ready(condition)
                if isinstance(ready, Refusal):
                    return ready
                return await self._start(step_id, ready, mark, show)

            return await waits.poll(step_id, condition, ask)
        finally:
            self._running.pop(step_id, None)

    def attach(self, step_id: str, name: str, content: bytes) -> tuple[Recorded, ...] | Refusal:
        """Commits a text as evidence under `name`, redacted; a refusal where it is none or too
        large. Raises what the log raises.
        """
        name = safe_line(name, LONGEST_NAME)
        stored = attached_text(name, content, self._session.redactor)
        if isinstance(stored, Refusal):
            return stored
        # By the number of the event to come no two pieces share a path: none hides another.
        path = attached_path(step_id, name, self._session.state.seq + 1)
        command = cmd.AddEvidence(step_id, name, path, len(stored))
        return self._session.submit(command, files={path: stored})

    def settle_interrupted(self) -> tuple[str, ...]:
        """Records every command that was under way when its program died; gives their steps.

        Only for the one program that drives the run: it must hold the run's lease.
        """
        found = []
        for step_id, now in self._session.state.steps.items():
            result = under_way(now)
            if result is None or step_id in self._running or step_id in self._unrecorded:
                continue
            alive = bool(self.left_running(step_id))
            self._session.submit(cmd.ReportInterrupted(step_id, alive=alive))
            found.append(step_id)
        return tuple(found)

    def left_running(self, step_id: str) -> tuple[int, ...]:
        """The processes on this machine that the step's last command started and that live on."""
        return left_running(self._session.state, step_id, self._processes.marked)


def _not_as_shown(line: str) -> str:
    """A line that is run, so that no runbook can make the log say that it was only shown."""
    return f" {line}" if line.startswith(SHOWN) else line


def left_running(
    state: RunState, step_id: str, marked: Callable[[str], tuple[int, ...]]
) -> tuple[int, ...]:
    """As `Executor.left_running`, for who only reads; `marked` finds by an attempt's mark."""
    now = state.of(step_id)
    result = under_way(now) or now.run
    if result is None:
        return ()
    return tuple(sorted(marked(f"{state.run}/{step_id}/{result.attempt}")))

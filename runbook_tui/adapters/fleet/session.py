"""The command on one host: connect, run, and whatever happens one result."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import signal
import time
from collections.abc import Coroutine
from typing import Any, Literal, TypeVar

import asyncssh

from runbook_tui.adapters.fleet.connect import Connector, UnreachableError, close
from runbook_tui.adapters.fleet.remote import GO, Entrance, Marker, end_line, run_line
from runbook_tui.adapters.fleet.shown import Audience, Shown
from runbook_tui.domain.fleet import SUMMARY_LENGTH, FleetJob, HostOutcome, HostResult
from runbook_tui.domain.fleet_hosts import Address
from runbook_tui.domain.fleet_output import HostOutput
from runbook_tui.domain.output import ANSWER_BYTES, Stream, last_drawn
from runbook_tui.domain.text import safe_line

DRAIN_SECONDS = 1.0
"""How long silence lasts after which output is not read on, where the command has ended and left
its streams to a child."""
MOST_DRAIN_SECONDS = 10.0
"""How long it is read on where there is no silence."""
END_SECONDS = 5.0
"""How long the telling of a host may take, beside the grace that the command gets."""

Why = Literal["ended", "timed-out", "cancelled"]
T = TypeVar("T")


class _Channel(asyncssh.SSHClientSession[bytes]):
    """Takes what the host sends."""

    def __init__(self, entrance: Entrance, output: HostOutput, shown: Shown) -> None:
        self._entrance = entrance
        self._output = output
        self._shown = shown
        self.answer = bytearray()
        self.exit: int | None = None
        self.ready = asyncio.Event()
        """The host is past its login shell, or all is over."""
        self.ended = asyncio.Event()
        """The command ended, or the connection did."""
        self.closed = asyncio.Event()
        self.heard = 0.0
        self.over = False
        """Whether the host has its result: what comes now comes too late."""

    def data_received(self, data: bytes, datatype: int | None) -> None:
        if self.over:
            return
        self.heard = time.monotonic()
        stream: Stream = "err" if datatype == asyncssh.EXTENDED_DATA_STDERR else "out"
        mine = self._entrance.feed(stream, data)
        if self._entrance.pid:
            self.ready.set()
        if not mine:
            return
        if stream == "out" and len(self.answer) < ANSWER_BYTES:
            self.answer += mine[: ANSWER_BYTES - len(self.answer)]
        self._shown(stream, self._output.feed(stream, mine))

    def exit_status_received(self, status: int) -> None:
        self.exit = status
        self.ready.set()
        self.ended.set()

    def exit_signal_received(self, signal: str, core_dumped: bool, msg: str, lang: str) -> None:
        self.exit = -_signal_number(signal)
        self.ready.set()
        self.ended.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self.ready.set()
        self.ended.set()
        self.closed.set()

    async def drained(self) -> None:
        """Waits for the end of the output: a slow line brings it after the exit code."""
        begin = time.monotonic()
        while (now := time.monotonic()) < begin + MOST_DRAIN_SECONDS:
            left = max(self.heard, begin) + DRAIN_SECONDS - now
            if left <= 0:
                return
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.closed.wait(), left)
                return


class HostRun:
    """One host's turn. `stop` set means: end it."""

    def __init__(
        self,
        address: Address,
        job: FleetJob,
        connector: Connector,
        stop: asyncio.Event,
        audience: Audience,
        grace: float,
    ) -> None:
        self._address = address
        self._job = job
        self._connector = connector
        self._stop = stop
        self._grace = grace
        self._begin = time.monotonic()
        self._marker = Marker(secrets.token_hex(8), secrets.token_hex(8))
        self._entrance = Entrance(self._marker)
        self._output = HostOutput(job.clean)
        self._shown = Shown(address.entry, audience)
        self._begun = False
        """Whether the host was told to begin."""

    async def run(self) -> HostResult:
        """Never raises but for asyncio's own cancelling."""
        try:
            return await self._run()
        except Exception as error:  # noqa: BLE001 - whatever a host does, it ends in a result
            text = f"{type(error).__name__}: {error}"
            return self._result("lost" if self._begun else "not-started", text, may_run=self._begun)

    async def _run(self) -> HostResult:
        job = self._job
        try:
            line = run_line(job.argv, job.env, job.cwd, job.mark, self._marker)
        except ValueError as error:
            return self._result("not-started", str(error))
        try:
            connecting = self._connector.connect(self._address)
            connection = await self._until(connecting, job.connect_timeout)
        except UnreachableError as error:
            return self._result("unreachable", str(error))
        except TimeoutError:
            why = f"no answer within {job.connect_timeout:g} s"
            return self._result("unreachable", why)
        if connection is None:
            return self._result("cancelled", "cancelled before it was connected")
        try:
            return await self._on(connection, line)
        finally:
            await close(connection)

    async def _until(self, act: Coroutine[Any, Any, T], limit: float) -> T | None:
        """What `act` gives; None where it was stopped. Raises TimeoutError, and what it raises."""
        task = asyncio.create_task(act)
        stopped = asyncio.create_task(self._stop.wait())
        try:
            await asyncio.wait({task, stopped}, timeout=limit, return_when="FIRST_COMPLETED")
            if task.done():
                return task.result()
            if stopped.done():
                return None
            raise TimeoutError
        finally:
            stopped.cancel()
            if not task.done():
                task.cancel()
            await asyncio.gather(task, stopped, return_exceptions=True)

    async def _on(self, connection: asyncssh.SSHClientConnection, line: str) -> HostResult:
        deadline = time.monotonic() + self._job.timeout
        session = _Channel(self._entrance, self._output, self._shown)
        opening = connection.create_session(
            lambda: session, line, encoding=None, request_pty=False, send_env=()
        )
        why: Why = "ended"
        try:
            opened = await self._until(opening, self._job.timeout)
            if opened is not None:
                await self._until(session.ready.wait(), deadline - time.monotonic())
                if self._entrance.pid and not self._stop.is_set():
                    # Only now: until here nothing has begun, whatever the login shell is at.
                    opened[0].write(GO)
                    self._begun = True
                    opened[0].write_eof()
                    await self._until(session.ended.wait(), deadline - time.monotonic())
            if not session.ended.is_set():
                why = "cancelled"
        except TimeoutError:
            why = "timed-out"
        except (asyncssh.ChannelOpenError, OSError) as error:
            if self._begun:
                return self._result("lost", f"the connection broke: {error}", may_run=True)
            return self._result("not-started", f"it opens no session: {error}")
        except asyncio.CancelledError:
            # The program itself is ending: the host is told, and not waited for.
            if self._begun:
                with contextlib.suppress(Exception):
                    await asyncio.wait_for(self._end(connection, 0.0), END_SECONDS / 2)
            raise
        left = self._begun and why != "ended" and not await self._ended_there(connection)
        # A login shell that refuses may send its exit before its reason, too.
        if self._begun or why == "ended":
            await session.drained()
        session.over = True
        self._output.finish(self._shown)
        self._shown.flush()
        return self._judge(session, why, left)

    async def _ended_there(self, connection: asyncssh.SSHClientConnection) -> bool:
        """Ends the command on the host, over a new connection where this one is no good."""
        limit = self._grace + END_SECONDS
        with contextlib.suppress(TimeoutError, OSError, asyncssh.Error):
            return await asyncio.wait_for(self._end(connection, self._grace), limit)
        with contextlib.suppress(TimeoutError, OSError, asyncssh.Error, UnreachableError):
            other = await asyncio.wait_for(self._connector.connect(self._address), END_SECONDS)
            try:
                return await asyncio.wait_for(self._end(other, self._grace), limit)
            finally:
                await close(other)
        return False

    async def _end(self, connection: asyncssh.SSHClientConnection, grace: float) -> bool:
        line = end_line(self._marker, self._entrance.pid, grace)
        done = await connection.run(
            line, encoding="utf-8", errors="replace", request_pty=False, send_env=(), check=False
        )
        return str(done.stdout).split()[-1:] == ["gone"]

    def _judge(self, session: _Channel, why: Why, left: bool) -> HostResult:
        last = self._line(self._output.last_line)
        if why != "ended" and not self._begun:
            text = "before it began" if why == "cancelled" else "its login shell did not end"
            return self._result(why, text)
        if why != "ended":
            return self._result(
                why, "it may still run there" if left else last, session.exit, may_run=left
            )
        if self._entrance.no_folder:
            return self._result("not-started", f"the folder {self._job.cwd} is not there")
        if not self._begun and session.exit is None:
            return self._result("unreachable", "the connection broke before it began")
        if not self._begun:
            said = self._line(self._entrance.noise) or f"exit {session.exit}"
            return self._result("not-started", f"its login shell did not start it: {said}")
        if session.exit is None:
            return self._result("lost", f"the connection broke: {last}".rstrip(": "), may_run=True)
        wrong = self._job.judge(session.exit, session.answer.decode("utf-8", "replace"))
        if wrong is None:
            return self._result("ok", last, session.exit)
        return self._result("failed", wrong or self._line(self._output.last_error), session.exit)

    def _line(self, text: str) -> str:
        # Cleaned before it is cut to what was drawn last: a secret may begin before that.
        return last_drawn(self._job.clean(text))

    def _result(
        self, outcome: HostOutcome, summary: str, code: int | None = None, *, may_run: bool = False
    ) -> HostResult:
        return HostResult(
            self._address.entry,
            outcome,
            code,
            time.monotonic() - self._begin,
            safe_line(summary, SUMMARY_LENGTH if outcome in ("ok", "failed") else 400),
            self._output.text("out"),
            self._output.text("err"),
            self._output.cut,
            begun=self._begun,
            may_run=may_run,
        )


def _signal_number(name: str) -> int:
    try:
        return signal.Signals[f"SIG{name}"].value
    except KeyError:
        return signal.SIGKILL.value

"""Starts the commands of a runbook; the only place that does.

Each command is the leader of a session and process group of its own, reads nothing, and its
output is streamed in batches and kept in bounded memory. A time-out or a cancel ends the whole
group (TERM, grace, KILL) and whatever else carries this attempt's mark in its environment.
What a command leaves running when it ends by itself (a daemon it started) is left alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from runbook_tui.domain.job import Ended, How, Job, OnOutput
from runbook_tui.domain.output import KEY_LINE, OutputStore, Stream

GRACE_SECONDS = 5.0
"""Between TERM and KILL."""
DRAIN_SECONDS = 1.0
"""How long output is read on after the command ended and left its pipes to a child."""
LOOK_SECONDS = 0.05
"""How often a group that is to end is looked at."""
CHUNK = 65_536
"""Bytes taken at once."""
SHOW_SECONDS = 0.05
"""Output is shown at most this often: people read no faster, and drawing it would hold up the
command."""
MOST_SHOWN = 500
"""Lines that are shown at once; of more only the last ones."""
MARK_VARIABLE = "RUNBOOK_TUI_ATTEMPT"
PROC = Path("/proc")

_log = logging.getLogger(__name__)


@dataclass
class LocalRunning:
    """A command under way; `cancel` asks it to end."""

    grace: float = GRACE_SECONDS
    """Seconds between TERM and KILL."""
    _cancelled: asyncio.Event = field(default_factory=asyncio.Event)

    def cancel(self) -> None:
        """Ends the command. `run` then returns with ``cancelled``."""
        self._cancelled.set()

    async def run(self, job: Job, on_output: OnOutput) -> Ended:
        """Starts the command and returns when it has ended. Never raises for what it does."""
        store = OutputStore(job.clean)
        begin = time.monotonic()
        show = _Show(on_output)
        try:
            process = await _start(job)
        except (OSError, ValueError) as error:
            trouble = _not_started(job, error)
            return Ended("not-started", None, time.monotonic() - begin, store, trouble)
        readers = [
            asyncio.create_task(_pump(process.stdout, "out", store, show)),
            asyncio.create_task(_pump(process.stderr, "err", store, show)),
        ]
        how: How = "exited"
        try:
            how = await self._until_end(process, job.timeout)
            if how != "exited":
                await _end(process, job.mark, self.grace)
            await asyncio.wait(readers, timeout=DRAIN_SECONDS)
        except asyncio.CancelledError:
            # The program itself is ending: nothing of ours is left behind.
            _signal_group(process.pid, signal.SIGKILL)
            kill_marked(job.mark)
            await _reaped(process, DRAIN_SECONDS)
            raise
        finally:
            for reader in readers:
                reader.cancel()
            await asyncio.gather(*readers, return_exceptions=True)
            store.finish(show)
            show.flush()
            _close(process)
        return Ended(how, process.returncode, time.monotonic() - begin, store)

    async def _until_end(self, process: asyncio.subprocess.Process, timeout: float) -> How:
        ended = asyncio.create_task(process.wait())
        cancelled = asyncio.create_task(self._cancelled.wait())
        deadline = time.monotonic() + timeout
        try:
            # Some versions of asyncio end `wait` only when all pipes are closed, which a child
            # that was left behind may never do. So the exit code is looked at as well.
            while process.returncode is None and not self._cancelled.is_set():
                left = deadline - time.monotonic()
                if left <= 0:
                    return "timed-out"
                await asyncio.wait(
                    {ended, cancelled}, timeout=min(left, 0.5), return_when="FIRST_COMPLETED"
                )
        finally:
            ended.cancel()
            cancelled.cancel()
            await asyncio.gather(ended, cancelled, return_exceptions=True)
        return "exited" if process.returncode is not None else "cancelled"


class _Show:
    """Shows output now and then, until whoever looks on fails: a command never waits for its
    audience."""

    def __init__(self, on_output: OnOutput) -> None:
        self._on_output: OnOutput | None = on_output
        self._pending: list[tuple[Stream, list[str]]] = []
        self._count = 0
        self._timer: asyncio.TimerHandle | None = None
        self._last = 0.0

    def __call__(self, stream: Stream, lines: Sequence[str]) -> None:
        if self._on_output is None:
            return
        if self._pending and self._pending[-1][0] == stream:
            self._pending[-1][1].extend(lines)
        else:
            self._pending.append((stream, list(lines)))
        self._count += len(lines)
        if self._count > 4 * MOST_SHOWN:
            self._shorten()
        if self._timer is None:
            wait = max(0.0, self._last + SHOW_SECONDS - time.monotonic())
            self._timer = asyncio.get_running_loop().call_later(wait, self.flush)

    def _shorten(self) -> None:
        """Leaves out what nobody will see, but for lines that what follows is judged by."""
        left = MOST_SHOWN
        kept = []
        for stream, lines in reversed(self._pending):
            first = max(0, len(lines) - left)
            keys = [line for line in lines[:first] if KEY_LINE in line]
            left -= len(lines) - first
            lines = keys + lines[first:]
            if lines:
                kept.append((stream, lines))
        self._pending = kept[::-1]
        self._count = sum(len(lines) for _, lines in self._pending)

    def flush(self) -> None:
        """Shows what has not been shown yet."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._count > MOST_SHOWN:
            self._shorten()
        pending, self._pending, self._count = self._pending, [], 0
        for stream, lines in pending:
            if self._on_output is None:
                return
            try:
                self._on_output(stream, lines)
            except Exception:  # noqa: BLE001 - whatever it is, the command has nothing to do with it
                self._on_output = None
                _log.exception("output is no longer shown")
        self._last = time.monotonic()


async def _start(job: Job) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *job.argv,
        cwd=job.cwd,
        env={**os.environ, **job.env, MARK_VARIABLE: job.mark},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
        limit=4 * CHUNK,
    )


def _not_started(job: Job, error: OSError | ValueError) -> str:
    if not Path(job.cwd).is_dir():
        return f"the working folder {job.cwd} is not there"
    program = job.argv[0] if job.argv else ""
    if isinstance(error, FileNotFoundError):
        return f"no program {program!r} was found"
    if isinstance(error, PermissionError):
        return f"{program!r} may not be executed"
    if isinstance(error, OSError) and error.errno == errno.ENOEXEC:
        return f"{program!r} is no program of this machine, and has no #! line"
    if isinstance(error, OSError) and error.strerror:
        return f"{program!r} did not start: {error.strerror}"
    return str(error)


async def _pump(
    pipe: asyncio.StreamReader | None, stream: Stream, store: OutputStore, show: _Show
) -> None:
    assert pipe is not None
    while chunk := await pipe.read(CHUNK):
        lines = store.feed(stream, chunk)
        if lines:
            show(stream, lines)
        # A flooding command must not starve the screen.
        await asyncio.sleep(0)


def _signal_group(pid: int, number: int) -> bool:
    """Whether there was somebody to signal."""
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # all that is left runs as somebody else
    return True


async def _end(process: asyncio.subprocess.Process, mark: str, grace: float) -> None:
    """TERM to the group and to what left it, then grace for all of them, then KILL."""
    _signal_group(process.pid, signal.SIGTERM)
    # Looking through /proc takes a while on a busy machine: not in the event loop.
    strays = await asyncio.to_thread(marked, mark)
    for pid in strays:
        if pid != process.pid:
            _signal(pid, signal.SIGTERM)
    deadline = time.monotonic() + grace
    while time.monotonic() < deadline and (
        process.returncode is None or await asyncio.to_thread(_any_left, process.pid, strays)
    ):
        await asyncio.sleep(LOOK_SECONDS)
    _signal_group(process.pid, signal.SIGKILL)
    await asyncio.to_thread(kill_marked, mark)
    # A process in the middle of a broken disk or network mount dies when that lets go of it.
    await _reaped(process, grace)


def _any_left(group: int, strays: tuple[int, ...]) -> bool:
    """Whether somebody of the group, or one of the strays, still lives."""
    if not PROC.is_dir():
        return _signal_group(group, 0) or any(_signal(pid, 0) for pid in strays)
    for folder in PROC.glob("[0-9]*"):
        try:
            # pid (name) state parent group …; the name may have anything in it
            state, _, its_group = (folder / "stat").read_bytes().rpartition(b")")[2].split()[:3]
        except (OSError, ValueError):
            continue
        # The dead whom nobody has buried yet (a container without an init) need no grace.
        if state != b"Z" and (int(its_group) == group or int(folder.name) in strays):
            return True
    return False


async def _reaped(process: asyncio.subprocess.Process, patience: float) -> None:
    deadline = time.monotonic() + patience
    while process.returncode is None and time.monotonic() < deadline:
        await asyncio.sleep(LOOK_SECONDS)


def _close(process: asyncio.subprocess.Process) -> None:
    # A child that outlives its leader keeps the pipe open: we stop reading all the same.
    transport = getattr(process, "_transport", None)
    if transport is not None:
        transport.close()


def marked(mark: str) -> tuple[int, ...]:
    """The processes on this machine that carry the mark of an attempt (Linux; else none).

    This finds what left the process group, and what a killed program left behind. Processes of
    other users cannot be looked into.
    """
    wanted = f"{MARK_VARIABLE}={mark}".encode()
    found = []
    for folder in PROC.glob("[0-9]*"):
        try:
            if wanted in (folder / "environ").read_bytes().split(b"\0"):
                found.append(int(folder.name))
        except OSError:
            continue
    return tuple(pid for pid in found if pid != os.getpid())


def kill_marked(mark: str) -> None:
    """Kills every process that carries the mark of an attempt."""
    for pid in marked(mark):
        _signal(pid, signal.SIGKILL)


def _signal(pid: int, number: int) -> bool:
    """Whether the process was there, and may be signalled."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)
        return True
    return False


class LocalProcesses:
    """Starts commands on this machine. `grace`: seconds between TERM and KILL."""

    def __init__(self, grace: float = GRACE_SECONDS) -> None:
        self._grace = grace

    def create(self) -> LocalRunning:
        """One command's handle."""
        return LocalRunning(self._grace)

    def marked(self, mark: str) -> tuple[int, ...]:
        """See `marked`."""
        return marked(mark)

"""Asks a program of ours one question and takes one line for an answer, in a bounded time.
Lines before it that begin with ``#`` are notes of how far it has come.

What may hang, or hold the interpreter, is done there: it costs the interface no moment, and it can
be ended at any time. The question goes through stdin, because arguments and environment can be
read by others.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from runbook_tui.adapters.process import MARK_VARIABLE, kill_marked

LONGEST_ANSWER = 256 * 1024
"""Bytes of a line that are taken for an answer."""
MOST_NOTES = 16
LOOK_SECONDS = 0.02
"""How often an ended program is looked for."""
REAP_SECONDS = 1.0
"""How long a killed program is waited for: one in the middle of a broken mount dies later."""
OVERDUE_SHARE = 0.05
"""Of the limit, but no more than `MOST_OVERDUE` seconds: what is left between TERM and KILL."""
MOST_OVERDUE = 0.25


@dataclass(frozen=True)
class Said:
    """What a program said before it ended or was ended."""

    line: bytes = b""
    """Its answer; empty where it gave none."""
    notes: tuple[bytes, ...] = ()
    """What it noted before, without the ``#``."""
    code: int | None = None
    """Its exit code, negative for a signal; None where it did not start or was not seen to end."""
    overdue: bool = False
    """Whether it was ended at the limit."""
    trouble: str = ""
    """Why it did not start."""


def own_module(name: str) -> tuple[str, ...]:
    """The command that runs a module of this program by this interpreter. ``-P``: never one that
    only has its name and lies in the working folder."""
    return (sys.executable, "-P", "-m", name)


async def ask(
    argv: Sequence[str], question: bytes, *, limit: float, env: Mapping[str, str]
) -> Said:
    """Starts a program with exactly the environment `env`, hands it the question and returns its
    answer, no later than after `limit` seconds.

    It leads a session of its own, so that no terminal's ctrl+c reaches it, and has no terminal.
    Whatever is left of it afterwards is killed, and so it is when this is cancelled.
    """
    begin = time.monotonic()
    mark = uuid.uuid4().hex
    try:
        process = await asyncio.create_subprocess_exec(
            *argv,
            cwd="/",
            env={**env, MARK_VARIABLE: mark},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
            limit=LONGEST_ANSWER,
        )
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else ""
        return Said(trouble=f"the program did not start: {reason or type(error).__name__}")
    notes: list[bytes] = []
    conversation = asyncio.create_task(_converse(process, question, notes))
    until = begin + limit
    grace = min(MOST_OVERDUE, limit * OVERDUE_SHARE)
    try:
        done, _ = await asyncio.wait({conversation}, timeout=until - grace - time.monotonic())
        overdue = not done
        if overdue:
            _signal(process.pid, signal.SIGTERM)
            # One that has its answer ready at this very moment is heard.
            await asyncio.wait({conversation}, timeout=max(0.0, until - time.monotonic()))
        line = conversation.result() if conversation.done() else b""
        if not overdue and not line:
            await _reaped(process, REAP_SECONDS)  # its exit code is all that it says
        if overdue:
            _signal(process.pid, signal.SIGKILL)
            await asyncio.to_thread(kill_marked, mark)  # what left the group
        return Said(line, tuple(notes), process.returncode, overdue=overdue and not line)
    except asyncio.CancelledError:
        # The program itself may be ending: at once, not beside the loop.
        _signal(process.pid, signal.SIGKILL)
        kill_marked(mark)
        raise
    finally:
        conversation.cancel()
        _signal(process.pid, signal.SIGKILL)
        _close(process)
        await _reaped(process, REAP_SECONDS)


async def _converse(
    process: asyncio.subprocess.Process, question: bytes, notes: list[bytes]
) -> bytes:
    assert process.stdin is not None
    assert process.stdout is not None
    with contextlib.suppress(ConnectionError):
        process.stdin.write(question)
        await process.stdin.drain()
    with contextlib.suppress(ConnectionError):
        process.stdin.close()
    try:
        while (line := await process.stdout.readuntil(b"\n")).startswith(b"#"):
            if len(notes) < MOST_NOTES:
                notes.append(line[1:].strip())
        return line
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        return b""  # it went away, or what it says is no answer


def _signal(pid: int, number: int) -> None:
    # The pid is the group's as well, and is not used anew before it was waited for; after that
    # the group is gone unless somebody of it is left, who keeps the number taken.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


async def _reaped(process: asyncio.subprocess.Process, patience: float) -> None:
    deadline = time.monotonic() + patience
    while process.returncode is None and time.monotonic() < deadline:
        await asyncio.sleep(LOOK_SECONDS)


def _close(process: asyncio.subprocess.Process) -> None:
    # A child that outlives its leader keeps the pipe open: we stop reading all the same.
    transport = getattr(process, "_transport", None)
    if transport is not None:
        transport.close()

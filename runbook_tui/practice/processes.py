"""The processes of a lab, found by a mark in their environment and by nothing else.

No pid files: a pid that was written down may belong to somebody else by now. A process is the
lab's if, and only if, the environment it was started with carries the lab's id; what is signalled
is the very process that was looked at (a pidfd where the kernel has them, else its start time).
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from runbook_tui.practice.layout import OUTSIDE, LabError

PROC = Path("/proc")


@dataclass(frozen=True)
class Process:
    """One process of a lab."""

    pid: int
    unit: str
    started: int
    """Clock ticks after boot; with the pid it names one process and never another."""


def of_lab(lab_id: str) -> list[Process]:
    """Every living process of the lab with this id. Raises LabError where /proc is missing."""
    if not (PROC / "self" / "stat").exists():
        raise LabError(
            "The practice lab needs Linux with /proc to know its own processes.", OUTSIDE
        )
    pids = [int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit()]
    return [found for pid in pids if (found := _look(pid, lab_id))]


def end(processes: list[Process], lab_id: str, grace: float = 5.0) -> None:
    """Ends them, politely first, and waits until they are gone.

    Raises LabError if one is still there after a kill.
    """
    handles = {p: handle for p in processes if (handle := _hold(p, lab_id)) is not None}
    try:
        for number, limit in ((signal.SIGTERM, grace), (signal.SIGKILL, 5.0)):
            left = [p for p in handles if _look(p.pid, lab_id) == p]
            for process in left:
                _send(process, handles[process], number)
            deadline = time.monotonic() + limit
            for process in left:
                _wait(process, handles[process], lab_id, deadline)
        left = [p for p in handles if _look(p.pid, lab_id) == p]
    finally:
        for handle in handles.values():
            if handle >= 0:
                os.close(handle)
    if left:
        names = ", ".join(f"{p.unit} (pid {p.pid})" for p in left)
        raise LabError(
            f"Still running after a kill: {names}. Everything else was stopped.", OUTSIDE
        )


def _look(pid: int, lab_id: str) -> Process | None:
    try:
        stat = (PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
        marks = (PROC / str(pid) / "environ").read_bytes().split(b"\0")
    except OSError:
        return None  # gone, or not ours to look at: then it is not ours to end either
    # The name in parentheses may itself hold spaces and parentheses; fields count from the last.
    state, *fields = stat.rpartition(")")[2].split()
    if state in "ZX" or f"RUNBOOK_LAB_ID={lab_id}".encode() not in marks:
        return None
    unit = next((m[17:] for m in marks if m.startswith(b"RUNBOOK_LAB_UNIT=")), b"?")
    return Process(pid, unit.decode(errors="replace"), int(fields[18]))


def _hold(process: Process, lab_id: str) -> int | None:
    """A pidfd, -1 where the kernel has none, None if the process is gone."""
    handle = -1
    with contextlib.suppress(OSError, AttributeError):
        handle = os.pidfd_open(process.pid)
    if _look(process.pid, lab_id) == process:
        return handle
    if handle >= 0:
        os.close(handle)
    return None


def _send(process: Process, handle: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        if handle >= 0:
            signal.pidfd_send_signal(handle, number)
        else:
            os.kill(process.pid, number)


def _wait(process: Process, handle: int, lab_id: str, deadline: float) -> None:
    if handle >= 0:
        select.select([handle], [], [], max(0.0, deadline - time.monotonic()))
        return
    while time.monotonic() < deadline and _look(process.pid, lab_id) == process:
        time.sleep(0.02)

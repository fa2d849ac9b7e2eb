"""Runs the programs that checks use, to their end: bounded in time and memory, never left behind.

Checks run in threads of their own, so this waits; what the operator watches is run by
`LocalProcesses`.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sysconfig
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

from runbook_tui.preflight.ports import Answer, ToolError

KEPT = 16 * 1024**2
"""Bytes kept of each stream of a program."""
CHUNK = 64 * 1024
LONGEST_LINE = 1024**2
"""Bytes of a line that are handed on; the rest of a longer one is left out."""
REASON = 300


class LocalTools:
    """Programs of this machine."""

    def find(self, name: str) -> str | None:
        """Where the program is: beside our own first, so that its version is the pinned one."""
        own = Path(sysconfig.get_path("scripts")) / name
        return str(own) if os.access(own, os.X_OK) and own.is_file() else shutil.which(name)

    def run(
        self,
        argv: Sequence[str],
        *,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        stdin: bytes = b"",
        limit: float = 60.0,
    ) -> Answer:
        """Runs a program to its end or its limit; see `Tools.run`."""
        try:
            process = self._start(argv, cwd, env, subprocess.PIPE)
        except (OSError, ValueError) as error:
            return Answer(None, trouble=_not_started(argv, error))
        out, err = _Kept(), _Kept()
        assert process.stdout is not None
        assert process.stderr is not None
        threads = [
            threading.Thread(target=out.read, args=(process.stdout,), daemon=True),
            threading.Thread(target=err.read, args=(process.stderr,), daemon=True),
            threading.Thread(target=_feed, args=(process, stdin), daemon=True),
        ]
        for thread in threads:
            thread.start()
        try:
            code: int | None = process.wait(limit)
            trouble = ""
        except subprocess.TimeoutExpired:
            code, trouble = None, f"{argv[0]} took longer than {limit:g} s and was ended"
        finally:
            _end(process)
        for thread in threads:
            thread.join(2.0)  # a stray child may hold the pipes open for ever
        return Answer(code, bytes(out.content), bytes(err.content), trouble, out.cut or err.cut)

    def lines(
        self, argv: Sequence[str], *, cwd: Path | None = None, limit: float = 600.0
    ) -> Iterator[bytes]:
        """The output of a program line by line while it runs; see `Tools.lines`."""
        try:
            process = self._start(argv, cwd, None, subprocess.DEVNULL)
        except (OSError, ValueError) as error:
            raise ToolError(_not_started(argv, error)) from error
        assert process.stdout is not None
        assert process.stderr is not None
        errors = _Kept()
        reader = threading.Thread(target=errors.read, args=(process.stderr,), daemon=True)
        reader.start()
        late = threading.Event()

        def end_late() -> None:
            late.set()
            _end(process)

        watch = threading.Timer(limit, end_late)
        watch.daemon = True
        watch.start()
        try:
            while line := process.stdout.readline(LONGEST_LINE):
                yield line.rstrip(b"\r\n")
                while not line.endswith(b"\n") and len(line) >= LONGEST_LINE:
                    line = process.stdout.readline(LONGEST_LINE)
            code = process.wait(max(limit, 1.0))
        finally:
            watch.cancel()
            _end(process)
            process.stdout.close()
            reader.join(2.0)
            watch.join(2.0)
        if late.is_set():
            raise ToolError(f"{argv[0]} took longer than {limit:g} s and was ended")
        if code not in (0, 1):
            why = bytes(errors.content).decode("utf-8", "replace").strip()[:REASON]
            raise ToolError(f"{argv[0]} ended with {code}: {why}")

    @staticmethod
    def _start(
        argv: Sequence[str], cwd: Path | None, env: Mapping[str, str] | None, stdin: int
    ) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            list(argv),
            cwd=cwd,
            env={**os.environ, **env} if env is not None else None,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )


class _Kept:
    """What a stream said, up to a limit; the rest is read and dropped, so that nobody waits."""

    def __init__(self) -> None:
        self.content = bytearray()
        self.cut = False

    def read(self, stream: IO[bytes]) -> None:
        with contextlib.suppress(OSError, ValueError), stream:
            while chunk := stream.read1(CHUNK):  # type: ignore[attr-defined]
                room = KEPT - len(self.content)
                self.content += chunk[:room]
                self.cut = self.cut or len(chunk) > room


def _feed(process: subprocess.Popen[bytes], content: bytes) -> None:
    assert process.stdin is not None
    with contextlib.suppress(OSError, ValueError):
        process.stdin.write(content)
    with contextlib.suppress(OSError, ValueError):
        process.stdin.close()


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends the program and everything of its group, and waits for it."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, number)
        deadline = time.monotonic() + 1.0
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(max(0.0, deadline - time.monotonic()))
        if process.returncode is not None and number == signal.SIGTERM and not _group(process.pid):
            return


def _group(pid: int) -> bool:
    try:
        os.killpg(pid, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _not_started(argv: Sequence[str], error: OSError | ValueError) -> str:
    if isinstance(error, FileNotFoundError):
        return f"{argv[0]} is not on this machine"
    reason = error.strerror if isinstance(error, OSError) else str(error)
    return f"{argv[0]} cannot be started: {reason}"

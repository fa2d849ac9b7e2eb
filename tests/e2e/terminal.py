"""A real pseudo-terminal with the real program in it, and a screen that can be read.

Nothing sleeps for a time: every wait is for something to appear, with a deadline.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Self

import pyte

PROGRAM = (sys.executable, "-m", "runbook_tui")
# pyte does not know these private sequences and would print their tails.
_UNKNOWN = re.compile(rb"\x1b\[[<>=?][0-9;]*[umtnc]|\x1bP[^\x1b]*\x1b\\|\x1b\[\?[0-9]+\$p")
_ASKS_FRAMES, _HAS_FRAMES = b"\x1b[?2026$p", "\x1b[?2026;2$y"
_FRAME_BEGINS, _FRAME_ENDS = b"\x1b[?2026h", b"\x1b[?2026l"


class NotSeenError(AssertionError):
    """What was waited for did not appear; the message holds the screen."""


class Terminal:
    """One program in a terminal of a given size."""

    def __init__(
        self,
        arguments: Sequence[str],
        *,
        columns: int = 120,
        rows: int = 36,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> None:
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        self.raw = bytearray()
        self.status: int | None = None
        self._closed = False
        self._unshown = bytearray()
        environment = {
            **{k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "COLUMNS", "LINES")},
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "LANG": "C.UTF-8",
            **(env or {}),
        }
        self.pid, self._fd = pty.fork()
        if self.pid == 0:  # pragma: no cover - the child becomes the program
            try:
                if cwd is not None:
                    os.chdir(cwd)
                os.execvpe(arguments[0], list(arguments), environment)
            finally:
                os._exit(127)
        self._size(columns, rows)

    def _size(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def resize(self, columns: int, rows: int) -> None:
        """Another size, as when a window is dragged. Blank until the program draws: what is seen
        after it was drawn for the new size, not cut from the old one.
        """
        self.drain()
        self.screen.resize(rows, columns)
        self.screen.erase_in_display(2)
        self._size(columns, rows)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        self.hang_up()

    def hang_up(self) -> None:
        """The terminal goes away, as when its window is closed or the network is lost."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd, self._closed = -1, True

    @property
    def text(self) -> str:
        """What is on the screen."""
        return "\n".join(line.rstrip() for line in self.screen.display)

    def line(self, number: int) -> str:
        """One line of the screen, from the end where negative."""
        return str(self.screen.display[number]).rstrip()

    def read(self, seconds: float) -> bool:
        """Takes what the program wrote within `seconds`; false where it wrote nothing."""
        if self._closed:  # the program has gone: only its exit code is still to come
            select.select([], [], [], min(seconds, 0.01))
            return False
        try:
            ready, _, _ = select.select([self._fd], [], [], seconds)
            if not ready:
                return False
            data = os.read(self._fd, 65_536)
        except OSError:
            data = b""
        if not data:
            self._closed = True
            return False
        self.raw += data
        if _ASKS_FRAMES in data:
            self.send(_HAS_FRAMES)
        self._unshown += data
        begins = self._unshown.rfind(_FRAME_BEGINS)
        # Like a terminal that draws in one go, it never shows half a frame.
        cut = begins if begins > self._unshown.rfind(_FRAME_ENDS) else len(self._unshown)
        shown, self._unshown = self._unshown[:cut], self._unshown[cut:]
        self._stream.feed(_UNKNOWN.sub(b"", bytes(shown)))
        return True

    def wait(self, holds: Callable[[], object], what: str, seconds: float = 30.0) -> None:
        """Reads until `holds` does. Raises NotSeenError with the screen where it never does."""
        end = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > end:
                raise NotSeenError(f"waited {seconds:.0f} s for {what}; the screen:\n{self.text}")
            if not self.read(0.05) and self.ended():
                self.read(0.0)
                if holds():
                    return
                raise NotSeenError(
                    f"the program ended ({self.status}) before {what}; the screen:\n{self.text}"
                )

    def wait_for(self, text: str, seconds: float = 30.0) -> None:
        """Reads until `text` is on the screen."""
        self.wait(lambda: text in self.text, repr(text), seconds)

    def wait_gone(self, text: str, seconds: float = 30.0) -> None:
        """Reads until `text` is not on the screen."""
        self.wait(lambda: text not in self.text, f"{text!r} to go", seconds)

    def drain(self) -> None:
        """Reads what is there."""
        while not self._closed and self.read(0.0):
            pass

    def send(self, keys: str) -> None:
        """Types."""
        with contextlib.suppress(OSError):
            os.write(self._fd, keys.encode())

    def ended(self) -> bool:
        """Whether the program has ended; `status` is then its exit code, negative for a signal."""
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
        return self.status is not None

    def wait_end(self, seconds: float = 30.0) -> int:
        """Reads until the program ends; its exit code."""
        end = time.monotonic() + seconds
        while not self.ended():
            if time.monotonic() > end:
                raise NotSeenError(f"the program did not end; the screen:\n{self.text}")
            self.read(0.05)
        self.drain()
        assert self.status is not None
        return self.status

    def kill(self, number: int = signal.SIGKILL) -> None:
        """Ends the program, by default as a crash would."""
        if not self.ended():
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)
            if number == signal.SIGKILL:
                _, status = os.waitpid(self.pid, 0)
                self.status = os.waitstatus_to_exitcode(status)


ENTER, ESCAPE, TAB, BACK_TAB, SPACE = "\r", "\x1b", "\t", "\x1b[Z", " "
UP, DOWN, PAGE_DOWN, END = "\x1b[A", "\x1b[B", "\x1b[6~", "\x1b[F"
CTRL_C, CTRL_P, CTRL_Q, CTRL_S = "\x03", "\x10", "\x11", "\x13"

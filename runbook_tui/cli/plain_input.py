"""Lines from a terminal, a pipe or a file: waited for, or read inside a running event loop."""

from __future__ import annotations

import asyncio
import os

LONGEST = 1_000_000
"""Bytes of a line; what is longer is taken in pieces."""


class Lines:
    """Reads a descriptor line by line. Nothing else may read from it."""

    def __init__(self, descriptor: int = 0) -> None:
        self._descriptor = descriptor
        self._buffer = b""
        self._ended = False

    @property
    def shown(self) -> bool:
        """Whether the person sees what they type; where not, answers are repeated."""
        return os.isatty(self._descriptor)

    def read(self) -> str | None:
        """The next line without its end; None at the end of the input."""
        while True:
            line = self._buffered()
            if line is not None or self._ended:
                return line
            self._take()

    async def next(self) -> str | None:
        """As `read`, while the event loop goes on."""
        while True:
            line = self._buffered()
            if line is not None or self._ended:
                return line
            await self._readable()
            self._take()

    async def _readable(self) -> None:
        loop = asyncio.get_running_loop()
        ready = asyncio.Event()
        try:
            loop.add_reader(self._descriptor, ready.set)
        except (PermissionError, ValueError, OSError):
            return  # a plain file: reading it never blocks
        try:
            await ready.wait()
        finally:
            loop.remove_reader(self._descriptor)

    def _take(self) -> None:
        try:
            chunk = os.read(self._descriptor, 65_536)
        except OSError:
            chunk = b""  # the terminal is gone
        if chunk:
            self._buffer += chunk
        else:
            self._ended = True

    def _buffered(self) -> str | None:
        line, end, rest = self._buffer.partition(b"\n")
        if not end and len(self._buffer) < LONGEST and not (self._ended and self._buffer):
            return None
        self._buffer = rest
        return line.rstrip(b"\r").decode("utf-8", "replace")

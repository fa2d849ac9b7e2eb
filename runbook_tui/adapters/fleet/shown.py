"""Passes the output of hosts on now and then: one that floods does not hold up the screen."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence

from runbook_tui.domain.fleet import HostResult, OnBegun, OnHostOutput, OnResult
from runbook_tui.domain.output import KEY_LINE, Stream

SHOW_SECONDS = 0.05
"""A host's output is passed on at most this often."""
MOST_SHOWN = 500
"""Lines of one host that are passed on at once; of more only the last ones, and those by which
the rest of a private key is recognised."""

_log = logging.getLogger(__name__)


class Audience:
    """Who looks on. Whatever goes wrong there has nothing to do with the hosts: it is logged, and
    that callback is not called again."""

    def __init__(
        self, on_result: OnResult, on_output: OnHostOutput, on_begun: OnBegun | None
    ) -> None:
        self._on_result: OnResult | None = on_result
        self._on_output: OnHostOutput | None = on_output
        self._on_begun = on_begun

    def result(self, result: HostResult) -> None:
        """A host ended."""
        if self._on_result is not None and not _called(lambda f=self._on_result: f(result)):  # type: ignore[misc]
            self._on_result = None

    def output(self, host: str, stream: Stream, lines: Sequence[str]) -> None:
        """A host said something."""
        if self._on_output is not None and not _called(
            lambda f=self._on_output: f(host, stream, lines)  # type: ignore[misc]
        ):
            self._on_output = None

    def begun(self, host: str) -> None:
        """A host's turn has come."""
        if self._on_begun is not None and not _called(lambda f=self._on_begun: f(host)):  # type: ignore[misc]
            self._on_begun = None


def _called(act: Callable[[], None]) -> bool:
    try:
        act()
    except Exception:  # noqa: BLE001 - whatever it is, the hosts have nothing to do with it
        _log.exception("what comes of the hosts is no longer passed on")
        return False
    return True


class Shown:
    """The output of one host on its way to the audience."""

    def __init__(self, host: str, audience: Audience) -> None:
        self._host = host
        self._audience = audience
        self._pending: list[tuple[Stream, str]] = []
        self._timer: asyncio.TimerHandle | None = None

    def __call__(self, stream: Stream, lines: Sequence[str]) -> None:
        if not lines:
            return
        first, last = lines[:-MOST_SHOWN], lines[-MOST_SHOWN:]
        self._pending += [(stream, line) for line in first if KEY_LINE in line]
        self._pending += [(stream, line) for line in last]
        if len(self._pending) > 4 * MOST_SHOWN:
            self._shorten()
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(SHOW_SECONDS, self.flush)

    def _shorten(self) -> None:
        first = self._pending[:-MOST_SHOWN]
        keys = [one for one in first if KEY_LINE in one[1]][-MOST_SHOWN:]
        self._pending = keys + self._pending[-MOST_SHOWN:]

    def flush(self) -> None:
        """Passes on what has not been passed on yet."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if len(self._pending) > MOST_SHOWN:
            self._shorten()
        pending, self._pending = self._pending, []
        start = 0
        for n in range(1, len(pending) + 1):
            if n == len(pending) or pending[n][0] != pending[start][0]:
                lines = [line for _, line in pending[start:n]]
                self._audience.output(self._host, pending[start][0], lines)
                start = n

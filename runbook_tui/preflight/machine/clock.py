"""How far the clock is off, by the Date header of a server; and whether it is kept in time.

A Date header says the second in which an answer was made (RFC 9110, 6.6.1), so the server's time
was between that second and the next, at some moment between our asking and its answer:

    Date - received  <  server's time - ours  <  Date + 1 s - asked

Each answer gives such bounds, several narrow them. In the middle of them half of the way there and
back is taken into account. A cached answer says with Age how old it is.
"""

from __future__ import annotations

import ctypes
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from runbook_tui.preflight.ports import Network, Tools

ASKED = 13
"""Answers that are compared at most; the first three at once, then one each `PAUSE`, over a second
in all: the one that tells the most is the one just before or after the server's second changes."""
AT_ONCE = 3
PAUSE = 0.1
"""Seconds."""
_LIMIT = 10.0


class NoTimeError(Exception):
    """The server told no time; the message says why."""


@dataclass(frozen=True)
class Skew:
    """The server's time less ours lies between these, in seconds: above 0 our clock is slow."""

    low: float
    high: float

    @property
    def likely(self) -> float:
        """The middle."""
        return (self.low + self.high) / 2

    @property
    def least(self) -> float:
        """How far off the clock is at least, whichever way."""
        return 0.0 if self.low <= 0 <= self.high else min(abs(self.low), abs(self.high))

    @property
    def most(self) -> float:
        """How far off it is at most."""
        return max(abs(self.low), abs(self.high))


def skew(
    network: Network,
    url: str,
    limit: float,
    now: Callable[[], float] = time.time,
    wait: Callable[[float], None] = time.sleep,
) -> Skew:
    """How far the clock `now` is off: as well as it takes to tell whether by more than `limit`
    seconds, or as well as it can be told. Raises NoTimeError.
    """
    low, high = -float("inf"), float("inf")
    for number in range(ASKED):
        if number >= AT_ONCE:
            known = Skew(low, high)
            if known.least > limit or known.most <= limit:
                break
            wait(PAUSE)
        asked = now()
        reply = network.get(url, headers={"Cache-Control": "no-cache"}, limit=_LIMIT)
        received = now()
        if reply.status == 0:
            raise NoTimeError(reply.trouble or "no answer")
        said = _said(reply.headers.get("date", ""))
        age = reply.headers.get("age", "0").strip()
        if age.isdigit() and len(age) < 9:
            said += int(age)
        low, high = max(low, said - received), min(high, said + 1.0 - asked)
        if low > high:
            raise NoTimeError("its answers contradict each other: a clock was set meanwhile")
    return Skew(low, high)


def _said(header: str) -> float:
    if not header:
        raise NoTimeError("it sent no Date header")
    try:
        when = parsedate_to_datetime(header[:64])
    except (ValueError, TypeError) as error:
        raise NoTimeError("its Date header is none") from error
    if when.tzinfo is None:
        raise NoTimeError("its Date header has no zone")
    return when.timestamp()


_WORST = 16_000_000
"""Microseconds of possible error from which systemd, as ntpd, calls a clock not synchronized."""


def synchronized(tools: Tools) -> bool | None:
    """Whether the kernel's clock is kept in time by anybody; None where that cannot be learnt.

    Asked of the kernel, adjtimex(2), by the rule of timedatectl(1): the possible error is below
    16 s. Where that cannot be called, of timedatectl.
    """
    error = _possible_error()
    if error is not None:
        return error < _WORST
    argv = ["timedatectl", "show", "--property=NTPSynchronized", "--value"]
    said = tools.run(argv, limit=10.0)
    return {b"yes": True, b"no": False}.get(said.out.strip()) if said.exit == 0 else None


class _Timex(ctypes.Structure):
    """The beginning of ``struct timex``, and room for the rest of it (208 bytes on 64 bits)."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_byte * 512),
    )


def _possible_error() -> int | None:
    """The kernel's bound of its clock's error in microseconds; nothing is set (modes is 0)."""
    if sys.platform != "linux":
        return None
    try:
        told = _Timex()
        if ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(told)) < 0:
            return None
    except (OSError, AttributeError):
        return None
    return int(told.maxerror)

"""SIGTERM and SIGHUP end the program in order: children first, then the lease; the run stays open.

In the log nothing needs to be tidied up: what is acknowledged is durable, whatever ends us.
"""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from types import FrameType

from runbook_tui.cli.exits import EndedBySignal

ENDING = (signal.SIGTERM, signal.SIGHUP)


def _raise(number: int, frame: FrameType | None) -> None:
    # Once is enough: a second one must not interrupt the tidying up of the first.
    for each in ENDING:
        signal.signal(each, signal.SIG_IGN)
    raise EndedBySignal(number)


@contextlib.contextmanager
def ends_on_signal() -> Iterator[None]:
    """Turns the signals into `EndedBySignal` while it is entered. Ignored ones (nohup) stay so."""
    before = {}
    for number in ENDING:
        if signal.getsignal(number) is not signal.SIG_IGN:
            before[number] = signal.signal(number, _raise)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Keeps all of these signals out while something is tidied up that must not be left half."""
    before = {n: signal.signal(n, signal.SIG_IGN) for n in (*ENDING, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

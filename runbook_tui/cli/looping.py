"""An event loop for as long as a command runs, in which signals are heard at once."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from runbook_tui.cli.exits import EndedBySignal
from runbook_tui.cli.signals import ENDING

T = TypeVar("T")


def run_loop(work: Coroutine[Any, Any, T], interrupt: Callable[[], None]) -> T:
    """Runs `work` in an event loop of its own; Ctrl+C calls `interrupt` inside it.

    Raises EndedBySignal once everything of `work` was cancelled and has ended.
    """
    before = {number: signal.getsignal(number) for number in (*ENDING, signal.SIGINT)}
    ended: list[int] = []

    async def main() -> T:
        loop = asyncio.get_running_loop()
        task = asyncio.create_task(work)

        def end(number: int) -> None:
            ended.append(number)
            task.cancel()

        for number in ENDING:
            if before[number] is not signal.SIG_IGN:
                loop.add_signal_handler(number, end, number)
        loop.add_signal_handler(signal.SIGINT, interrupt)
        return await task

    try:
        answer = asyncio.run(main())
    except asyncio.CancelledError:
        raise EndedBySignal(ended[0] if ended else signal.SIGTERM) from None
    else:
        if ended:
            raise EndedBySignal(ended[0])
        return answer
    finally:
        # The loop leaves the default handlers behind, not the ones it found.
        for number, handler in before.items():
            ignore = bool(ended) and number in ENDING  # we are ending already
            signal.signal(number, signal.SIG_IGN if ignore else handler)

"""Event loops for as long as something runs in them, in which signals are heard at once."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable, Coroutine, Iterator
from types import FrameType, TracebackType
from typing import Any, Protocol, Self, TypeVar

from runbook_tui.cli.exits import EndedBySignal
from runbook_tui.cli.signals import ENDING

T = TypeVar("T")


class Run(Protocol):
    """Runs something to its end; Ctrl+C calls the second argument meanwhile."""

    def __call__(self, work: Coroutine[Any, Any, T], interrupt: Callable[[], None]) -> T: ...


class Loop:
    """A loop that is entered again and again. What was begun in it and has not ended goes on
    whenever it is, and is cancelled when it is closed."""

    def __init__(self) -> None:
        self._runner = asyncio.Runner()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._runner.close()

    def run(self, work: Coroutine[Any, Any, T], interrupt: Callable[[], None] | None = None) -> T:
        """Runs `work` to its end; Ctrl+C calls `interrupt` inside the loop.

        Raises EndedBySignal once `work` was cancelled and has ended, and KeyboardInterrupt likewise
        where there is no `interrupt`.
        """
        ended: list[int] = []
        loop = self._runner.get_loop()
        task = loop.create_task(work)

        def handler(number: int, _frame: FrameType | None) -> None:
            if number == signal.SIGINT and interrupt is not None:
                loop.call_soon_threadsafe(interrupt)
                return
            # Noted here, so that none is lost that comes when the work has just ended.
            ended.append(number)
            loop.call_soon_threadsafe(task.cancel)

        with _heard(handler, ended):
            try:
                answer = self._runner.run(_end_of(task))
            except asyncio.CancelledError:
                raise _ending(ended[0] if ended else signal.SIGTERM) from None
        if ended:
            raise _ending(ended[0])
        return answer


@contextlib.contextmanager
def _heard(handler: Callable[[int, FrameType | None], None], ended: list[int]) -> Iterator[None]:
    """Signals go to `handler`. Handlers are exchanged in one go: at no moment would a signal end
    the program out of hand."""
    before = {number: signal.getsignal(number) for number in (*ENDING, signal.SIGINT)}
    for number, was in before.items():
        if number not in ENDING or was is not signal.SIG_IGN:
            signal.signal(number, handler)
    try:
        yield
    finally:
        over = any(number in ENDING for number in ended)
        for number, was in before.items():
            ignore = over and number in ENDING  # we are ending already
            signal.signal(number, signal.SIG_IGN if ignore else was)


async def _end_of(task: asyncio.Task[T]) -> T:
    return await task


def _ending(number: int) -> BaseException:
    return KeyboardInterrupt() if number == signal.SIGINT else EndedBySignal(number)


def run_loop(work: Coroutine[Any, Any, T], interrupt: Callable[[], None]) -> T:
    """Runs `work` in an event loop of its own; Ctrl+C calls `interrupt` inside it.

    Raises EndedBySignal once everything of `work` was cancelled and has ended.
    """
    with Loop() as loop:
        return loop.run(work, interrupt)

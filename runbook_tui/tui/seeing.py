"""Looks at side effects under way in this program: one after the other, beside the screen."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any

from runbook_tui.domain.moment import length_text
from runbook_tui.domain.record import LogFailure
from runbook_tui.domain.rules import Refusal
from runbook_tui.session import BrokenLogError

if TYPE_CHECKING:
    from runbook_tui.domain.runbook import Step
    from runbook_tui.tui.performing import Host, Performer

QUIET_SECONDS = 1.0
"""Looks that take no longer are not worth a word."""


class Seeing:
    """The looks that this program has: those that are due, and those that somebody asks for."""

    def __init__(self, host: Host, performer: Performer) -> None:
        self._host = host
        self._performer = performer
        self._turn = asyncio.Lock()
        self._task: asyncio.Future[Any] | None = None
        self._words = ""
        self._done = self._total = 0
        self._began = 0.0
        self._catching = False
        self._tried: frozenset[str] = frozenset()
        """What was due the last time that it was looked at: nothing is tried without an end."""
        self.changed: Callable[[], None] = lambda: None
        """Called when something of it has changed."""

    @property
    def busy(self) -> bool:
        """Whether somebody looks."""
        return self._task is not None

    @property
    def progress(self) -> str:
        """How far the looks are that are under way; "" where none is."""
        if self._task is None:
            return ""
        of = f" {self._done} of {self._total}" if self._total > 1 else ""
        return f"{self._words}{of} · {length_text(time.monotonic() - self._began)}"

    @property
    def lasting(self) -> str:
        """The same, once it takes long enough to be worth a word."""
        return self.progress if time.monotonic() - self._began > QUIET_SECONDS else ""

    def due(self) -> None:
        """Has the looks that are due, beside everything else."""
        if self._catching or self._host.driving.session.state.is_over:
            return
        found = self._host.driving.probing.behind()
        if not found:
            self._tried = frozenset()
        elif found != self._tried:
            self._tried, self._catching = found, True
            self._host.in_background(self._catch_up())

    async def _catch_up(self) -> None:
        try:
            await self._have("looking what is there", self._host.driving.probing.catch_up())
        finally:
            self._catching = False
        self.due()

    async def numbers(self, numbers: Sequence[int], words: str = "looking") -> bool:
        """Looks at effects by their numbers; whether all of it was had."""

        async def one(number: int) -> None:
            await self._host.driving.probing.look([number])
            self._done += 1
            self.changed()

        async def every() -> None:
            looks = [asyncio.ensure_future(one(number)) for number in numbers]
            try:
                await asyncio.gather(*looks)
            finally:
                for each in looks:
                    each.cancel()

        return await self._have(words, every(), len(numbers))

    async def step(self, step: Step) -> bool:
        """Looks at all that a step left, or takes back; the step counts as busy meanwhile."""
        driving = self._host.driving
        with driving.executor.busy(step.id, self.cancel):
            try:
                return await self._have(
                    f"looking at {step.id}", driving.probing.look_at_step(step.id)
                )
            finally:
                self._host.touch()

    async def end_rollback(self) -> Refusal | bool:
        """Looks once more, compares with before, and ends the way back; whether it did."""
        refusals: list[Refusal] = []

        async def work() -> None:
            refusal = await self._host.driving.probing.end_rollback()
            if refusal is not None:
                refusals.append(refusal)

        had = await self._have("looking once more, comparing with before", work())
        return refusals[0] if refusals else had

    def cancel(self) -> None:
        """Ends the looks under way; what was seen until now stays."""
        if self._task is not None:
            self._task.cancel()

    async def stop(self) -> None:
        """The same, and waits for it."""
        task = self._task
        if task is not None:
            task.cancel()
            await asyncio.wait([task])

    async def _have(self, words: str, work: Coroutine[Any, Any, None], total: int = 0) -> bool:
        async with self._turn:
            task = asyncio.ensure_future(work)
            self._task, self._words, self._began = task, words, time.monotonic()
            self._done, self._total = 0, total
            self.changed()
            try:
                await task
            except asyncio.CancelledError:
                here = asyncio.current_task()
                if here is not None and here.cancelling():
                    raise
                self._host.say("The looks were cancelled; what was seen until then is recorded.")
                return False
            except LogFailure as error:
                self._performer.storage_failed(error)
                return False
            except BrokenLogError as error:
                self._host.say(f"The log cannot be followed: {error}", bad=True)
                return False
            finally:
                self._task = None
                self.changed()
                self._host.touch()
            return True

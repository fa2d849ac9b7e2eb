"""Carries out the acts that start something, in an event loop that lives as long as they do."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import TypeVar

from runbook_tui.cli.effects_text import told_since
from runbook_tui.cli.looping import Run, run_loop
from runbook_tui.cli.rollback_text import ended_lines
from runbook_tui.domain import commands as cmd
from runbook_tui.domain.act import Act
from runbook_tui.domain.findings import Remedy
from runbook_tui.domain.preflight_words import counted, found_lines
from runbook_tui.domain.record import LogFailure
from runbook_tui.domain.rules import OPEN_TO_START, Refusal
from runbook_tui.domain.runbook import Step
from runbook_tui.domain.state import Result
from runbook_tui.execution import Show
from runbook_tui.opening import Driving

T = TypeVar("T")
WHOLE_RUN = "-"
"""Stands for a step where something is about the whole run."""
Interrupted = Callable[[], Awaitable[bool]]
"""Asked on Ctrl+C: whether what runs is to be cancelled."""


MOST_LINES = 200
"""Findings of one check that are printed; `status --json` has all."""


class Drive:
    """Runs, verifies and waits; follows other terminals meanwhile."""

    def __init__(self, driving: Driving, poll_seconds: float, run: Run = run_loop) -> None:
        self._session = driving.session
        self._executor = driving.executor
        self._checking = driving.checking
        self._driving = driving
        self._poll_seconds = poll_seconds
        self._run = run
        self.interrupted = False
        """Whether Ctrl+C came while something ran."""
        self.agreed: Remedy | None = None
        """The remedy that a person was shown and agreed to: no other is applied."""
        self._asking: asyncio.Task[None] | None = None

    def act(
        self, act: Act, step: Step | None, show: Show, interrupted: Interrupted, answer: str = ""
    ) -> Result | Refusal | None:
        """One act that starts something; how its last command ended, None for a wait, for checks,
        looks and for remedies that did what they should. `answer`: the check or finding it is
        about; `step` is None for an act on the run. Looks that it has made due are had after it.

        Raises what the log raises, and EndedBySignal once all that ran has ended.
        """
        self.interrupted = False
        key = step.id if step is not None else WHOLE_RUN
        return self._run(
            self._with_company(self._work_and_look(act, step, show, answer)),
            lambda: self._interrupt(key, interrupted),
        )

    def looks(self, work: Awaitable[Refusal | None], interrupted: Interrupted) -> Refusal | None:
        """Looks to their end; a refusal where they were cancelled. Raises as `act`."""
        self.interrupted = False
        return self._run(
            self._with_company(self._cancellable(work, WHOLE_RUN)),
            lambda: self._interrupt(WHOLE_RUN, interrupted),
        )

    async def _cancellable(self, work: Awaitable[Refusal | None], key: str) -> Refusal | None:
        """Looks that Ctrl+C ends as it ends a command."""
        task = asyncio.ensure_future(work)
        with self._executor.busy(key, task.cancel):
            try:
                return await task
            except asyncio.CancelledError:
                if not task.cancelled():
                    raise
                return Refusal("cancelled while it looked", "what was seen until then is recorded")

    async def _work_and_look(
        self, act: Act, step: Step | None, show: Show, answer: str
    ) -> Result | Refusal | None:
        before = self._session.state
        ended = (
            await self._work(act, step, show, answer)
            if step is not None
            else await self._on_run(act, show)
        )
        key = step.id if step is not None else WHOLE_RUN
        await self._cancellable(self._driving.probing.catch_up(), key)
        show("err", told_since(before, self._session.state))
        return ended

    async def _on_run(self, act: Act, show: Show) -> Refusal | None:
        assert act.runs == "end-rollback"
        ended = await self._cancellable(self._driving.probing.end_rollback(), WHOLE_RUN)
        if ended is None:
            show("out", list(ended_lines(self._session.state)))
        return ended

    async def _work(self, act: Act, step: Step, show: Show, answer: str) -> Result | Refusal | None:
        if act.runs == "look":
            looks = self._driving.probing.look_at_step(step.id)
            return await self._cancellable(looks, step.id)
        if act.runs == "check":
            names = (answer.strip(),) if answer.strip() else ()
            return await self._look(step, names, show)
        if act.runs == "remedy":
            return await self._remedy(step, answer, act.id == "undo-remedy", show)
        if act.runs == "wait":
            if self._session.state.of(step.id).status in OPEN_TO_START:
                started = self._session.submit(cmd.StartStep(step.id))
                if isinstance(started, Refusal):
                    return started
            return await self._executor.wait(step.id, show)
        if act.runs in ("run", "run-failed"):
            again = act.runs == "run-failed"
            return await self._executor.run_then_verify(step.id, show, again=again)
        return await self._executor.run(step.id, "verify", show)

    async def _look(self, step: Step, names: tuple[str, ...], show: Show) -> Refusal | None:
        """Runs checks, and says what each came to."""

        def tell(name: str, words: str) -> None:
            show("out", [f"{name}: {words}"])

        def ended(name: str, trouble: str) -> None:
            kept = self._session.state.of(step.id).checks.get(name)
            if trouble or kept is None:
                show("err", [trouble or f"{name}: no result"])
                return
            show(
                "out", [f"{name}: {counted(f.severity for f in kept.found) or 'nothing to answer'}"]
            )
            show("out", [f"  {line}" for line in found_lines(kept.found, MOST_LINES)])

        return await self._checking.run(step.id, names, tell, ended)

    async def _remedy(self, step: Step, answer: str, undo: bool, show: Show) -> Refusal | None:
        """Applies a remedy; afterwards the check looks again, so that what is known is true."""
        meant = self._checking.meant(step.id, answer, undo=undo)
        if isinstance(meant, Refusal):
            return meant
        agreed, self.agreed = self.agreed, None
        applied = await self._checking.remedy(step.id, *meant, undo=undo, shown=agreed)
        if isinstance(applied, Refusal):
            return applied
        show("out", [f"{applied.outcome}: {applied.summary}"])
        again = await self._look(step, (meant.check,), show)
        if again is None and applied.outcome != "done":
            return Refusal(f"the remedy {applied.outcome}: {applied.summary}")
        return again

    async def _with_company(self, work: Awaitable[T]) -> T:
        follow = asyncio.create_task(self._follow())
        try:
            return await work
        finally:
            for task in (follow, self._asking):
                if task is not None:
                    task.cancel()
                    with contextlib.suppress(asyncio.CancelledError):
                        await task
            self._asking = None

    async def _follow(self) -> None:
        """Takes in what other terminals decide: one of them may end a wait early."""
        while True:
            await asyncio.sleep(self._poll_seconds)
            with contextlib.suppress(LogFailure):  # the next decision says it, if it lasts
                if self._session.behind():
                    self._session.catch_up()

    def _interrupt(self, key: str, interrupted: Interrupted) -> None:
        self.interrupted = True
        if self._asking is not None and not self._asking.done():
            self._executor.cancel(key)
            return
        self._asking = asyncio.get_running_loop().create_task(self._ask(key, interrupted))

    async def _ask(self, key: str, interrupted: Interrupted) -> None:
        if await interrupted():
            self._executor.cancel(key)

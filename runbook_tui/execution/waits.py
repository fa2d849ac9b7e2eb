"""Waits: until a time has come, or until a condition holds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from runbook_tui.domain import commands as cmd
from runbook_tui.domain.answer import expected, why_not
from runbook_tui.domain.job import Ended
from runbook_tui.domain.moment import elapsed
from runbook_tui.domain.output import last_drawn
from runbook_tui.domain.rules import Refusal
from runbook_tui.domain.runbook import Poll, WaitStep
from runbook_tui.domain.schedule.polling import intervals
from runbook_tui.domain.text import safe_line
from runbook_tui.domain.units import seconds
from runbook_tui.domain.waiting import time_left
from runbook_tui.execution.handles import Waiting
from runbook_tui.session import Session

SUMMARY_LENGTH = 160


class Waits:
    """One wait of a session; records how it ended, and nothing where it is cancelled."""

    def __init__(self, session: Session, waiting: Waiting) -> None:
        self._session = session
        self._waiting = waiting

    async def until(self, step: WaitStep) -> Refusal | None:
        """Until the step's time has come."""
        while (left := time_left(self._session.state, step, self._session.clock.now())) > 0:
            # Short naps: asyncio's clock stops while the machine is suspended, ours does not.
            if await self._waiting.nap(min(left, 1.0)) or self._is_over(step.id):
                return None
        how = f"{step.duration} have passed" if step.duration else f"it is past {step.until}"
        return self._said(cmd.EndWait(step.id, how))

    async def poll(
        self, step_id: str, poll: Poll, ask: Callable[[], Awaitable[Ended | Refusal]]
    ) -> Refusal | None:
        """Until the condition holds, asked with `ask`; fails the step at its limit."""
        begin = self._session.clock.now()
        limit = seconds(poll.limit)
        for interval in intervals(poll):
            ended = await ask()
            if isinstance(ended, Refusal):
                return ended
            if self._waiting.cancelled or self._is_over(step_id):
                return None
            answer = ended.trouble or ended.how
            if ended.how == "exited":
                expect = expected(poll.expect, self._session.state.parameters)
                wrong = why_not(expect, ended.exit, ended.output.answer)
                if wrong is None:
                    last = last_drawn(self._session.redactor.text(ended.output.last_line))
                    words = safe_line(last, SUMMARY_LENGTH) or "ok"
                    return self._said(cmd.EndWait(step_id, f"condition met: {words}"))
                answer = wrong
            left = limit - elapsed(begin, self._session.clock.now())
            if left <= 0:
                return self._said(
                    cmd.FailStep(step_id, f"condition not met within {poll.limit}: {answer}")
                )
            # However long the intervals have grown: the last question is asked at the limit.
            if await self._waiting.nap(min(interval, left)) or self._is_over(step_id):
                return None
        raise AssertionError("intervals never end")

    def _is_over(self, step_id: str) -> bool:
        return self._session.state.of(step_id).wait_over is not None

    def _said(self, command: cmd.AnyCommand) -> Refusal | None:
        answer = self._session.submit(command)
        return answer if isinstance(answer, Refusal) else None

"""Whether a step took as long as it was thought to: on time, over, or suspiciously fast."""

from __future__ import annotations

from typing import Literal

from runbook_tui.domain.schedule.estimate import Estimate
from runbook_tui.domain.schedule.slowdown import teaches

Pace = Literal["on", "over", "fast"]


def pace(estimate: Estimate, worked: float, *, done: bool) -> Pace:
    """How `worked` seconds of work stand to the estimate.

    Over is beyond the likely length while the step is under way, beyond the worst once it is done:
    before the worst it may still be as planned. Suspiciously fast is a step done in less than half
    of its best (see `slowdown.teaches`): it was done before, or it was not done.
    """
    if done and estimate.mean > 0 and not teaches(estimate, worked):
        return "fast"
    return "over" if worked > (estimate.worst if done else estimate.likely) else "on"

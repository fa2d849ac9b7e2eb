"""Who had a hand in a step, and what becomes of an approval when the step changes under it.

An approval is worth something only where it is bound to what was approved and comes from somebody
else than those who did the work. Logs written before approvals could lapse have steps that are done
all the same: they stay readable.
"""

from __future__ import annotations

from dataclasses import replace

from runbook_tui.domain.state import Result, StepState

NOT_APPROVED = "not approved by another person"
"""What `outstanding` says of a step that lacks an approval."""


def hands(now: StepState) -> frozenset[str]:
    """Who had a hand in the step so far."""
    return now.hands | ({now.started_by} if now.started_by else set())


def with_hand(now: StepState, by: str) -> StepState:
    """The step after `by` changed something about it: what was approved is not what is there."""
    now = without_approvals(now)
    return now if by in now.hands else replace(now, hands=now.hands | {by})


def without_approvals(now: StepState) -> StepState:
    """The step with its approvals void."""
    if not now.approvals:
        return now
    return replace(now, approvals=(), lapsed=True, approved_on=None)


def void(now: StepState) -> StepState:
    """The step after an approval that counts for nothing."""
    return replace(now, lapsed=True)


def started_over(now: StepState) -> StepState:
    """The step without the approvals of its last round, void ones among them."""
    return replace(now, approvals=(), lapsed=False, approved_on=None)


def verifying_again(now: StepState, last: Result | None) -> StepState:
    """The step as its verification starts anew: approvals hold until it ends differently."""
    return replace(now, approved_on=last) if now.approvals and last else now


def verified_again(now: StepState, result: Result) -> StepState:
    """The step as its verification ended; with another result than was approved, the approvals
    are void."""
    if not now.approvals:
        return now
    if now.approved_on is not None and _shown(now.approved_on) == _shown(result):
        return now
    return without_approvals(now)


def _shown(result: Result) -> tuple[str | None, int | None, str]:
    return result.outcome, result.exit, result.summary

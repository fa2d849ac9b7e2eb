"""What events of preflight do to a step."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from runbook_tui.domain import events as ev
from runbook_tui.domain.fold_rules import require
from runbook_tui.domain.preflight import LONGEST_WAIVER, checks_of
from runbook_tui.domain.preflight_events import Remedied
from runbook_tui.domain.preflight_state import CheckState, RemedyState, Waiver
from runbook_tui.domain.runbook import PreflightStep, Step
from runbook_tui.domain.state import RunState, Status, StepState


def _begun(step: Step, now: StepState) -> None:
    require(isinstance(step, PreflightStep), "the step has no checks")
    require(now.status not in (Status.PENDING, Status.DEFERRED), f"the step is {now.status}")


def check_reported(s: RunState, step: Step, now: StepState, entry: ev.Entry, e: Any) -> StepState:
    _begun(step, now)
    assert isinstance(step, PreflightStep)
    require(e.check in checks_of(s, step), f"the step has no check {e.check!r}")
    require(not e.dry or s.mode == "dry-run", "a check that was only shown has passed nothing")
    kept = CheckState(
        title=e.title,
        digest=e.digest,
        at=entry.at,
        by=entry.by,
        seconds=e.seconds,
        ran=e.ran,
        found=e.found,
        others=e.others,
        evidence=e.evidence,
        dry=e.dry,
        seal=e.seal,
        config=s.plan.runbook.checks.get(e.check),
    )
    # A remedy that nobody knows the end of is known by what the check sees now.
    left = {found.fingerprint for found in e.found}
    remedies = {
        key: replace(r, outcome="failed" if key[1] in left else "done", summary="seen by the check")
        if key[0] == e.check and r.outcome in (None, "unknown")
        else r
        for key, r in now.remedies.items()
    }
    return replace(now, checks={**now.checks, e.check: kept}, remedies=remedies)


def finding_waived(s: RunState, step: Step, now: StepState, entry: ev.Entry, e: Any) -> StepState:
    _begun(step, now)
    kept = now.checks.get(e.check)
    found = next((f for f in kept.found if f.fingerprint == e.fingerprint), None) if kept else None
    if found is None:
        require(False, "the check has found no such thing")
        raise AssertionError
    require(found.digest == e.digest, "the waiver is for other evidence")
    require(found.severity == e.severity, f"it is no {e.severity}")
    require(bool(e.reason.strip()) and bool(e.owner.strip()), "a waiver has a reason and an owner")
    require(entry.at.utc < e.until <= entry.at.utc + LONGEST_WAIVER, "a waiver has an end in sight")
    waiver = Waiver(e.digest, e.severity, e.reason, e.owner, e.until, entry.by, entry.at)
    return replace(now, waivers={**now.waivers, (e.check, e.fingerprint): waiver})


def remedy_begun(s: RunState, step: Step, now: StepState, entry: ev.Entry, e: Any) -> StepState:
    _begun(step, now)
    key = (e.check, e.fingerprint)
    earlier = now.remedies.get(key)
    if e.undo:
        require(earlier is not None and not earlier.undone, "there is nothing to take back")
    else:
        require(earlier is None or earlier.outcome is not None, "a remedy of it is under way")
    begun = RemedyState(e.label, e.effect, e.target, e.compensation, entry.at, entry.by)
    if e.undo and earlier is not None:  # what takes it back is as true as it was
        begun = replace(begun, label=earlier.label, compensation=earlier.compensation)
    return replace(now, remedies={**now.remedies, key: begun})


def remedy_ended(s: RunState, step: Step, now: StepState, entry: ev.Entry, e: Any) -> StepState:
    key = (e.check, e.fingerprint)
    begun = now.remedies.get(key)
    if begun is None or begun.outcome is not None:
        require(False, "no remedy of it is under way")
        raise AssertionError
    undone = e.undo and e.outcome == "done"
    # What could not be taken back is still in place.
    outcome: Remedied = "done" if e.undo and e.outcome == "failed" else e.outcome
    ended = replace(begun, outcome=outcome, summary=e.summary, undone=undone)
    return replace(now, remedies={**now.remedies, key: ended})

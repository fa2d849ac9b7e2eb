"""Decisions about what checks found: results taken down, findings waived, remedies applied."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from runbook_tui.domain import commands as cmd
from runbook_tui.domain import events as ev
from runbook_tui.domain.decide_begin import begin
from runbook_tui.domain.moment import Moment
from runbook_tui.domain.preflight import (
    CLOSES_BY_ITSELF,
    LONGEST_WAIVER,
    Open,
    checks_of,
    standing,
)
from runbook_tui.domain.rules import LONGEST_NAME, OPEN_TO_START, Refusal, Verdict, said
from runbook_tui.domain.runbook import PreflightStep, Step
from runbook_tui.domain.state import RunState, StepState
from runbook_tui.domain.text import safe_line
from runbook_tui.domain.units import is_duration, seconds

SHORTEST_REFERENCE = 4
"""Digits of a fingerprint that name a finding."""


def decide_preflight(
    state: RunState,
    step: Step,
    now: StepState,
    command: cmd.BeginChecks | cmd.ReportCheck | cmd.WaiveFinding | cmd.BeginRemedy,
    at: Moment | None,
) -> Verdict:
    """The events of a decision about findings, or why there are none. A preflight step takes them
    after it is done as well: results age, and what is found then is answered then."""
    if not isinstance(step, PreflightStep):
        return Refusal(f"{step.id} has no checks", "only preflight steps have")
    start: Verdict = begin(state, step, now) if now.status in OPEN_TO_START else ()
    if isinstance(start, Refusal):
        return start
    match command:
        case cmd.BeginChecks(check=check):
            known = checks_of(state, step)
            if not known:
                return Refusal(f"{step.id} has no checks to run", "do it by hand, and say what")
            if check and check not in known:
                return Refusal(f"{step.id} has no check {check}", f"it has {', '.join(known)}")
            rest: Verdict = ()
        case cmd.ReportCheck():
            rest = _report(state, step, command)
        case cmd.WaiveFinding():
            rest = _waive(state, step, command, at)
        case _:
            rest = _begin_remedy(now, step, command)
    return rest if isinstance(rest, Refusal) else (*start, *rest)


def _report(state: RunState, step: PreflightStep, command: cmd.ReportCheck) -> Verdict:
    if command.check not in checks_of(state, step):
        return Refusal(f"{step.id} has no check {command.check}")
    if command.dry and state.mode != "dry-run":
        return Refusal(f"{command.check} was only shown: that passes nothing")
    return (
        ev.CheckReported(
            step=step.id,
            check=command.check,
            title=command.title,
            digest=command.digest,
            seconds=command.seconds,
            ran=command.ran,
            found=command.found,
            others=command.others,
            evidence=command.evidence,
            dry=command.dry,
            seal=command.seal,
        ),
    )


def find_open(state: RunState, step: Step, reference: str, at: Moment | None) -> Open | Refusal:
    """The finding that a person means by a fingerprint or the beginning of one."""
    reference = reference.strip().lower()
    if len(reference) < SHORTEST_REFERENCE:
        return Refusal(f"a finding is named by {SHORTEST_REFERENCE} or more of its digits")
    meant = [e for e in standing(state, step, at) if e.found.fingerprint.startswith(reference)]
    if not meant:
        return Refusal(
            f"{step.id} has no finding {reference}", "it may be gone since it was looked at again"
        )
    if len(meant) > 1:
        named = ", ".join(each.found.fingerprint[:8] for each in meant[:5])
        return Refusal(f"{reference} is the beginning of several: {named}", "give more of it")
    return meant[0]


def _waive(state: RunState, step: Step, command: cmd.WaiveFinding, at: Moment | None) -> Verdict:
    meant = find_open(state, step, command.finding, at)
    if isinstance(meant, Refusal):
        return meant
    problem = said(command.reason, "a waiver")
    if problem is not None:
        return problem
    owner = command.owner.strip()
    if not owner or len(owner) > LONGEST_NAME or safe_line(owner) != owner:
        return Refusal("a waiver needs an owner: who sees to it that it is not for ever")
    until = waived_until(command.until, at)
    if isinstance(until, Refusal):
        return until
    found = meant.found
    if command.digest not in ("", found.digest):
        return Refusal("the check sees something else there by now", "look at it again first")
    if found.severity in CLOSES_BY_ITSELF and not command.known:
        word = "is an inhibitor" if found.severity == "inhibitor" else "is not known to be harmless"
        return Refusal(
            f"{found.title}: it {word}", "say that you know it and waive it all the same"
        )
    return (
        ev.FindingWaived(
            step=step.id,
            check=meant.check,
            fingerprint=found.fingerprint,
            digest=found.digest,
            severity=found.severity,
            title=found.title,
            reason=command.reason.strip(),
            owner=owner,
            until=until,
        ),
    )


_NO_END = Refusal(
    "a waiver needs an end: 7d from now, or a time with its zone", "such as 2026-05-08T18:00Z"
)


def waived_until(text: str, at: Moment | None) -> datetime | Refusal:
    """When a waiver ends: a length from now or a time with its zone; in 90 days at the latest."""
    text = text.strip()
    if at is None:
        return Refusal("nobody knows what time it is")
    if is_duration(text):
        until = at.utc + timedelta(seconds=min(seconds(text), LONGEST_WAIVER.total_seconds() * 2))
    else:
        try:
            until = datetime.fromisoformat(text)
        except ValueError:
            return _NO_END
        if until.tzinfo is None:
            return _NO_END
    if until <= at.utc:
        return Refusal("a waiver that has ended already holds for nothing")
    if until > at.utc + LONGEST_WAIVER:
        return Refusal(f"a waiver ends within {LONGEST_WAIVER.days} days", "give it a nearer end")
    return until.astimezone(UTC).replace(microsecond=0)


def _begin_remedy(now: StepState, step: Step, command: cmd.BeginRemedy) -> Verdict:
    key = (command.check, command.finding)
    kept = now.checks.get(command.check)
    earlier = now.remedies.get(key)
    if command.undo:
        if earlier is None or earlier.undone or earlier.outcome == "failed":
            return Refusal("nothing was done about it that could be taken back")
    else:
        known = kept.found if kept is not None else ()
        if not any(found.fingerprint == command.finding for found in known):
            return Refusal("it is not among what the check found last", "run the check again")
        if earlier is not None and earlier.outcome is None:
            return Refusal(
                "nobody knows how the last remedy of it ended", "run the check again first"
            )
    return (
        ev.RemedyBegun(
            step=step.id,
            check=command.check,
            fingerprint=command.finding,
            label=command.label,
            effect=command.effect,
            target=command.target,
            line=command.line,
            undo=command.undo,
            compensation=command.compensation,
        ),
    )


def end_remedy(step: Step, now: StepState, command: cmd.EndRemedy) -> Verdict:
    """How a remedy ended: a fact, whatever the rules say by now."""
    begun = now.remedies.get((command.check, command.finding))
    if begun is None or begun.outcome is not None:
        return Refusal(f"no remedy of {command.check} is under way in {step.id}")
    return (
        ev.RemedyEnded(
            step=step.id,
            check=command.check,
            fingerprint=command.finding,
            outcome=command.outcome,
            summary=command.summary,
            undo=command.undo,
        ),
    )

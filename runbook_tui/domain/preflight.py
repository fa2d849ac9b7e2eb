"""What preflight says of a run at a moment: what was found, what was answered, what is still open.

A gate is closed by everything before it that asks somebody and that nobody has answered: found and
neither gone since nor waived. A waiver holds for the evidence it was given for, and until it ends;
a result holds for as long as its check says. What a check could not look at asks as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from msgspec import structs

from runbook_tui.domain.checks.every import CheckConfig
from runbook_tui.domain.findings import SEVERITIES, Severity
from runbook_tui.domain.moment import Moment, length_text
from runbook_tui.domain.preflight_events import Found
from runbook_tui.domain.preflight_state import CheckState, Waiver
from runbook_tui.domain.preflight_words import found_line
from runbook_tui.domain.runbook import PreflightStep, Step, defined_checks
from runbook_tui.domain.state import RunState, Status, applies
from runbook_tui.domain.units import seconds

CLOSES_BY_ITSELF: frozenset[Severity] = frozenset({"inhibitor", "unknown"})
"""What is waived only by somebody who says that they know it is such a one."""
DEFAULT_AGE = "24h"
LONGEST_WAIVER = timedelta(days=90)


@dataclass(frozen=True)
class Open:
    """A finding of a check and how it stands. `why`: empty where it is waived."""

    step: str
    check: str
    found: Found
    waiver: Waiver | None
    why: str
    """Why it is open: ``nobody has answered it``, ``its waiver ended``."""

    @property
    def is_open(self) -> bool:
        """Whether somebody has to answer it."""
        return bool(self.why)


def checks_of(state: RunState, step: PreflightStep) -> tuple[str, ...]:
    """The names of the checks that a preflight step runs, in order."""
    return defined_checks(state.plan.runbook, step)


def not_looked(state: RunState, step: Step) -> tuple[str, ...]:
    """The checks of a preflight step that have no result."""
    if not isinstance(step, PreflightStep):
        return ()
    done = state.of(step.id).checks
    return tuple(name for name in checks_of(state, step) if name not in done)


def standing(state: RunState, step: Step, now: Moment | None) -> tuple[Open, ...]:
    """Every finding of a step that asks somebody, worst first, with how it stands at `now`."""
    if not isinstance(step, PreflightStep):
        return ()
    kept = state.of(step.id)
    found = [
        _stand(step.id, name, each, kept.waivers.get((name, each.fingerprint)), now)
        for name, check in kept.checks.items()
        for each in check.found
    ]
    return tuple(sorted(found, key=lambda each: SEVERITIES.index(each.found.severity)))


def _stand(step: str, check: str, found: Found, waiver: Waiver | None, now: Moment | None) -> Open:
    return Open(step, check, found, waiver, _why_open(found, waiver, now))


def _why_open(found: Found, waiver: Waiver | None, now: Moment | None) -> str:
    if waiver is None:
        return "nobody has answered it"
    if waiver.digest != found.digest:
        return "its waiver was for other evidence"
    if SEVERITIES.index(found.severity) < SEVERITIES.index(waiver.severity):
        return f"its waiver was for a {waiver.severity}"
    if now is not None and now.utc >= waiver.until:
        return "its waiver has ended"
    return ""


def too_old(state: RunState, check: str, kept: CheckState, now: Moment | None) -> str:
    """In words, why a result counts no more; empty where it does."""
    config = state.plan.runbook.checks.get(check)
    if config is not None and kept.config is not None and _subject(config) != _subject(kept.config):
        return f"{check} was looked at before the runbook was amended: it is another check now"
    if now is None:
        return ""
    limit = seconds(config.valid_for if config is not None else DEFAULT_AGE)
    age = state.between(kept.at, now)
    if age <= limit:
        return ""
    return f"{check} was looked at {length_text(age)} ago, and that holds for {length_text(limit)}"


def _subject(config: CheckConfig) -> CheckConfig:
    """What a check looks at, without what it is called and how long that may take or holds."""
    plain = {"title": None, "timeout": "1s", "valid_for": "1s"}
    return structs.replace(config, **plain)


def before(state: RunState, gate: Step) -> Iterator[PreflightStep]:
    """The preflight steps that a gate answers for: those before it that apply and do not merely
    advise. One that was skipped counts where its checks have run: what was found is not unfound by
    skipping."""
    for step in state.plan.steps:
        if step.id == gate.id:
            return
        if not isinstance(step, PreflightStep) or applies(state, step) is False:
            continue
        if step.advisory:
            continue
        now = state.of(step.id)
        if now.checks or now.status is not Status.SKIPPED:
            yield step


def closes(state: RunState, gate: Step, now: Moment | None) -> tuple[str, ...]:
    """Why preflight keeps a gate closed at `now`, each reason in a few words."""
    reasons: list[str] = []
    for step in before(state, gate):
        kept = state.of(step.id)
        if kept.status not in (Status.OVERRIDDEN, Status.SKIPPED):
            reasons += [f"{step.id}: {name} was not looked at" for name in not_looked(state, step)]
        reasons += [
            f"{step.id}: {old}"
            for name, check in kept.checks.items()
            # One that was taken out of the runbook cannot be run again; what it found stands.
            if name in checks_of(state, step)
            if (old := too_old(state, name, check, now))
        ]
        reasons += [
            f"{each.found.severity} {each.check}: {each.found.title} ({each.why})"
            for each in standing(state, step, now)
            if each.is_open
        ]
    return tuple(reasons)


def open_lines(state: RunState, step: Step, now: Moment | None) -> tuple[str, ...]:
    """The findings of a preflight step that somebody has to answer, a line each."""
    return tuple(
        f"{found_line(each.found)}: {each.why}"
        + (f" [remedy: {each.found.remedy}]" if each.found.remedy else "")
        for each in standing(state, step, now)
        if each.is_open
    )

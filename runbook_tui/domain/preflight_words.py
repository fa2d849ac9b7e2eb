"""Events of preflight in words, as the log and the decisions strip tell them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from runbook_tui.domain.findings import ASK_SOMEBODY, SEVERITIES, Severity
from runbook_tui.domain.moment import date_text
from runbook_tui.domain.preflight_events import (
    CheckReported,
    FindingWaived,
    Found,
    RemedyBegun,
    RemedyEnded,
)

TOLD = 12
"""Findings of one check that are told one by one; the whole list is a key away."""
_MANY: dict[Severity, str] = {
    "inhibitor": "inhibitors",
    "unknown": "unknown",
    "high": "high",
    "warning": "warnings",
    "info": "for information",
    "pass": "passed",
}


def counted(severities: Iterable[Severity]) -> str:
    """``1 inhibitor, 2 warnings``; worst first."""
    counts = Counter(severities)
    parts = [
        f"{counts[each]} {each if counts[each] == 1 else _MANY[each]}"
        for each in SEVERITIES
        if each in ASK_SOMEBODY and counts[each]
    ]
    return ", ".join(parts)


def tell_preflight(
    event: CheckReported | FindingWaived | RemedyBegun | RemedyEnded,
) -> tuple[str, str, str, str]:
    """Verb, the rest of the sentence, how it is coloured, and the words below it."""
    match event:
        case CheckReported(dry=True):
            return "shows", f"the check {event.check} of {event.step} (dry run)", "plain", ""
        case CheckReported():
            what = f"{event.check} in {event.step}: {counted(f.severity for f in event.found)}"
            if not event.found:
                return "checks", what + "nothing to answer", "good", event.title
            bad = event.found[0].severity in ("inhibitor", "unknown")
            return "checks", what, "bad" if bad else "warn", "\n".join(found_lines(event.found))
        case FindingWaived():
            until = f"until {date_text(event.until)}, for {event.owner} to see to"
            what = f"{event.fingerprint[:8]} of {event.check} in {event.step}, {until}"
            return "waives", what, "warn", f"{event.severity}: {event.title}\n{event.reason}"
        case RemedyBegun(undo=undo):
            what = f"{event.check} in {event.step}: {event.label}, {event.target}"
            words = event.line
            if event.compensation and not undo:
                words += f"\ntaken back by: {event.compensation}"
            return "takes back" if undo else "remedies", what, "warn", words
        case RemedyEnded(outcome=outcome):
            way = "taking it back" if event.undo else "the remedy"
            how = {"done": "done", "failed": "failed", "unknown": "UNKNOWN"}[outcome]
            mark = "good" if outcome == "done" else "bad"
            return "sees", f"{way} of {event.check} in {event.step} {how}", mark, event.summary


def found_lines(found: Sequence[Found], most: int = TOLD) -> tuple[str, ...]:
    """The worst of the findings, a line each, and how many more there are."""
    lines = [found_line(each) for each in found[:most]]
    if len(found) > most:
        lines.append(f"and {len(found) - most} more")
    return tuple(lines)


def found_line(found: Found) -> str:
    """``high a1b2c3d4 scheduled-tasks …: title (etc/cron.d/x:3 and 2 more)``."""
    more = f" and {found.places - 1} more" if found.places > 1 else ""
    where = f" ({found.place}{more})" if found.place else ""
    return f"{found.severity} {found.fingerprint[:8]} {found.title}{where}"

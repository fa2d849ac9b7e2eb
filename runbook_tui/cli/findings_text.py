"""A report of findings as lines for a person: worst first, with where it was seen."""

from __future__ import annotations

from collections.abc import Iterator

from runbook_tui.domain.findings import SEVERITIES, Finding, Report, Severity
from runbook_tui.domain.text import safe_line

MARKS = {
    "inhibitor": "✗ INHIBITOR",
    "unknown": "? UNKNOWN",
    "high": "! high",
    "warning": "△ warning",
    "info": "· info",
    "pass": "✓ pass",
}
_COUNTABLE = frozenset({"inhibitor", "warning"})
PLACES = 5
"""Places shown of one finding; `--json` has all of them."""


def report_lines(report: Report, places: int = PLACES) -> Iterator[str]:
    """The findings, then what each check came to, then whether it may go on."""
    names = len({check.check for check in report.checks}) > 1
    for finding in report.findings:
        yield from _finding_lines(finding, places, named=names)
    yield ""
    for check in report.checks:
        state = "" if check.ran else ", not finished"
        count = how_many(len(check.findings), "finding")
        yield f"{check.title} ({check.check}): {MARKS[check.worst]}{state}, {count}"
    counted = [_counted(report.count(each), each) for each in SEVERITIES if report.count(each)]
    yield f"in all: {', '.join(counted) or 'nothing found'}"
    yield verdict(report)


def how_many(number: int, what: str) -> str:
    """``1 finding``, ``2 findings``."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _counted(number: int, severity: Severity) -> str:
    return how_many(number, severity) if severity in _COUNTABLE else f"{number:,} {severity}"


def verdict(report: Report) -> str:
    """What follows from it, in a sentence."""
    if report.closes_the_gate:
        return "The gate stays closed: something inhibits, or is not known."
    if report.asks_somebody:
        return "Nothing inhibits; somebody has to look at what is listed."
    return "Nothing was found that anybody has to look at."


def _finding_lines(finding: Finding, places: int, *, named: bool) -> Iterator[str]:
    name = f"  [{finding.check}]" if named else ""
    yield f"{MARKS[finding.severity]:<12} {safe_line(finding.title)}{name}"
    for each in finding.evidence[:places]:
        if str(each) not in finding.title:
            yield f"{'':<12} {safe_line(str(each))}"
    if len(finding.evidence) > places:
        yield f"{'':<12} … and {len(finding.evidence) - places} more"
    if finding.remediation:
        yield f"{'':<12} → {safe_line(finding.remediation)}"

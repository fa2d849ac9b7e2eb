"""What a well-formed runbook still gets wrong: errors that make the plan lie, and warnings.

Each group of checks is a function ``(report) -> None`` in a module of its own: `lint_order` (ids,
needs, conditions), `lint_values` (what values can be), `lint_time` (window, buffer, lengths),
`lint_commands`, `lint_text` (parameters in text), `lint_return` (points of no return), `lint_fit`
(plan and window), `lint_checks` (preflight), `lint_effects` (side effects), `lint_messages`
(drafts) and `lint_advice` (warnings).
Errors come first, so that a flood of advice cannot hide one.
"""

from __future__ import annotations

from runbook_tui.domain.runbook import Runbook
from runbook_tui.formats.lint_advice import check_advice
from runbook_tui.formats.lint_checks import check_checks
from runbook_tui.formats.lint_commands import check_commands
from runbook_tui.formats.lint_effects import check_effects
from runbook_tui.formats.lint_fit import check_fit
from runbook_tui.formats.lint_messages import check_messages
from runbook_tui.formats.lint_order import check_order
from runbook_tui.formats.lint_report import Report
from runbook_tui.formats.lint_return import check_return
from runbook_tui.formats.lint_text import check_text
from runbook_tui.formats.lint_time import check_time
from runbook_tui.formats.lint_values import check_values
from runbook_tui.formats.places import SourceMap
from runbook_tui.formats.problem import Problem, TooManyProblemsError, in_order

CHECKS = (
    check_order,
    check_values,
    check_time,
    check_commands,
    check_text,
    check_return,
    check_fit,
    check_checks,
    check_effects,
    check_messages,
    check_advice,
)


def lint(runbook: Runbook, source_map: SourceMap) -> tuple[Problem, ...]:
    """Every error and warning of meaning, in reading order. Never raises."""
    report = Report(runbook, source_map)
    try:
        for check in CHECKS:
            check(report)
    except TooManyProblemsError:
        pass  # the last one listed says so
    return in_order(report.found)

"""Lint of the drafts of message steps: words that should not go out are cheapest found by day."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from runbook_tui.domain.messages.audiences import audience_of
from runbook_tui.domain.runbook import MessageStep
from runbook_tui.domain.text import safe_line
from runbook_tui.formats.lint_report import Path, Report

RULES = frozenset(
    {
        "absolute-promise", "blame", "cause-guessed", "internal-name", "jargon", "placeholder",
        "secret", "time-without-zone", "unhedged-time", "unreadable", "vague-time",
        "zone-ambiguous",
    }
)  # fmt: skip
"""What is wrong in whatever state of the run. The rest needs the run."""
SHOWN = 40
_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)
_PARAMETER = re.compile(r"\{\{[^{}\n]{1,80}\}\}")


def check_messages(report: Report) -> None:
    """Warns of promises, guesses, blame, jargon, names of machines and bare times in drafts; a
    template that cannot be filled in is an error."""
    for path, step in report.steps:
        if isinstance(step, MessageStep) and step.draft:
            _draft(report, (*path, "draft"), step)
            _template(report, (*path, "draft"), step.draft)
    messages = report.runbook.messages
    for kind, by_audience in messages.templates.items() if messages is not None else ():
        for audience, text in by_audience.items():
            _template(report, ("messages", "templates", kind, audience), text)


def _template(report: Report, path: Path, text: str) -> None:
    if "{" not in text:
        return
    from runbook_tui.formats.message_templates import TemplateError, names

    try:
        names(text)
    except TemplateError as error:
        report.at_key(path, "message-template", f"line {error.line} of the template: {error}")


def _draft(report: Report, path: Path, step: MessageStep) -> None:
    # Its many expressions take milliseconds to make: only a runbook with drafts pays for them.
    from runbook_tui.domain.messages.lint import LONGEST, lint
    from runbook_tui.domain.messages.remarks import Facts

    facts = Facts("progress", audience_of(step.audience), _ANY_TIME, going_on=False)
    # The parameters of the runbook are filled in before anybody reads it.
    text = _PARAMETER.sub("", step.draft[: LONGEST + 1])
    told: set[tuple[str, str]] = set()
    for remark in lint(text, facts):
        said = remark.said.lower()
        if remark.rule not in RULES or (remark.rule, said) in told:
            continue
        told.add((remark.rule, said))
        words = f"“{safe_line(remark.said, SHOWN)}” in the draft: " if said else "the draft: "
        report.at_key(path, "message-draft", words + remark.why, "", "warning")

"""Prints a report of findings in the form that was asked for."""

from __future__ import annotations

from runbook_tui.cli import say
from runbook_tui.domain.findings import Report


def print_report(report: Report, form: str) -> None:
    """`form`: text, json, sarif or junit."""
    if form == "json":
        from runbook_tui.formats.findings_reports import as_json

        say.json_out(as_json(report))
    elif form == "sarif":
        from runbook_tui.formats.findings_reports import as_sarif

        say.json_out(as_sarif(report))
    elif form == "junit":
        from runbook_tui.formats.findings_reports import as_junit

        say.out(as_junit(report))
    else:
        from runbook_tui.cli.findings_text import report_lines

        for line in report_lines(report):
            say.out(line)

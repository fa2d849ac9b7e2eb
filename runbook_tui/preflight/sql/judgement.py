"""One thing there is to say about a migration."""

from __future__ import annotations

from dataclasses import dataclass

from runbook_tui.domain.findings import Severity


@dataclass(frozen=True)
class Judgement:
    """One thing to say; `steps`: the statements it is about, by their place in the list."""

    key: str
    severity: Severity
    title: str
    subject: str
    steps: tuple[int, ...]
    remediation: str = ""

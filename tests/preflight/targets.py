"""Targets for tests of checks: the real tools, files and documents of this machine."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from runbook_tui.adapters.process.tools import LocalTools
from runbook_tui.cli.documents import YamlDocuments
from runbook_tui.domain.checks.base import CheckBase
from runbook_tui.domain.findings import CheckResult, Finding
from runbook_tui.preflight.check import Check, run_check
from runbook_tui.preflight.ports import Reply
from runbook_tui.preflight.target import Target

C = TypeVar("C", bound=CheckBase)
NOW = datetime(2026, 5, 1, 18, 0, tzinfo=UTC)


class NoNetwork:
    """A machine without a network."""

    def get(self, url: str, *, headers: Any = None, limit: float = 10.0) -> Reply:
        return Reply(0, trouble="no network here")

    def connect(self, host: str, port: int, *, limit: float = 3.0) -> str:
        return "no network here"

    def presented(
        self, host: str, port: int, *, name: str = "", limit: float = 10.0
    ) -> tuple[tuple[bytes, ...], str]:
        return (), "no network here"


def target(config: C, folder: Path, **more: Any) -> Target[C]:
    """A target in `folder`, on 1 May 2026 at 18:00Z, without a network unless it is given one."""
    given: dict[str, Any] = {
        "name": "it",
        "now": NOW,
        "tools": LocalTools(),
        "network": NoNetwork(),
        "documents": YamlDocuments(),
        "key": b"a key of the tests",
    }
    return Target(config=config, folder=folder, **(given | more))


def result(check: Check[Target[C]], config: C, folder: Path, **more: Any) -> CheckResult:
    """What a check comes to, with its limits kept as in real life."""
    return run_check(check, target(config, folder, **more))


def by_key(found: CheckResult) -> dict[str, list[Finding]]:
    """The findings of each key."""
    keys: dict[str, list[Finding]] = {}
    for finding in found.findings:
        keys.setdefault(finding.key, []).append(finding)
    return keys

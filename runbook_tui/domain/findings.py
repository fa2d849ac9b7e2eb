"""What a check found: the one model for intake, preflight, their reports and the run.

A finding has a key that its check chose and that stays when the words change, so that what was
decided about it still holds after its title was reworded; and a digest of its evidence, so that
it does not hold any more once what was looked at is another.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import Literal

import msgspec
from msgspec import Struct

Severity = Literal["inhibitor", "high", "warning", "info", "pass", "unknown"]
SEVERITIES: tuple[Severity, ...] = ("inhibitor", "unknown", "high", "warning", "info", "pass")
"""Worst first. Unknown stands above all that is known not to inhibit: it may."""
ASK_SOMEBODY: frozenset[Severity] = frozenset(SEVERITIES[:4])
"""What a person has to look at before it goes on."""
FINGERPRINT = 16
"""Hexadecimal digits of a fingerprint: 64 bits, enough to tell all findings of a team apart."""


class Evidence(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was seen, and where: a path, and the line from 1 (0 where lines mean nothing)."""

    place: str
    line: int = 0
    text: str = ""

    def __str__(self) -> str:
        where = f"{self.place}:{self.line}" if self.line else self.place
        return f"{where}: {self.text}" if self.text else where


class Finding(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing a check has to say. `subject`: what it is about, where a key comes up often."""

    check: str
    key: str
    severity: Severity
    title: str
    subject: str = ""
    evidence: tuple[Evidence, ...] = ()
    remediation: str = ""

    @property
    def fingerprint(self) -> str:
        """The same for the same thing found again, whatever the words and the evidence."""
        return _digest((self.check, self.key, self.subject))

    @property
    def evidence_digest(self) -> str:
        """Another one where what was seen is another. Line numbers do not count: lines move."""
        return _digest(f"{each.place}\n{each.text}" for each in self.evidence)


def _digest(parts: Iterable[str]) -> str:
    return sha256(msgspec.json.encode(list(parts))).hexdigest()[:FINGERPRINT]


class CheckResult(Struct, frozen=True, kw_only=True):
    """What one check came to. `ran`: to its end; where not, one of the findings says why."""

    check: str
    title: str
    ran: bool
    seconds: float
    findings: tuple[Finding, ...]

    @property
    def worst(self) -> Severity:
        """The worst severity among its findings; pass where there are none."""
        return min((f.severity for f in self.findings), key=SEVERITIES.index, default="pass")


class Report(Struct, frozen=True, kw_only=True):
    """Everything that was found about one target. `at`: UTC, ISO 8601."""

    target: str
    digest: str
    """The target's own fingerprint: SHA-256 of what was looked at."""
    at: str
    checks: tuple[CheckResult, ...]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings, worst first; those alike in the order of their checks."""
        found = [finding for check in self.checks for finding in check.findings]
        return tuple(sorted(found, key=lambda f: SEVERITIES.index(f.severity)))

    def count(self, severity: Severity) -> int:
        """How many findings are of a severity."""
        return sum(finding.severity == severity for finding in self.findings)

    @property
    def closes_the_gate(self) -> bool:
        """Whether it must not go on as it is. What is not known counts as if it inhibited."""
        return any(finding.severity in ("inhibitor", "unknown") for finding in self.findings)

    @property
    def asks_somebody(self) -> bool:
        """Whether there is anything that a person has to look at."""
        return any(finding.severity in ASK_SOMEBODY for finding in self.findings)


def unknown(check: str, why: str, key: str = "could-not-run") -> Finding:
    """A check, or a part of one, that could not be done: never a pass."""
    return Finding(check=check, key=key, severity="unknown", title=why)

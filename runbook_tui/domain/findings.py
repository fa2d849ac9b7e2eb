"""What a check found: the one model for intake, preflight, their reports and the run.

A finding has a key that its check chose and that stays when the words change, so that what was
decided about it still holds after its title was reworded; and a digest of its evidence, so that
it does not hold any more once what was looked at is another.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b, sha256
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


class Edit(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A change of one line of one file. It holds no more of the line than what is replaced: the
    rest of a line may be secret.
    """

    path: str
    """Absolute."""
    line: int
    """From 1."""
    digest: str
    """`line_digest` of the line as it was seen; where it is another by now, nothing is done."""
    find: str = ""
    """What is replaced, everywhere in the line; empty: `put` is put before the line."""
    put: str


class Remedy(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the program can do about a finding when it is told to: edits, or a command."""

    label: str
    """What it does, as an order: ``Comment the job out``."""
    edits: tuple[Edit, ...] = ()
    argv: tuple[str, ...] = ()
    undo: tuple[str, ...] = ()
    """What takes `argv` back; edits take themselves back."""
    effect: str = "file"
    """The kind of side effect that it leaves (an `EffectKind`)."""
    target: str = ""
    """What it changes, as people call it."""


class Finding(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing a check has to say. `subject`: what it is about, where a key comes up often."""

    check: str
    key: str
    severity: Severity
    title: str
    subject: str = ""
    evidence: tuple[Evidence, ...] = ()
    remediation: str = ""
    """What a person can do about it, in words."""
    remedies: tuple[Remedy, ...] = ()

    @property
    def fingerprint(self) -> str:
        """The same for the same thing found again, whatever the words and the evidence."""
        return _digest((self.check, self.key, self.subject))

    @property
    def evidence_digest(self) -> str:
        """Another one where what was seen is another. Line numbers do not count: lines move."""
        return _digest(f"{each.place}\n{each.text}" for each in self.evidence)


def line_digest(line: bytes) -> str:
    """What tells a line from what it was: of its bytes without the line's end."""
    return sha256(line.rstrip(b"\r\n")).hexdigest()[:FINGERPRINT]


def keyed(digest: str, key: bytes) -> str:
    """A `line_digest` that only who has the key can compare with a guess of the line."""
    if not key:
        return digest
    return blake2b(digest.encode(), key=key, digest_size=FINGERPRINT // 2).hexdigest()


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

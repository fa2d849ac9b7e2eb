"""Makes findings about certificates."""

from __future__ import annotations

from collections.abc import Iterable

from runbook_tui.domain.findings import Finding, Severity
from runbook_tui.domain.text import safe_line
from runbook_tui.preflight.x509.describing import evidence, evidences, subject_text
from runbook_tui.preflight.x509.reading import Found
from runbook_tui.preflight.x509.rules import Said

NAME = "certificates"


def told(said: Said, found: Found) -> Finding:
    """What a rule said."""
    return finding(said.key, said.severity, said.words, found, said.remediation)


def finding(
    key: str,
    severity: Severity,
    words: str,
    found: Found,
    remediation: str = "",
    more: Iterable[Found] = (),
) -> Finding:
    """About one certificate, in `words` that go after its name or have it."""
    name = subject_text(found.cert)
    place = safe_line(found.place)
    title = words if words.startswith(name) or f" {name} " in f"{words} " else f"{name} {words}"
    return Finding(
        check=NAME, key=key, severity=severity, title=safe_line(f"{place}: {title}", 300),
        subject=f"{place}: {name}", evidence=(evidence(found), *evidences(more)),
        remediation=remediation,
    )  # fmt: skip


def bundle(
    key: str,
    severity: Severity,
    title: str,
    place: str,
    concerned: list[Found],
    remediation: str = "",
) -> Finding:
    """About some of a file."""
    names = ", ".join(subject_text(each.cert) for each in concerned[:5])
    return Finding(
        check=NAME, key=key, severity=severity, title=safe_line(title, 300),
        subject=f"{place}: {names}", evidence=evidences(concerned), remediation=remediation,
    )  # fmt: skip

"""Findings as others write them: in JSON on a command's output, or out of an extension."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from runbook_tui.domain.findings import Evidence, Finding, Severity
from runbook_tui.domain.redact import Redactor
from runbook_tui.domain.text import safe_line

LONGEST_TITLE = 200
LONGEST_TEXT = 300
_Key = Annotated[str, Meta(pattern=r"^[a-z0-9]+(?:[._-][a-z0-9]+)*\Z", max_length=80)]


class SaidEvidence(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was seen, and where."""

    place: Annotated[str, Meta(min_length=1, max_length=1000)]
    line: Annotated[int, Meta(ge=0, le=2**31)] = 0
    text: Annotated[str, Meta(max_length=100_000)] = ""


class SaidFinding(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One finding. `key` is its own and stays when the title changes; `subject` tells findings of
    one key apart.
    """

    key: _Key
    severity: Severity
    title: Annotated[str, Meta(min_length=1, max_length=10_000)]
    subject: Annotated[str, Meta(max_length=1000)] = ""
    evidence: Annotated[tuple[SaidEvidence, ...], Meta(max_length=200)] = ()
    remediation: Annotated[str, Meta(max_length=10_000)] = ""


class SaidFindings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole document."""

    findings: Annotated[tuple[SaidFinding, ...], Meta(max_length=2000)]


def as_said(value: object) -> SaidFinding:
    """What a mapping or a `Finding` says. Raises ValueError with the reason where it is neither."""
    if isinstance(value, Finding):
        value = msgspec.to_builtins(value)
        assert isinstance(value, dict)
        for field in ("check", "remedies"):
            value.pop(field, None)
    if not isinstance(value, Mapping):
        raise ValueError(f"a finding is no mapping but {type(value).__name__}")
    try:
        return msgspec.convert(dict(value), SaidFinding)
    except msgspec.ValidationError as error:
        raise ValueError(safe_line(str(error), LONGEST_TEXT)) from error


def as_finding(check: str, said: SaidFinding, secrets: Mapping[str, str]) -> Finding:
    """The finding, without secrets and with nothing in it that a terminal would obey."""

    def clean(text: str, limit: int) -> str:
        return safe_line(Redactor(secrets).text(text), limit)

    return Finding(
        check=check, key=said.key, severity=said.severity,
        title=clean(said.title, LONGEST_TITLE) or said.key,
        subject=clean(said.subject, LONGEST_TEXT),
        evidence=tuple(
            Evidence(
                place=clean(each.place, LONGEST_TEXT), line=each.line,
                text=clean(each.text, LONGEST_TEXT),
            )
            for each in said.evidence
        ),
        remediation=clean(said.remediation, 1000),
    )  # fmt: skip

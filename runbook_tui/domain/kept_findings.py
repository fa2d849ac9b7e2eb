"""Findings as the log keeps them: redacted, safe, one to a line of JSON."""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Sequence
from hashlib import sha256

import msgspec

from runbook_tui.domain.findings import Edit, Finding, Remedy
from runbook_tui.domain.redact import Redactor
from runbook_tui.domain.text import safe_line, safe_text

PLACES = 5_000
"""Places of one finding that are kept one by one; the number of all is kept as well."""
SHOWN = 12
"""Edits that are told one by one."""
_HARMLESS_UNDO = (
    re.compile(r"systemctl\0enable\0--now\0[A-Za-z0-9][^\0]*"),
    re.compile(r"chmod\0[ugo]{1,3}\+x\0--\0/[^\0]+"),
)
"""What takes back a command of the program's own checks, and can do no more than that."""


class KeptFinding(msgspec.Struct, frozen=True, kw_only=True):
    """A finding with its marks, which are those of what is left of it after cleaning.

    A hash of what was taken out would give a secret away to whoever tries all likely ones.
    """

    fingerprint: str
    digest: str
    places: int
    finding: Finding


def kept_finding(finding: Finding, redactor: Redactor) -> KeptFinding:
    """The finding with its texts redacted and safe. A remedy that a secret would have to be taken
    out of is left out: it would do something else."""

    def clean(text: str) -> str:
        return safe_text(redactor.text(text))

    def whole(remedy: Remedy) -> bool:
        parts = [*remedy.argv, *remedy.undo, remedy.target, remedy.label]
        parts += [text for edit in remedy.edits for text in (edit.path, edit.find, edit.put)]
        return all(clean(part) == part for part in parts)

    cleaned = msgspec.structs.replace(
        finding,
        title=clean(finding.title),
        subject=clean(finding.subject),
        remediation=clean(finding.remediation),
        evidence=tuple(
            msgspec.structs.replace(each, place=clean(each.place), text=clean(each.text))
            for each in finding.evidence
        ),
        remedies=tuple(each for each in finding.remedies if whole(each)),
    )
    return KeptFinding(
        fingerprint=cleaned.fingerprint,
        digest=cleaned.evidence_digest,
        places=len(finding.evidence),
        finding=msgspec.structs.replace(cleaned, evidence=cleaned.evidence[:PLACES]),
    )


def told_apart(findings: Sequence[KeptFinding]) -> list[KeptFinding]:
    """The findings, each with a fingerprint of its own: what two of them share, be it because a
    secret was all that told them apart, nobody could answer."""
    taken: set[str] = set()
    times: Counter[str] = Counter()
    apart = []
    for each in findings:
        alone = each
        while alone.fingerprint in taken:
            times[each.fingerprint] += 1
            subject = f"{each.finding.subject} ({times[each.fingerprint] + 1})".strip()
            finding = msgspec.structs.replace(each.finding, subject=subject)
            alone = msgspec.structs.replace(each, finding=finding, fingerprint=finding.fingerprint)
        taken.add(alone.fingerprint)
        apart.append(alone)
    return apart


def as_evidence(findings: Sequence[KeptFinding]) -> bytes:
    """The content of the evidence: a line of JSON a finding."""
    return b"".join(msgspec.json.encode(each) + b"\n" for each in findings)


def sealed(content: bytes) -> str:
    """What the event says of its evidence, so that no other can be put in its place."""
    return sha256(content).hexdigest()


def from_evidence(content: bytes) -> tuple[KeptFinding, ...]:
    """The findings of an evidence; none where it is not one of ours."""
    try:
        return tuple(
            msgspec.json.decode(line, type=KeptFinding) for line in content.splitlines() if line
        )
    except msgspec.DecodeError:
        return ()


def remedy_lines(remedy: Remedy, *, undo: bool = False) -> tuple[str, ...]:
    """What a remedy does, or what takes it back, in lines for a person."""
    if remedy.argv:
        argv = remedy.undo if undo else remedy.argv
        return (f"$ {safe_line(shlex.join(argv))}",) if argv else ()
    lines = [_edit_line(edit, undo) for edit in remedy.edits[:SHOWN]]
    alike = {(edit.find, edit.put) for edit in remedy.edits[:SHOWN]}
    rest = remedy.edits[SHOWN:]
    # What is not told in full does to another place what was told of one.
    lines += [_edit_line(edit, undo) for edit in rest if (edit.find, edit.put) not in alike]
    same = [edit for edit in rest if (edit.find, edit.put) in alike]
    if same:
        files = ", ".join(dict.fromkeys(safe_line(edit.path) for edit in same))
        lines.append(f"and {len(same)} more places alike, in {files}")
    return tuple(lines)


def undo_can_be_trusted(remedy: Remedy) -> bool:
    """Whether what takes a remedy back may be done by what a log says of it alone.

    Nothing can be looked at again to see whether it is still proposed: what it cured is gone. An
    edit is bound to the line it left by a digest that nobody else can make.
    """
    words = "\0".join(remedy.undo)
    return not remedy.argv or any(each.fullmatch(words) for each in _HARMLESS_UNDO)


def _edit_line(edit: Edit, undo: bool) -> str:
    where = safe_line(f"{edit.path}:{edit.line}")
    if not edit.find:
        put = safe_line(repr(edit.put))
        return f"{where}: {'take' if undo else 'put'} {put} {'from' if undo else 'before'} the line"
    old, new = (edit.put, edit.find) if undo else (edit.find, edit.put)
    return f"{where}: {safe_line(old)} becomes {safe_line(new)}"

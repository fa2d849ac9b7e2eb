"""What a package will do: units it starts, jobs it schedules, hosts it talks to, accounts it makes,
rights it takes. Read from its text; nothing of it is run. What a program without source does is not
seen here, and the inventory names those.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from runbook_tui.domain.findings import Evidence, Finding, Severity
from runbook_tui.domain.redact import MARK, redact
from runbook_tui.domain.text import safe_line
from runbook_tui.preflight.check import Check
from runbook_tui.preflight.checks.action_rules import EXECUTABLE, RULES
from runbook_tui.preflight.package.kinds import FileKind, file_kind
from runbook_tui.preflight.package.members import Member, Package
from runbook_tui.preflight.secrets.commands import in_line

NAME = "planned-actions"
LONGEST_LINE = 2_000
"""Letters of a line that are looked at; what is longer is made by no hand."""
SHOWN = 160
_JOB = re.compile(r"\s*((?:[\d*/,A-Za-z-]+\s+){4}[\d*/,A-Za-z-]+|@\w+)\s+(\S.*)")
_CALENDAR = re.compile(r"\s*(On\w+)\s*=\s*(\S.*)")
_PASSWORD = re.compile(r"(\b(?:useradd|usermod)\s(?:[^|;&]*\s)?-p\s{0,4})[^\s|;&]+")
_RUNS_AS_ROOT = re.compile(r"\s*User\s*=\s*(root|0)\s*$")
_SYSUSER = re.compile(r"[ugm]!?\s+(\S+)")
_NO_HOSTS = frozenset({"localhost", "127.0.0.1", "example.com", "example.org", "www.w3.org"})


def find(package: Package) -> Iterator[Finding | None]:
    """What is going to happen where it is installed; the same thing once, with all its places."""
    found: dict[tuple[str, str], tuple[Severity, str, list[Evidence]]] = {}
    for member in package.files():
        yield None
        for key, severity, words, subject, evidence in _in_file(member):
            entry = found.setdefault((key, subject), (severity, words, []))
            entry[2].append(evidence)
    for (key, subject), (severity, words, places) in found.items():
        yield Finding(
            check=NAME, key=key, severity=severity, title=f"{words} {subject}".strip(),
            subject=subject, evidence=tuple(places),
        )  # fmt: skip


_Seen = tuple[str, Severity, str, str, Evidence]


def _in_file(member: Member) -> Iterator[_Seen]:
    kind = file_kind(member)
    text = member.text
    if text is None:
        if kind in EXECUTABLE:
            words = "cannot be read as text, so what it does is not known:"
            yield "not-readable", "unknown", words, member.path, Evidence(place=member.path)
        return
    for number, line in enumerate(text.splitlines(), 1):
        line = line[:LONGEST_LINE]
        if not line.strip() or line.lstrip().startswith(("#", "//", "--", ";")):
            continue
        line = _without_values(line)
        seen = Evidence(place=member.path, line=number, text=safe_line(line.strip(), SHOWN))
        yield from _by_rules(kind, line, seen)
        yield from _by_kind(kind, member, line, seen)


def _without_values(line: str) -> str:
    """A line without what stands in it for a password, also behind options such as `curl -u`."""
    for passed in sorted(in_line(line), key=lambda each: each.begin, reverse=True):
        line = line[: passed.begin] + MARK + line[passed.end :]
    return redact(_PASSWORD.sub(rf"\1{MARK}", line))


def _by_rules(kind: FileKind, line: str, seen: Evidence) -> Iterator[_Seen]:
    for rule in RULES:
        if kind not in rule.kinds:
            continue
        for match in rule.pattern.finditer(line):
            subject = redact(match[1].strip("\"'"))
            if rule.key == "host" and subject.lower() in _NO_HOSTS:
                continue
            yield rule.key, rule.severity, rule.words, safe_line(subject, SHOWN), seen


def _by_kind(kind: FileKind, member: Member, line: str, seen: Evidence) -> Iterator[_Seen]:
    if kind == "cron" and (job := _JOB.match(line)):
        yield "job", "high", "schedules", safe_line(f"{job[1]}: {redact(job[2])}", SHOWN), seen
    if kind == "unit":
        if member.path.endswith(".timer") and (when := _CALENDAR.match(line)):
            subject = f"{member.path}: {when[1]}={when[2]}"
            yield "job", "high", "schedules", safe_line(subject, SHOWN), seen
        if _RUNS_AS_ROOT.match(line):
            yield "rights", "warning", "runs as root:", member.path, seen
    if "sysusers.d/" in member.path and (user := _SYSUSER.match(line)):
        yield "account", "warning", "makes the account", safe_line(user[1]), seen


CHECK: Check[Package] = Check(NAME, "What it will do", find)

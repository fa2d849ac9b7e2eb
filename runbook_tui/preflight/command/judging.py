"""What the end of a command means: exit 0 passes, 1 warns, 2 inhibits, any other is unknown; or
findings as JSON on its standard output, which never make it better than its exit says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import msgspec

from runbook_tui.domain.findings import SEVERITIES, Evidence, Finding, Severity
from runbook_tui.domain.redact import Redactor
from runbook_tui.domain.text import safe_line
from runbook_tui.preflight.command.said import SaidFinding, SaidFindings, as_finding

LAST_LINES = 20
SHOWN = 160
READ = 128 * 1024
"""Characters of a stream's end that are looked at for its last lines."""
_EXITS: dict[int, tuple[Severity, str]] = {
    0: ("pass", "passed"),
    1: ("warning", "warns"),
    2: ("inhibitor", "inhibits"),
}
_FINDINGS = re.compile(r'"findings"\s*:\s*\[')
_KEY_BEGINS = "-----BEGIN "
_KEY_END = re.compile(r"-----END [A-Z0-9 ]{0,60}PRIVATE KEY[A-Z ]{0,20}-----")


@dataclass(frozen=True)
class Ending:
    """How a command ended: here, or on one host."""

    exit: int | None
    """Negative is a signal; None where it did not end by itself, and `trouble` says why."""
    out: str = ""
    err: str = ""
    trouble: str = ""
    cut: bool = False
    """Whether it said more than was kept."""
    subject: str = ""
    """What tells it from others of the same check: the host."""
    secrets: Mapping[str, str] = field(default_factory=dict)


def judge(check: str, name: str, ending: Ending) -> Iterator[Finding]:
    """The findings of one ending. `name`: what people call the command."""
    code = ending.exit
    if code is None:
        why = safe_line(Redactor(ending.secrets).text(ending.trouble), SHOWN) or "it did not end"
        yield _by_exit(check, name, ending, "not-run", "unknown", f"could not be run: {why}")
        return
    said, trouble = _said(ending)
    if trouble:
        yield _by_exit(check, name, ending, "malformed", "unknown", f"its JSON: {trouble}")
        return
    if said is None:
        yield _exit_finding(check, name, ending, code)
        return
    seen: set[tuple[str, str]] = set()
    for each in said:
        if (each.key, each.subject) in seen:
            words = f"says {safe_line(each.key)} twice about the same subject"
            yield _by_exit(check, name, ending, "malformed", "unknown", words)
            continue
        seen.add((each.key, each.subject))
        yield _of(as_finding(check, each, ending.secrets), ending)
    worst = min((each.severity for each in said), key=SEVERITIES.index, default="pass")
    if (
        code not in _EXITS
        or not said
        or SEVERITIES.index(_EXITS[code][0]) < SEVERITIES.index(worst)
    ):
        yield _exit_finding(check, name, ending, code)


def _said(ending: Ending) -> tuple[tuple[SaidFinding, ...] | None, str]:
    """The findings in the output; None where it is no document of them, and what is wrong with
    one that is.
    """
    text = ending.out.strip("\ufeff \t\r\n\f\v")
    if not text.startswith("{"):
        # Findings behind other words would be lost, and a check that has some would pass.
        about = _FINDINGS.search(text[-READ:])
        return None, "something stands before it" if about else ""
    try:
        document = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        # Other JSON is no matter; something that was to be findings is.
        cut = "there was more of it than is kept" if ending.cut else safe_line(str(error), SHOWN)
        return None, cut if _FINDINGS.search(text) else ""
    if not isinstance(document, dict) or "findings" not in document:
        return None, ""
    try:
        return msgspec.convert(document, SaidFindings).findings, ""
    except msgspec.ValidationError as error:
        return None, safe_line(str(error), SHOWN)


def _exit_finding(check: str, name: str, ending: Ending, code: int) -> Finding:
    if code in _EXITS:
        severity, words = _EXITS[code]
        gist = _gist(ending)
        return _by_exit(check, name, ending, "exit", severity, f"{words}{gist}")
    how = f"ended by signal {-code}" if code < 0 else f"ended with {code}, which means nothing here"
    return _by_exit(check, name, ending, "exit", "unknown", f"{how}{_gist(ending)}")


def _by_exit(
    check: str, name: str, ending: Ending, key: str, severity: Severity, words: str
) -> Finding:
    where = f" on {safe_line(ending.subject, 80)}" if ending.subject else ""
    return Finding(
        check=check, key=key, severity=severity, subject=safe_line(ending.subject, SHOWN),
        title=safe_line(f"{name}{where}: {words}", 200),
        evidence=(*_lines(ending, "stdout", ending.out), *_lines(ending, "stderr", ending.err)),
    )  # fmt: skip


def _of(finding: Finding, ending: Ending) -> Finding:
    """A finding of one host: its subject says so."""
    if not ending.subject:
        return finding
    subject = f"{ending.subject}: {finding.subject}" if finding.subject else ending.subject
    return msgspec.structs.replace(finding, subject=safe_line(subject, 300))


def _gist(ending: Ending) -> str:
    for stream in (ending.out, ending.err):
        lines = [line for line in _clean(ending, stream) if line.strip()]
        if lines:
            return f": {safe_line(lines[-1], 120)}"
    return ""


def _lines(ending: Ending, stream: str, text: str) -> Iterator[Evidence]:
    """The last lines; numbered from the stream's beginning where that was kept."""
    lines = _clean(ending, text)
    first = text.count("\n", 0, max(0, len(text) - READ)) + max(0, len(lines) - LAST_LINES)
    place = f"{ending.subject} {stream}".strip()
    for number, line in enumerate(lines[-LAST_LINES:], first + 1):
        yield Evidence(place=safe_line(place, 120), line=number, text=safe_line(line, SHOWN))


def _clean(ending: Ending, text: str) -> list[str]:
    """The lines of a stream's end without secrets."""
    end = text[-READ:].replace("\r\n", "\n")
    before = text[:-READ]
    in_key = before.rfind(_KEY_BEGINS) > before.rfind("-----END ")
    closes = _KEY_END.search(end)
    if ending.cut and closes is not None:
        # Its beginning is not here: nothing else shows that those lines are a private key.
        in_key = in_key or not 0 <= end.find(_KEY_BEGINS) < closes.start()
    if in_key:
        hidden = end[: closes.end()] if closes is not None else end
        end = "\n" * hidden.count("\n") + end[len(hidden) :]
    return Redactor(ending.secrets).text(end).rstrip("\n").split("\n") if end.strip() else []

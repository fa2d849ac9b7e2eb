"""The rules by which the text of a package tells what it will do. Data; see `planned_actions`.

Each quantifier is bounded, so that no line makes a rule slow.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from runbook_tui.domain.findings import Severity
from runbook_tui.preflight.package.kinds import FileKind

EXECUTABLE: frozenset[FileKind] = frozenset({"script", "code", "unit", "cron", "migration"})
TALKS: frozenset[FileKind] = frozenset({*EXECUTABLE, "config", "other"})


@dataclass(frozen=True)
class Rule:
    """A pattern whose first group is what it is about."""

    key: str
    severity: Severity
    words: str
    pattern: re.Pattern[str]
    kinds: frozenset[FileKind]


def _rule(
    key: str,
    severity: Severity,
    words: str,
    *pattern: str,
    kinds: frozenset[FileKind] = EXECUTABLE,
) -> Rule:
    return Rule(key, severity, words, re.compile("".join(pattern)), kinds)


_OPTIONS = r"(?:-\S{1,80}\s+(?:[A-Za-z]{1,40}=\S{1,80}\s+)?){0,8}"
_BELOW = r"(?:[\w$\"{}.-]{1,80}/){0,12}"
RULES = (
    _rule(
        "unit",
        "warning",
        "changes the state of unit",
        r"\bsystemctl\s+" + _OPTIONS,
        r"(?:enable|start|restart|reload|stop|disable|mask)\s+" + _OPTIONS,
        r"([\w@.:\\-]{1,120})",
    ),
    _rule(
        "unit",
        "warning",
        "changes the state of service",
        r"\bservice\s+([\w.-]{1,80})\s+(?:re)?(?:start|stop|load)",
        kinds=frozenset({"script", "cron"}),
    ),
    _rule("job", "warning", "schedules by", r"(?:^|[\s|;&(])(crontab)\s+(?!-l\b)\S"),
    _rule("job", "warning", "schedules by", r"(?:^|[|;&(]\s?)(at|batch)\s+(?:now|-f|\d)"),
    _rule("job", "warning", "puts a job into", r"(/?", _BELOW, r"etc/cron[\w.]*(?:/[\w.-]*)?)"),
    _rule(
        "account",
        "warning",
        "makes the account",
        r"\b(?:useradd|adduser|groupadd|addgroup)\s[^;&|#]{0,300}?([\w.-]{1,40})\s*(?:$|[;&|#])",
    ),
    _rule(
        "account",
        "warning",
        "makes the database role",
        r"(?i)\bcreate\s+(?:role|user)\s+(?:if\s+not\s+exists\s+)?[\"'`]?([\w-]{1,60})",
    ),
    _rule(
        "rights",
        "high",
        "gives rights by",
        r"(/?",
        _BELOW,
        r"etc/sudoers(?:\.d(?:/[\w.-]*)?)?)",
    ),
    _rule(
        "rights",
        "high",
        "opens to everybody:",
        r"\bchmod\s+" + _OPTIONS,
        r"((?:0?[0-7]?[0-7][0-7][2367]|[ao]\+[rwxXst]*w[rwxXst]*)\s+\S{1,80})",
    ),
    _rule(
        "unchecked",
        "high",
        "does not check who answers:",
        r"(StrictHostKeyChecking=no|--insecure\b|--no-check-certificate|verify\s*=\s*False)",
        kinds=TALKS,
    ),
    _rule(
        "unchecked",
        "high",
        "does not check who answers:",
        r"\b(curl)\b[^\n|;]{0,200}\s-[a-zA-Z]{0,5}k\b",
    ),
    _rule(
        # The options of a command go on in the next line.
        "unchecked",
        "high",
        "does not check who answers:",
        r"^\s+(-k)\s+-",
    ),
    _rule(
        "runs-download",
        "high",
        "runs what it downloads:",
        r"\b((?:curl|wget)\b[^\n|;]{0,300}\|\s*(?:sudo\s+)?(?:ba|da|z)?sh\b)",
    ),
    _rule(
        "host",
        "warning",
        "talks to",
        r"\b[a-zA-Z][a-zA-Z0-9+.-]{1,20}://(?:[^\s/@\"'<>]{1,100}@)?",
        r"([\w.-]{1,253}(?::\d{1,5})?)",
        kinds=TALKS,
    ),
    _rule(
        "host",
        "warning",
        "talks to",
        r"(?i)\b\w{0,40}host(?:name)?\s*[:=]\s*[\"']?",
        r"((?=[\w.-]{0,253}[a-z])[\w-]{1,63}(?:\.[\w-]{1,63}){1,10}+)(?!\()",
        kinds=TALKS,
    ),
    _rule(
        "host",
        "warning",
        "talks to",
        r"\b(?:ssh|scp|sftp|rsync|nc|telnet|psql\s+-h|mysql\s+-h)\s+" + _OPTIONS,
        r"(?:[\w.-]{1,60}@)?((?:[\w-]{1,63}\.){1,10}[a-zA-Z]{2,24})\b",
    ),
)

"""What looking at a machine gives: findings, and words for what is fine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from runbook_tui.domain.findings import Finding
from runbook_tui.domain.text import safe_line

NAME = "host"
SHOWN = 160


@dataclass(frozen=True)
class Fine:
    """Something that was looked at and is as it should be, in words."""

    words: str


Answers = Iterator[Finding | Fine | None]
"""None: still at it."""


def not_known(key: str, why: str, subject: str = "") -> Finding:
    """Something that could not be looked at."""
    return Finding(
        check=NAME, key=key, severity="unknown", subject=subject, title=safe_line(why, SHOWN * 2)
    )

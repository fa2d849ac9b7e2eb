"""Who reads a message, by the words of the runbook."""

from __future__ import annotations

import re

from runbook_tui.domain.messages.kinds import Audience

_INSIDE = frozenset(
    {
        "internal", "support", "on-call", "oncall", "ops", "operations", "operators",
        "engineering", "engineers", "developers", "staff", "colleagues", "team", "teams",
        "devops", "sre",
    }
)  # fmt: skip
_ABOVE = frozenset(
    {"executive", "executives", "management", "board", "leadership", "directors", "c-level"}
)


def audience_of(words: str) -> Audience:
    """The one that a text for all of them is written for: one reader from outside makes it one for
    outside."""
    return audiences_of(words)[0]


def audiences_of(words: str) -> tuple[Audience, ...]:
    """All that are named, those from outside first; at least one."""
    parts = [part for part in re.split(r"[,;/&+]|\band\b", words.lower()) if part.strip()]
    found = {_part(part) for part in parts} or {"customers"}
    order: tuple[Audience, ...] = ("customers", "executives", "internal")
    return tuple(each for each in order if each in found)


def _part(words: str) -> Audience:
    named = [word for word in re.split(r"[^\w-]+", words) if word]
    if named and all(word in _INSIDE for word in named):
        return "internal"
    if any(word in _ABOVE for word in named):
        return "executives"
    return "customers"

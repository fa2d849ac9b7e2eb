"""Puts new facts into a text that a hand may have changed: only their words, and only where it is
plain which fact they are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from runbook_tui.domain.messages.events import UsedFact

SHORTEST = 3
"""Characters of words that are looked for: shorter ones stand in any text."""


def renewed_text(
    text: str,
    used: Iterable[UsedFact],
    changed: Mapping[str, tuple[UsedFact, UsedFact]],
) -> tuple[str, tuple[str, ...]]:
    """The text with the new words of facts in place of the old ones, all at once, and the names of
    those that changed and were not put in: their words are not there, or could be another fact's.
    Everything else stays as it is, to the byte.
    """
    becomes: dict[str, set[str]] = {}
    for fact in used:
        new = changed[fact.name][1] if fact.name in changed else fact
        becomes.setdefault(fact.words, set()).add(new.words)
    there: set[str] = set()

    def put(match: re.Match[str]) -> str:
        words = match.group()
        if len(becomes[words]) > 1:
            return words
        (new,) = becomes[words]
        if not new:
            return words
        there.add(words)
        return new

    known = sorted((words for words in becomes if len(words) >= SHORTEST), key=len, reverse=True)
    if known:
        # Never a part of a longer word, number or time.
        one = "|".join(map(re.escape, known))
        text = re.sub(rf"(?<![\w.,:/-])(?:{one})(?!\w|[.,:/-]\w)", put, text)
    return text, tuple(name for name, (old, _) in changed.items() if old.words not in there)

"""How hard a text is to read."""

from __future__ import annotations

import re

from runbook_tui.domain.messages.times import sentences

_WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")


def reading_grade(text: str) -> int | None:
    """The school grade, from 1, that is needed to read a text; None where it is too short to say.

    The automated readability index of Senter and Smith (AMRL-TR-66-220, 1967), rounded up as there:
    4.71 × characters per word + 0.5 × words per sentence - 21.43. It counts letters, not
    syllables, so it needs no dictionary and follows every key press.
    """
    words = _WORD.findall(text)
    if len(words) < 10:
        return None
    letters = sum(sum(c.isalnum() for c in word) for word in words)
    spans = sum(1 for start, end in sentences(text) if _WORD.search(text, start, end))
    score = 4.71 * letters / len(words) + 0.5 * len(words) / spans - 21.43
    return max(1, -int(-score // 1))

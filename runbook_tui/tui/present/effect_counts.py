"""Side effects in a few words: how many stand how, and what nobody declared."""

from __future__ import annotations

from runbook_tui.domain.effects.naming import name_of
from runbook_tui.domain.effects.residue import residue
from runbook_tui.domain.state import RunState
from runbook_tui.domain.text import safe_line
from runbook_tui.tui.present.effects import LEFT, STANDS


def counted(state: RunState) -> list[tuple[str, str]]:
    """How many effects are there, how many nobody can look at, how many nobody knows of and how
    many are left over, each with its style; the last three only where there are any."""
    ledger = state.effects.ledger.values()
    if not ledger:
        return [("empty", "$quiet")]
    found = {p: sum(each.presence == p for each in ledger) for p in STANDS}
    open_ones = sum(each.effect.answer is None for each in residue(state))
    parts = [
        (len(ledger), f"{found['there']} of {len(ledger)} there", ""),
        (found["unprobed"], f"{found['unprobed']} not seen", "$quiet"),
        (found["unknown"], f"{found['unknown']} UNKNOWN", "bold $error"),
        (open_ones, f"⚠ {open_ones} {LEFT}", "bold $warning"),
    ]
    return [(words, style) for count, words, style in parts if count]


def undeclared_words(state: RunState) -> str:
    """What was found that nobody declared and nobody answers for; "" where there is none."""
    found = [
        each.effect
        for each in residue(state)
        if each.effect.source == "found" and each.effect.answer is None
    ]
    taken = state.effects.rolling
    if taken is not None:
        meant = {n for numbers in taken.takes.values() for n in numbers}
        found = [each for each in found if each.number not in meant]
    if not found:
        return ""
    more = f" and {len(found) - 1} more" if len(found) > 1 else ""
    return f"⚠ undeclared: {safe_line(name_of(found[0]), 60)}{more}"

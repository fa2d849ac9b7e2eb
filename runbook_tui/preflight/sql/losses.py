"""Says what a migration throws away for good."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from runbook_tui.preflight.sql.acts import Act
from runbook_tui.preflight.sql.judgement import Judgement
from runbook_tui.preflight.sql.planning import Step

_WHOLE = ("integer", "bigint", "smallint")
_EXACT = ("numeric", "double precision", "real", "float", "double")


def losses(steps: Sequence[Step], copied: set[str]) -> Iterator[Judgement]:
    """Data that no way back brings back. `copied`: tables that are replaced by their copies."""
    away: dict[str, str] = {}
    for n, step in enumerate(steps):
        for act in step.acts:
            if act.kind == "rename-table":
                away[act.to] = act.name
            of_copy = act.table in copied or away.get(act.table) in copied
            what = _lost(act)
            if what and act.table not in step.made and not of_copy:
                yield Judgement(
                    "loses-data", "high", f"{what}: no way back brings that back",
                    f"{act.kind} {act.thing}", (n,), "A backup of it first, or later: leave it"
                    " until nobody needs to go back.",
                )  # fmt: skip


def _lost(act: Act) -> str:
    if act.kind == "drop-table":
        return f"the table {act.table} is dropped"
    if act.kind == "drop-column":
        return f"the column {act.thing} is dropped"
    if act.kind == "truncate":
        return f"{act.table} is emptied"
    if act.kind == "delete" and not act.filtered:
        return f"every row of {act.table} is deleted"
    if act.kind == "alter-column-type" and act.before and narrows(act.before, act.detail):
        return f"{act.thing} goes from {act.before} to {act.detail}"
    return ""


def narrows(old: str, new: str) -> bool:
    """Whether a change of type drops a part of the values."""
    was, becomes = old.partition("(")[0], new.partition("(")[0]
    if was.startswith(_EXACT) and becomes in _WHOLE:
        return True
    if was.startswith("timestamp") and becomes in ("date", "time"):
        return True
    if was in ("double precision", "double") and becomes in ("real", "float"):
        return True
    scale_was, scale_becomes = _scale(old), _scale(new)
    if was == becomes == "numeric" and scale_was is not None and scale_becomes is not None:
        return scale_becomes < scale_was
    return was == "timestamp with time zone" and becomes == "timestamp"


def _scale(spelled: str) -> int | None:
    inside = spelled.partition("(")[2].rstrip(")").split(",")
    if not inside[0].isdigit():
        return None
    return int(inside[1]) if len(inside) > 1 and inside[1].strip().isdigit() else 0

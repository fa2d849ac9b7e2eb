"""Finds the migration that takes no lock: it copies a table and puts the copy in its place, and
nothing keeps others from writing in between. What they write is lost, or fails.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from runbook_tui.preflight.sql.acts import Act
from runbook_tui.preflight.sql.locks import BLOCKS_WRITES
from runbook_tui.preflight.sql.planning import Step
from runbook_tui.preflight.sql.statements import boundary
from runbook_tui.preflight.sql.tokens import Dialect


@dataclass(frozen=True)
class Copy:
    """A table that is replaced by a copy of itself, from one step to another."""

    table: str
    first: int
    last: int


@dataclass
class _Seen:
    copies: dict[str, tuple[str, int]] = field(default_factory=dict)
    """New table → whose rows it got, and when."""
    away: dict[str, tuple[str, int]] = field(default_factory=dict)
    """New name → the name before, and when."""
    dropped: dict[str, int] = field(default_factory=dict)
    made: set[str] = field(default_factory=set)
    synced: set[str] = field(default_factory=set)
    """Tables with a trigger from this migration: it may carry over what others write."""


def unguarded_copies(steps: Sequence[Step], dialect: Dialect, wrapped: bool) -> Iterator[Copy]:
    """Copies whose original others can write to between the copy and the swap."""
    for found in _copies(steps):
        if not _guarded(found, steps, dialect, wrapped):
            yield found


def _copies(steps: Sequence[Step]) -> Iterator[Copy]:
    seen = _Seen()
    told: set[str] = set()
    for n, step in enumerate(steps):
        for act in step.acts:
            for copy in _noted(act, n, seen):
                if copy.table not in told and copy.table not in seen.synced:
                    told.add(copy.table)
                    yield copy


def _noted(act: Act, n: int, seen: _Seen) -> Iterator[Copy]:
    if act.kind == "create-trigger":
        seen.synced.add(act.table)
    elif act.kind == "create-table":
        seen.made.add(act.table)
        for source in act.reads:
            seen.copies.setdefault(act.table, (source, n))
    elif act.kind == "insert" and act.table in seen.made:
        for source in act.reads:
            if source in seen.away and seen.away[source][0] == act.table:
                yield Copy(act.table, seen.away[source][1], n)  # renamed, made anew, filled
            elif source in seen.copies and seen.copies[source][0] == act.table:
                yield Copy(act.table, seen.copies[source][1], n)  # copied, dropped, made, filled
            else:
                seen.copies.setdefault(act.table, (source, n))
    elif act.kind == "drop-table":
        seen.dropped[act.table] = n
    elif act.kind == "rename-table":
        copied = seen.copies.get(act.name)
        if copied is not None:
            source = seen.away.get(copied[0], (copied[0], 0))[0]
            if act.to == source or act.to == copied[0]:
                yield Copy(act.to, copied[1], n)
        seen.away[act.to] = (act.name, n)


def _guarded(found: Copy, steps: Sequence[Step], dialect: Dialect, wrapped: bool) -> bool:
    """Whether nobody can write to the table from its copy to the swap."""
    if dialect == "mysql":  # every DDL ends a transaction; only LOCK TABLES goes on over it
        return any(
            act.kind == "lock-table" and act.table == found.table
            for step in steps[: found.first]
            for act in step.acts
        )
    begin = _begin_of_transaction(found, steps, wrapped)
    if begin is None:
        return False
    if dialect == "sqlite":  # its first write keeps all other writers out
        return True
    for step in steps[begin : found.first + 1]:
        if any(lock.table == found.table and lock.mode in BLOCKS_WRITES for lock in step.locks):
            return True
    return False


def _begin_of_transaction(found: Copy, steps: Sequence[Step], wrapped: bool) -> int | None:
    """Where the one transaction begins that holds the whole copy; None where there is none."""
    if any(boundary(step.statement) for step in steps[found.first : found.last]):
        return None
    inside = all(step.statement.in_transaction for step in steps[found.first : found.last + 1])
    if not (inside or wrapped):
        return None
    for n in range(found.first, -1, -1):
        if boundary(steps[n].statement):
            return n
    return 0

"""Lock modes, how long they are held, and one row of a lock table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Duration = Literal["instant", "scan", "rewrite", "rows"]
"""`instant`: the catalog only, though it queues behind whoever uses the table; `scan`: every row is
read, or an index built; `rewrite`: the table is written anew; `rows`: row by row."""
DURATIONS: tuple[Duration, ...] = ("instant", "rows", "scan", "rewrite")
"""Shortest first."""
NONE = ""
MODES = (
    NONE, "ACCESS SHARE", "ROW SHARE", "ROW EXCLUSIVE", "SHARE UPDATE EXCLUSIVE", "SHARE",
    "SHARE ROW EXCLUSIVE", "EXCLUSIVE", "ACCESS EXCLUSIVE",
)  # fmt: skip
"""PostgreSQL's table locks, weakest first. Source: PostgreSQL, "Explicit Locking"."""
BLOCKS_READS = frozenset({"ACCESS EXCLUSIVE"})
BLOCKS_WRITES = frozenset({"SHARE", "SHARE ROW EXCLUSIVE", "EXCLUSIVE", "ACCESS EXCLUSIVE"})


@dataclass(frozen=True)
class Row:
    """What one kind of act locks. `source`: where that is written."""

    mode: str
    duration: Duration
    source: str
    note: str = ""


@dataclass(frozen=True)
class Lock:
    """A lock that a statement takes. `table`: empty where it is not known which."""

    table: str
    mode: str
    duration: Duration
    kind: str
    source: str = ""
    note: str = ""
    assumed: bool = False
    """Whether the worse case was taken since the schema is not known."""

    @property
    def strength(self) -> int:
        """The higher, the more it keeps out."""
        return MODES.index(self.mode) if self.mode in MODES else 0


def strongest(locks: list[Lock]) -> list[Lock]:
    """One lock for each table: the strongest mode, the longest duration."""
    best: dict[str, Lock] = {}
    for lock in locks:
        if lock.mode == NONE:
            continue
        known = best.get(lock.table)
        if known is None:
            best[lock.table] = lock
            continue
        stronger = max(
            known, lock, key=lambda each: (each.strength, DURATIONS.index(each.duration))
        )
        longest = max(known.duration, lock.duration, key=DURATIONS.index)
        best[lock.table] = Lock(
            stronger.table, stronger.mode, longest, stronger.kind, stronger.source, stronger.note,
            stronger.assumed,
        )  # fmt: skip
    return list(best.values())

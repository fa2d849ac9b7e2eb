"""What a statement does, apart from what a server locks for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

Change = Literal["make", "drop", "rename", ""]


@dataclass(frozen=True)
class Column:
    """A column as it is made. `default`: ``none``, ``constant`` or ``volatile``."""

    name: str
    type: str
    default: str = "none"
    not_null: bool = False
    generated: str = ""
    """``identity``, ``stored`` or ``virtual``."""
    key: bool = False
    """PRIMARY KEY or UNIQUE: an index is built."""
    check: bool = False
    references: str = ""
    constraint: str = ""


class Reference(NamedTuple):
    """A foreign key. `targets` empty: the primary key of the table that it points to."""

    name: str
    table: str
    columns: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()


@dataclass(frozen=True)
class Act:
    """One thing that a statement does to one relation."""

    kind: str
    """The row of the lock tables: ``add-column``."""
    table: str = ""
    """The relation; empty where the statement does not name it."""
    change: Change = ""
    what: str = ""
    """``table``, ``column``, ``index``, ``constraint`` …; what is made, dropped or renamed."""
    name: str = ""
    """Its name; a column's and a constraint's own part."""
    to: str = ""
    """What it is renamed to."""
    columns: tuple[Column, ...] = ()
    references: tuple[Reference, ...] = ()
    checks: tuple[tuple[str, str], ...] = ()
    """CHECK constraints of a new table: name, test."""
    reads: tuple[str, ...] = ()
    """Tables that it copies from."""
    detail: str = ""
    """The new type, the lock's mode …"""
    before: str = ""
    """The type that a column has so far, where that is known."""
    filtered: bool = False
    """Whether a WHERE limits what is changed."""
    cascade: bool = False
    guarded: bool = False
    """IF EXISTS or IF NOT EXISTS: nothing is locked where there is nothing to do."""
    trouble: str = ""
    """Why what it does cannot be told."""

    @property
    def thing(self) -> str:
        """What it is about, for people and as a finding's subject."""
        if self.what in ("column", "constraint", "trigger", "policy") and self.table:
            return f"{self.table}.{self.name}"
        return self.table or self.name

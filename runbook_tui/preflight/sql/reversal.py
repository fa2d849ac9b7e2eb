"""Pairs migrations with what takes them back, and compares what the two ways make and drop."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from runbook_tui.preflight.sql.acts import Act
from runbook_tui.preflight.sql.planning import Step
from runbook_tui.preflight.sql.sources import Migration

_DOWN = re.compile(
    r"(?i)(?:^|(?<=[._/-]))(?:down|undo|rollback|revert|downgrade|backout)(?=[._/-]|$)"
)
_UP = re.compile(r"(?i)(?:^|(?<=[._/-]))(?:up|deploy|forward|apply)(?=[._/-]|$)")
_FLYWAY = re.compile(r"(?:^|(?<=/))[UV](?=\d[\w.]*__)")
_UNDO = re.compile(r"(?:^|(?<=/))U\d[\w.]*__")
_JOINTS = re.compile(r"[._/-]+")
_COUNTED = frozenset({"table", "column", "index", "view", "materialized-view", "sequence", "type",
                      "trigger", "constraint", "schema", "policy"})  # fmt: skip


def paired(found: Sequence[Migration]) -> list[Migration]:
    """The migrations that go up, each with the way back that a file of its own holds.

    By name: ``1.up.sql`` and ``1.down.sql``, ``V1__a.sql`` and ``U1__a.sql`` (Flyway),
    ``deploy/a.sql`` and ``revert/a.sql`` (Sqitch), ``a.sql`` and ``a_rollback.sql``.
    """
    backs = {_key(m.place): m for m in found if _goes_back(m.place)}
    ups = [m for m in found if not _goes_back(m.place)]
    for up in ups:
        back = backs.pop(_key(up.place), None)
        if back is not None and up.down is None:
            up.down, up.down_troubles = back.up, back.troubles
    # One that takes nothing back that is here is a migration like any other.
    return ups + list(backs.values())


def _goes_back(place: str) -> bool:
    return bool(_DOWN.search(place) or _UNDO.search(place))


def _key(place: str) -> str:
    bare = _FLYWAY.sub("", _UP.sub("", _DOWN.sub("", place)))
    return _JOINTS.sub("-", bare).lower()


def not_undone(up: Iterable[Step], down: Iterable[Step]) -> list[str]:
    """What the way up makes, drops or renames and the way back does not take back, in words."""
    up_acts = [act for step in up for act in step.acts]
    made, dropped, renamed = _sums(up_acts)
    made_back, dropped_back, renamed_back = _sums([a for step in down for a in step.acts])
    gone_tables = {name for what, _, name in dropped_back if what in ("table", "view")}
    gone_tables |= {old for old, _ in renamed_back.values()}
    # What is dropped with a column is not told apart here: its indexes and constraints go with it.
    narrowed = {table for what, table, _ in made & dropped_back if what == "column"}
    trouble = []
    for what, table, name in sorted(made - dropped_back):
        if what in ("index", "constraint") and table in narrowed:
            continue
        if table in gone_tables or not name or _same_name((what, table, name), dropped_back):
            continue
        if renamed.get(name) and renamed[name][1] in gone_tables:
            continue
        trouble.append(f"{what} {_spelled(what, table, name)} stays")
    gone_up = {name for what, _, name in dropped if what == "table"}
    for what, table, name in sorted(dropped - made_back):
        if (table in gone_up and what != "table") or not name:
            continue
        if _same_name((what, table, name), made_back):
            continue
        trouble.append(f"{what} {_spelled(what, table, name)} does not come back")
    for old, (_, new) in sorted(renamed.items()):
        back = renamed_back.get(new)
        if (back is None or back[1] != old) and new not in gone_tables:
            trouble.append(f"{new} is not renamed back to {old}")
    return trouble


_Things = set[tuple[str, str, str]]


def _sums(found: Sequence[Act]) -> tuple[_Things, _Things, dict[str, tuple[str, str]]]:
    """What is made and dropped in the end, as (what, table, name); old → (old, new) name."""
    made: _Things = set()
    dropped: _Things = set()
    renamed: dict[str, tuple[str, str]] = {}
    for act in found:
        thing = (act.what, "" if act.what in ("table", "view") else act.table, act.name)
        if act.what not in _COUNTED:
            continue
        if act.change == "make":
            if thing in dropped:
                dropped.discard(thing)
            else:
                made.add(thing)
        elif act.change == "drop":
            if thing in made:
                made.discard(thing)
            else:
                dropped.add(thing)
            if act.what == "table":
                made = {each for each in made if each[1] != act.name}
        elif act.change == "rename":
            new = (thing[0], thing[1], act.to)
            if thing in made:
                made.discard(thing)
                made.add(new)
            else:
                renamed[act.name] = (act.name, act.to)
    return made, dropped, renamed


def _same_name(thing: tuple[str, str, str], others: _Things) -> bool:
    """Indexes and constraints are dropped by their name alone, and one drops the other."""
    what, _, name = thing
    alike = ("index", "constraint") if what in ("index", "constraint") else (what,)
    return any(w in alike and n == name for w, _, n in others) and what != "column"


def _spelled(what: str, table: str, name: str) -> str:
    return f"{table}.{name}" if table and what in ("column", "constraint", "trigger") else name

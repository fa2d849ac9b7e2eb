"""What is known of a schema: from SQL that was given, and from the statements before this one."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from runbook_tui.preflight.sql.acts import Act, Column, Reference


@dataclass
class Catalogue:
    """Tables and what hangs on them. `made`: tables that this migration itself has made."""

    made: set[str] = field(default_factory=set)
    tables: set[str] = field(default_factory=set)
    views: set[str] = field(default_factory=set)
    indexes: dict[str, str] = field(default_factory=dict)
    """Index → table."""
    columns: dict[tuple[str, str], Column] = field(default_factory=dict)
    references: dict[str, list[Reference]] = field(default_factory=dict)
    """Table → its foreign keys."""
    checks: dict[str, list[str]] = field(default_factory=dict)
    """Table → tests of its valid CHECK constraints."""
    unchecked: dict[tuple[str, str], str] = field(default_factory=dict)
    """(Table, constraint) → test of a CHECK that is not validated yet."""
    triggers: set[tuple[str, str]] = field(default_factory=set)
    complete: bool = False
    """Whether it holds all that there is: then what it does not hold is not there."""
    functions: dict[str, str] = field(default_factory=dict)
    children: dict[str, list[str]] = field(default_factory=dict)
    """Table → those that inherit from it or are its partitions."""

    defaults: dict[str, str] = field(default_factory=dict)
    """Table → its default partition."""

    def new_migration(self) -> None:
        """What was made so far is there from now on."""
        self.made = set()

    def apply(self, act: Act) -> None:
        """Notes what an act changes."""
        if act.change == "make":
            self._make(act)
        elif act.change == "drop":
            self._drop(act)
        elif act.change == "rename":
            self._rename(act)
        elif act.kind == "alter-column-type":
            known = self.columns.get((act.table, act.name), Column(act.name, ""))
            self.columns[act.table, act.name] = replace(known, type=act.detail)
        elif act.kind == "validate-constraint":
            test = self.unchecked.pop((act.table, act.name), "")
            self.checks.setdefault(act.table, []).append(test)
        self._family(act)

    def _family(self, act: Act) -> None:
        if not act.reads:
            return
        if act.kind == "attach-partition":
            self.children.setdefault(act.table, []).append(act.reads[0])
        elif act.kind == "partition-of":
            self.children.setdefault(act.table, []).append(act.reads[0])
            if act.detail == "default":
                self.defaults[act.table] = act.reads[0]
        elif act.kind == "inherit":
            self.children.setdefault(act.reads[0], []).append(act.table)
        elif act.kind.startswith("detach-partition"):
            self._leaves(act.table, act.reads[0])
        elif act.kind == "no-inherit":
            self._leaves(act.reads[0], act.table)

    def _leaves(self, parent: str, child: str) -> None:
        self.children[parent] = [c for c in self.children.get(parent, []) if c != child]

    def _make(self, act: Act) -> None:
        if act.what == "table":
            if act.table not in self.tables:
                self.made.add(act.table)
            self.tables.add(act.table)
            self.indexes[f"{act.table}_pkey"] = act.table
            self.checks.setdefault(act.table, []).extend(test for _, test in act.checks)
        elif act.what in ("view", "materialized-view"):
            if act.table not in self.views:
                self.made.add(act.table)
            self.views.add(act.table)
        elif act.what == "sequence":
            self.made.add(act.name)
        elif act.what in ("index", "statistics"):
            self.indexes[act.name] = act.table
        elif act.what in ("trigger", "policy", "rule"):
            self.triggers.add((act.table, act.name))
        elif act.what == "function":
            self.functions[act.name] = act.detail
        elif act.kind == "add-check":
            self.checks.setdefault(act.table, []).append(act.detail)
        elif act.kind == "add-check-not-valid":
            self.unchecked[act.table, act.name] = act.detail
        elif act.kind in ("add-unique", "add-primary"):
            self.indexes[act.name] = act.table
        for column in act.columns:
            self.columns[act.table, column.name] = column
            if column.generated == "identity" and act.table in self.made:
                self.made.add(f"{act.table}_{column.name}_seq")
        if act.references:
            self.references.setdefault(act.table, []).extend(act.references)

    def is_missing(self, act: Act) -> bool:
        """Whether an act that may find nothing does find nothing."""
        if not (act.guarded and self.complete) or act.change != "drop":
            return False
        if act.what == "index":
            return act.name not in self.indexes
        if act.what in ("trigger", "policy", "rule"):
            return (act.table, act.name) not in self.triggers
        if act.what in ("table", "view", "materialized-view"):
            return act.table not in self.tables | self.views
        return False

    def _drop(self, act: Act) -> None:
        if act.what == "table":
            self.tables.discard(act.table)
            self.references.pop(act.table, None)
            for other, found in self.references.items():  # by CASCADE; else it fails
                self.references[other] = [r for r in found if r.table != act.table]
            self.indexes = {k: v for k, v in self.indexes.items() if v != act.table}
        elif act.what in ("constraint", "column"):
            gone = {act.name, f"{act.table}_{act.name}_fkey" if act.what == "column" else ""}
            kept = [r for r in self.references.get(act.table, []) if r.name not in gone]
            self.references[act.table] = kept
        elif act.what in ("view", "materialized-view"):
            self.views.discard(act.table)
        elif act.what == "index":
            self.indexes.pop(act.name, None)
        elif act.what in ("trigger", "policy", "rule"):
            self.triggers.discard((act.table, act.name))

    def _rename(self, act: Act) -> None:
        if act.what == "table":
            old, new = act.name, act.to
            for names in (self.tables, self.made):
                if old in names:
                    names.discard(old)
                    names.add(new)
            self.indexes = {k: new if v == old else v for k, v in self.indexes.items()}
            self.columns = {(new if t == old else t, c): v for (t, c), v in self.columns.items()}
            if old in self.references:
                self.references[new] = self.references.pop(old)
            for table, found in self.references.items():
                self.references[table] = [
                    r._replace(table=new) if r.table == old else r for r in found
                ]
        elif act.what == "index" and act.name in self.indexes:
            self.indexes[act.to] = self.indexes.pop(act.name)
        elif act.what == "column" and (act.table, act.name) in self.columns:
            self.columns[act.table, act.to] = self.columns.pop((act.table, act.name))

"""Migrations: what they lock and for how long, whether they hold together, and whether there is a
way back. Read, never run; but on a scratch PostgreSQL where one is given.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from runbook_tui.domain.checks.migrations import MigrationsCheck
from runbook_tui.domain.findings import ASK_SOMEBODY, Evidence, Finding, unknown
from runbook_tui.preflight.check import Check
from runbook_tui.preflight.sql.advice import NoAdviceError, advice
from runbook_tui.preflight.sql.catalogue import Catalogue
from runbook_tui.preflight.sql.judging import judge
from runbook_tui.preflight.sql.planning import Step, plan
from runbook_tui.preflight.sql.reversal import not_undone, paired
from runbook_tui.preflight.sql.sources import Migration, migrations
from runbook_tui.preflight.sql.statements import split
from runbook_tui.preflight.sql.telling import MOST_PLACES, Teller
from runbook_tui.preflight.target import Target
from runbook_tui.preflight.trees import NotThereError, Tree

NAME = "migrations"
_OLDEST = {"postgresql": (13,), "mysql": (8, 0, 0), "sqlite": (3,)}
MOST_SCHEMA = 64 * 1024**2
"""Bytes of a schema file."""


@dataclass
class Planned:
    """A migration, and what its statements do."""

    migration: Migration
    steps: list[Step]
    down: list[Step] | None
    wrapped: bool


@dataclass
class _Counted:
    files: int = 0
    statements: int = 0
    locks: int = 0
    asks: bool = False
    others: int = 0
    without_down: list[Planned] = field(default_factory=list)
    with_down: int = 0


def find(target: Target[MigrationsCheck]) -> Iterator[Finding | None]:
    """What every migration of the paths locks, risks and loses."""
    counted = _Counted()
    known, schema, trouble = _schema(target)
    if trouble is not None:
        yield trouble
        counted.asks = True
    planned: list[tuple[Planned, Teller]] = []
    for text in target.config.paths:
        try:
            tree = target.tree(text)
            found: list[Migration] = []
            for migration in migrations(tree, target.config.dialect):
                yield None
                if migration is None:
                    counted.others += 1
                else:
                    found.append(migration)
            if not found:
                yield unknown(
                    NAME, f"{tree.place(tree.root)}: no migration was found", "no-migrations"
                )
                counted.asks = True
            for unread in _not_read(tree, found):
                yield _noted(unread, counted)
            for migration in paired([each for each in found if not each.unread]):
                each = _planned(target, migration, known)
                teller = Teller(NAME, tree, migration, each.steps)
                planned.append((each, teller))
                for finding in _of_one(target, each, teller, counted):
                    yield _noted(finding, counted)
                target.tell(f"{counted.files:,} migrations, {counted.statements:,} statements")
        except NotThereError as error:
            yield unknown(NAME, str(error), "not-there")
            counted.asks = True
    for finding in _without_way_back(counted, [teller for _, teller in planned]):
        yield _noted(finding, counted)
    if target.config.scratch is not None:
        from runbook_tui.preflight.sql.measured import measured_findings

        for finding in measured_findings(target, planned, schema):
            yield _noted(finding, counted)
    if not counted.asks:
        yield _passed(target, counted)


def _noted(finding: Finding | None, counted: _Counted) -> Finding | None:
    counted.asks = counted.asks or (finding is not None and finding.severity in ASK_SOMEBODY
                                    and finding.severity != "info")  # fmt: skip
    return finding


def _not_read(tree: Tree, found: Sequence[Migration]) -> Iterator[Finding]:
    """One finding for all files of a kind that is not read."""
    kinds: dict[str, list[Migration]] = {}
    for each in found:
        if each.unread:
            kinds.setdefault(each.unread, []).append(each)
    for suffix, those in sorted(kinds.items()):
        label = tree.place(tree.root)
        yield Finding(
            check=NAME,
            key="not-checkable",
            severity="unknown",
            title=f"{len(those):,} migrations in {suffix} files of {label} cannot be checked",
            subject=f"{label} {suffix}",
            evidence=tuple(Evidence(place=each.place) for each in those[:MOST_PLACES]),
            remediation="Have the tool write out the SQL that it sends, and check that.",
        )


def _schema(target: Target[MigrationsCheck]) -> tuple[Catalogue, str, Finding | None]:
    """What is known of the schema, its SQL, and why it could not be read."""
    known = Catalogue()
    if target.config.schema is None:
        return known, "", None
    try:
        path = target.path(target.config.schema)
        with path.open("rb") as file:
            text = file.read(MOST_SCHEMA).decode("utf-8", "replace")
    except OSError as error:
        return known, "", unknown(NAME, f"{target.config.schema}: {error.strerror}", "no-schema")
    dialect = target.config.dialect
    for _ in plan(split(text, dialect), dialect, server(target.config), known):
        pass
    known.complete = True
    return known, text, None


def server(config: MigrationsCheck) -> tuple[int, ...]:
    """The server's version."""
    if not config.server:
        return _OLDEST[config.dialect]
    return tuple(int(part) for part in config.server.split("."))


def _planned(target: Target[MigrationsCheck], migration: Migration, known: Catalogue) -> Planned:
    config = target.config
    steps = list(plan(migration.up, config.dialect, server(config), known))
    if migration.tool == "Django":  # it sends nothing where the column's type stays
        steps = [step for step in steps if not _changes_nothing(step)]
    down = None
    if migration.down is not None:
        # A copy of the catalogue would be exact; the way back only has to be read.
        down = list(plan(migration.down, config.dialect, server(config), Catalogue()))
    wrapped = config.one_transaction if migration.wrapped is None else migration.wrapped
    return Planned(migration, steps, down, wrapped)


def _changes_nothing(step: Step) -> bool:
    return bool(step.acts) and all(
        act.kind == "alter-column-type" and act.before == act.detail for act in step.acts
    )


def _of_one(
    target: Target[MigrationsCheck], each: Planned, teller: Teller, counted: _Counted
) -> Iterator[Finding | None]:
    counted.files += 1
    counted.statements += len(each.steps)
    counted.locks += sum(bool(step.locks) for step in each.steps)
    yield from teller.not_checkable(each.down)
    for judgement in judge(each.steps, target.config.dialect, each.wrapped):
        yield None
        yield teller.finding(judgement, target.config.dialect)
    if each.down is not None:
        counted.with_down += 1
        if not each.migration.down_troubles:
            yield from teller.not_undone(not_undone(each.steps, each.down))
    elif any(step.locks or any(act.change for act in step.acts) for step in each.steps):
        counted.without_down.append(each)
    if target.config.dialect == "postgresql" and each.steps and not each.migration.tool:
        try:
            said = advice(target.tools, each.migration.up, server(target.config)[0])
            yield from teller.advice(said)
        except NoAdviceError as error:
            yield unknown(NAME, f"no advice on {each.migration.place}: {error}", "no-advice")


def _without_way_back(counted: _Counted, tellers: Sequence[Teller]) -> Iterator[Finding | None]:
    """One finding for all where nobody has a way back, else one for each that has none."""
    lacking = {id(each.migration) for each in counted.without_down}
    found = [teller for teller in tellers if id(teller.migration) in lacking]
    if not found:
        return
    if counted.with_down:
        for teller in found:
            yield teller.no_way_back()
    else:
        yield Teller.no_way_back_at_all(NAME, found)


def _passed(target: Target[MigrationsCheck], counted: _Counted) -> Finding:
    return Finding(
        check=NAME,
        key="looked-at",
        severity="pass",
        title=f"{counted.files:,} migrations, {counted.statements:,} statements"
        f" ({target.config.dialect}): none keeps anybody out for long",
    )


CHECK: Check[Target[MigrationsCheck]] = Check(NAME, "Migrations", find, limit=600.0)

"""Rehearses migrations on a scratch PostgreSQL: what each statement really locks, and whether the
way back brings the schema back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from runbook_tui.domain.redact import redact
from runbook_tui.domain.text import safe_line
from runbook_tui.preflight.sql.locks import BLOCKS_WRITES, MODES, Lock
from runbook_tui.preflight.sql.measuring import Measured, measure
from runbook_tui.preflight.sql.planning import Step
from runbook_tui.preflight.sql.scratch import Scratch, ScratchError
from runbook_tui.preflight.sql.statements import Statement

_ON_INDEXES = frozenset({"rename-index", "alter-index"})
_SHAPE = """
SELECT 'column', n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
 a.attnotnull, coalesce(pg_get_expr(d.adbin, d.adrelid), '') FROM pg_attribute a
 JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
 LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
 WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r','p','v','m','f')
 AND n.nspname !~ '^(pg_|information_schema)'
UNION ALL SELECT 'index', n.nspname, c.relname, '', pg_get_indexdef(c.oid), false, ''
 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('i','I') AND n.nspname !~ '^pg_'
UNION ALL SELECT 'constraint', n.nspname, k.relname, c.conname, pg_get_constraintdef(c.oid),
 c.convalidated, '' FROM pg_constraint c JOIN pg_class k ON k.oid = c.conrelid
 JOIN pg_namespace n ON n.oid = c.connamespace WHERE n.nspname !~ '^(pg_|information_schema)'
UNION ALL SELECT 'trigger', '', c.relname, t.tgname, pg_get_triggerdef(t.oid), false, ''
 FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal
UNION ALL SELECT 'relation', n.nspname, c.relname, c.relkind::text, '', false, '' FROM pg_class c
 JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r','p','v','m','f','S') AND n.nspname !~ '^(pg_|information_schema)'
UNION ALL SELECT 'type', n.nspname, t.typname, t.typtype::text, coalesce((SELECT string_agg(
 e.enumlabel, ',' ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid), ''), false,
 '' FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
 WHERE t.typtype IN ('e','d') AND n.nspname !~ '^(pg_|information_schema)'
UNION ALL SELECT 'function', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid),
 md5(p.prosrc), false, '' FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
 WHERE n.nspname !~ '^(pg_|information_schema)'
ORDER BY 1, 2, 3, 4, 5
"""


@dataclass(frozen=True)
class Disagreement:
    """A statement whose measured lock is another than the predicted one."""

    step: int
    predicted: str
    measured: str
    table: str


@dataclass
class Rehearsed:
    """What came of one migration."""

    disagreements: list[Disagreement] = field(default_factory=list)
    failures: list[tuple[int, str]] = field(default_factory=list)
    """Statements that failed, and the server's words."""
    not_run: list[tuple[int, str]] = field(default_factory=list)
    measured: int = 0
    """Statements whose locks were read."""
    down_failures: list[str] = field(default_factory=list)
    differs: list[str] = field(default_factory=list)
    """What the schema has more (+) or less (-) after the way back."""
    went_back: bool = False


def rehearse(where: Scratch, steps: Sequence[Step], down: Sequence[Statement] | None) -> Rehearsed:
    """Runs a migration up, and where it has a way back: down, comparing the schema, and up again.

    Raises ScratchError where the schema cannot be read.
    """
    before = shape(where)
    result = Rehearsed()
    for n, (step, measured) in enumerate(zip(steps, measure(where, steps), strict=True)):
        if measured.error:
            result.failures.append((n, measured.error))
        elif measured.skipped:
            result.not_run.append((n, measured.skipped))
        elif not measured.quiet:
            result.measured += 1
            result.disagreements += list(disagreements(n, step, measured))
    if down is None or result.failures:
        return result
    result.down_failures = _ran(where, down)
    after = shape(where)
    result.went_back = True
    result.differs = [f"- {row}" for row in before if row not in set(after)]
    result.differs += [f"+ {row}" for row in after if row not in set(before)]
    _ran(where, [step.statement for step in steps])
    return result


def _ran(where: Scratch, statements: Sequence[Statement]) -> list[str]:
    steps = [Step(statement) for statement in statements]
    return [each.error for each in measure(where, steps) if each.error]


def shape(where: Scratch) -> list[str]:
    """The schema as lines: columns, indexes, constraints, triggers, types, functions.

    Raises ScratchError.
    """
    answer = where.run([_SHAPE])
    if answer.exit != 0:
        said = answer.trouble or answer.err.decode("utf-8", "replace")
        raise ScratchError(f"the schema cannot be read: {safe_line(redact(said), 160)}")
    return answer.out.decode("utf-8", "replace").splitlines()


def disagreements(n: int, step: Step, measured: Measured) -> Iterator[Disagreement]:
    """Where the prediction of one statement's locks and the measurement part."""
    predicted = predicted_locks(step)
    for table in sorted(set(predicted) | set(measured.locks)):
        was, now = predicted.get(table, ""), measured.locks.get(table, "")
        if was == now or (not was and table.endswith("_seq")):
            continue  # a sequence goes with the column that owns it
        if now or not _may_find_nothing(step):
            yield Disagreement(n, was, now, table)


def _may_find_nothing(step: Step) -> bool:
    words = [token.text for token in step.statement.tokens[:12]]
    return "exists" in words and "if" in words


def predicted_locks(step: Step) -> dict[str, str]:
    """The mode that each relation is predicted to be locked in; indexes apart."""
    return {lock.table: lock.mode for lock in step.locks if lock.kind not in _ON_INDEXES}


def strongest_mode(locks: Sequence[Lock] | dict[str, str]) -> str:
    """The strongest of some locks; empty where there is none."""
    modes = list(locks.values()) if isinstance(locks, dict) else [lock.mode for lock in locks]
    return max([*modes, ""], key=MODES.index)


def matters(disagreement: Disagreement) -> bool:
    """Whether it changes who is kept out."""
    was, now = disagreement.predicted, disagreement.measured
    return was != now and bool({was, now} & BLOCKS_WRITES)

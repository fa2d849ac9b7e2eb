"""What there is to say about one migration: its locks, its transaction, what it loses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from runbook_tui.domain.findings import Severity
from runbook_tui.preflight.sql import mysql
from runbook_tui.preflight.sql.acts import Act
from runbook_tui.preflight.sql.copies import unguarded_copies
from runbook_tui.preflight.sql.judgement import Judgement
from runbook_tui.preflight.sql.locks import BLOCKS_READS, BLOCKS_WRITES, Lock
from runbook_tui.preflight.sql.losses import losses
from runbook_tui.preflight.sql.planning import Step
from runbook_tui.preflight.sql.postgresql_table import CANNOT_BE_IN_A_TRANSACTION
from runbook_tui.preflight.sql.statements import boundary
from runbook_tui.preflight.sql.tokens import Dialect

_QUIET = frozenset(
    [
        "select",
        "comment",
        "comment-other",
        "comment-on-part",
        "grant",
        "pragma",
        "sequence-value",
        "analyze",
        "vacuum",
        "lock-table",
        "mysql-hint",
    ]
)
"""Acts of which it does not matter whether they happened."""


def judge(steps: Sequence[Step], dialect: Dialect, wrapped: bool) -> Iterator[Judgement]:
    """Everything there is to say about the steps of one migration, each thing once for an object.

    `wrapped`: whether its runner puts all of it into one transaction.
    """
    copies = list(unguarded_copies(steps, dialect, wrapped))
    for copy in copies:
        yield Judgement(
            "copy-and-rename-without-lock", "inhibitor",
            f"{copy.table} is replaced by a copy of itself and nothing keeps writers out:"
            " what they write meanwhile is lost, or fails",
            copy.table, tuple(range(copy.first, copy.last + 1)), _COPY[dialect],
        )  # fmt: skip
    yield from _merged(_locks(steps, dialect))
    if dialect == "postgresql":
        yield from _merged(_held(steps, wrapped))
    yield from _merged(_concurrently(steps, wrapped))
    yield from _partial(steps, dialect, wrapped)
    yield from _merged(losses(steps, {copy.table for copy in copies}))


_COPY: dict[Dialect, str] = {
    "postgresql": "In one transaction: LOCK TABLE … IN SHARE ROW EXCLUSIVE MODE first, then copy"
    " and rename; or add a column and fill it in batches.",
    "mysql": "LOCK TABLES … WRITE first, or an online tool that carries changes over by triggers"
    " (gh-ost, pt-online-schema-change).",
    "sqlite": "Put it between BEGIN IMMEDIATE and COMMIT; SQLite's own twelve steps for other"
    " schema changes are in its manual, ALTER TABLE.",
}


def _merged(found: Iterator[Judgement]) -> Iterator[Judgement]:
    """One for each key and subject, with all of its statements."""
    kept: dict[tuple[str, str], Judgement] = {}
    for each in found:
        known = kept.get((each.key, each.subject))
        if known is None:
            kept[each.key, each.subject] = each
        else:
            steps = tuple(dict.fromkeys((*known.steps, *each.steps)))
            kept[each.key, each.subject] = Judgement(
                known.key, min(known.severity, each.severity, key=_SEVERITIES.index), known.title,
                known.subject, steps, known.remediation,
            )  # fmt: skip
    yield from kept.values()


_SEVERITIES: tuple[Severity, ...] = ("inhibitor", "unknown", "high", "warning", "info", "pass")


def _locks(steps: Sequence[Step], dialect: Dialect) -> Iterator[Judgement]:
    limited = False
    for n, step in enumerate(steps):
        limited = _limits_waiting(step, limited)
        for lock in step.locks:
            found = _of_lock(lock, step, limited, dialect)
            if found is not None:
                key, severity, title, how = found
                title += f" ({lock.kind.replace('-', ' ')})"
                if lock.assumed:
                    title += ", as far as can be told without the schema"
                subject = f"{lock.kind} {lock.note if dialect == 'sqlite' else lock.table}"
                yield Judgement(key, severity, title, subject, (n,), how)
        for act in step.acts:
            every = act.kind in ("update", "delete") and not act.filtered
            if every and act.table not in step.made:
                done = "deleted" if act.kind == "delete" else "written"
                yield Judgement(
                    "writes-every-row", "warning",
                    f"every row of {act.table} is {done} in one statement, and stays locked"
                    " until it ends",
                    f"{act.kind} {act.table}", (n,),
                    "In batches, each with a transaction of its own.",
                )  # fmt: skip


def _limits_waiting(step: Step, so_far: bool) -> bool:
    words = [t.text for t in step.statement.tokens[:8]]
    if words[:1] != ["set"] or not {"lock_timeout", "lock_wait_timeout"} & set(words):
        return so_far
    return words[-1].strip() not in ("0", "default", "0s", "0ms")


_Said = tuple[str, Severity, str, str]


def _of_lock(lock: Lock, step: Step, limited: bool, dialect: Dialect) -> _Said | None:
    if dialect == "mysql":
        return _of_mysql(lock, limited)
    if dialect == "sqlite":
        return _of_sqlite(lock)
    every = lock.kind in ("vacuum-full", "cluster")
    table = lock.table or ("every table" if every else "a table")
    out = "nobody reads or writes" if lock.mode in BLOCKS_READS else "nobody writes"
    how = _HOW.get(lock.kind, "")
    if lock.kind == "lock-table":
        return None
    if lock.mode in BLOCKS_READS and lock.duration in ("rewrite", "scan"):
        done = "rewritten" if lock.duration == "rewrite" else "read through"
        key = f"lock-{lock.duration}"
        return key, "high", f"{table} is {done}, and {out} it meanwhile", how
    if lock.mode in BLOCKS_WRITES and lock.duration != "instant":
        return "blocks-writes", "high", f"{out} {table} until it is done", how
    if lock.mode in BLOCKS_WRITES:
        severity: Severity = "info" if limited else "warning"
        until = "" if limited else " without a lock_timeout: everybody queues behind it"
        return (
            "lock-instant",
            severity,
            f"{lock.mode} on {table} for a moment{until}",
            ("" if limited else "SET lock_timeout to a few seconds before it, and try again."),
        )
    return None


def _of_mysql(lock: Lock, limited: bool) -> _Said | None:
    table = lock.table or "a table"
    if lock.mode == mysql.NO_WRITES:
        done = "copied" if lock.duration == "rewrite" else "indexed"
        how = "An online tool (gh-ost, pt-online-schema-change), or when nobody writes."
        return (
            f"lock-{lock.duration}",
            "high",
            f"{table} is {done}, and nobody writes it meanwhile",
            how,
        )
    if lock.mode == mysql.MOMENT and lock.duration == "rewrite":
        how = "It takes the table's size in space and time; add ALGORITHM=INPLACE, LOCK=NONE."
        return "rewrite-online", "warning", f"{table} is built anew while it is used", how
    if lock.mode == mysql.MOMENT:
        severity: Severity = "info" if limited else "warning"
        until = "" if limited else ", without a lock_wait_timeout: everybody queues behind it"
        how = "" if limited else "SET SESSION lock_wait_timeout to a few seconds before it."
        return "lock-instant", severity, f"a metadata lock on {table}{until}", how
    return None


def _of_sqlite(lock: Lock) -> _Said | None:
    what = lock.note or "the database"
    if lock.duration == "rewrite":
        title = f"{what} is rewritten, and nobody writes to the whole database meanwhile"
        return "lock-rewrite", "high", title, "When nobody writes, with free space of its size."
    if lock.duration == "scan":
        title = f"{what} is read through, and nobody writes to the whole database meanwhile"
        return "lock-scan", "warning", title, ""
    return None


def _held(steps: Sequence[Step], wrapped: bool) -> Iterator[Judgement]:
    """Locks of a moment that a transaction keeps while later statements work through rows."""
    for n, step in enumerate(steps):
        strong = [lock for lock in step.locks if lock.mode in BLOCKS_WRITES]
        if not strong or not (wrapped or step.statement.in_transaction):
            continue
        for later in range(n + 1, len(steps)):
            if boundary(steps[later].statement) in ("end", "back"):
                break
            slow = _slow(steps[later])
            if slow:
                for lock in strong:
                    if lock.duration == "instant":
                        yield Judgement(
                            "lock-held", "high",
                            f"{lock.mode} on {lock.table} is kept while the same transaction"
                            f" {slow}",
                            lock.table, (n, later), "Put the slow statement into a transaction of"
                            " its own, before or after.",
                        )  # fmt: skip
                break


def _slow(step: Step) -> str:
    for act in step.acts:
        if act.table in step.made and act.kind != "insert":
            continue
        if act.kind in ("update", "delete") and not act.filtered:
            return f"writes every row of {act.table}"
        if act.kind == "insert" and act.reads and not set(act.reads) <= step.made:
            return f"copies rows into {act.table}"
    for lock in step.locks:
        if lock.duration in ("scan", "rewrite") and lock.mode:
            return f"works through {lock.table}"
    return ""


def _concurrently(steps: Sequence[Step], wrapped: bool) -> Iterator[Judgement]:
    for n, step in enumerate(steps):
        for act in step.acts:
            name = CANNOT_BE_IN_A_TRANSACTION.get(act.kind)
            if name and (wrapped or step.statement.in_transaction):
                yield Judgement(
                    "concurrently-in-transaction", "inhibitor",
                    f"{name} stands in a transaction, and fails there",
                    f"{act.kind} {act.name or act.table}", (n,),
                    "Run it by itself, outside of any transaction.",
                )  # fmt: skip


def _partial(steps: Sequence[Step], dialect: Dialect, wrapped: bool) -> Iterator[Judgement]:
    loose = [
        n for n, step in enumerate(steps)
        if (dialect == "mysql" or not (wrapped or step.statement.in_transaction))
        and any(_counts(act, dialect) for act in step.acts)
    ]  # fmt: skip
    if len(loose) < 2:
        return
    why = "MySQL commits each by itself" if dialect == "mysql" else "no transaction holds them"
    how = (
        "Know which statement to go on with after a failure."
        if dialect == "mysql"
        else ("Put them between BEGIN and COMMIT, those apart that cannot be.")
    )
    yield Judgement(
        "partial-failure", "warning",
        f"{len(loose)} statements, and {why}: a failure leaves half of them done", "", tuple(loose),
        how,
    )  # fmt: skip


def _counts(act: Act, dialect: Dialect) -> bool:
    if act.kind in _QUIET or act.kind in CANNOT_BE_IN_A_TRANSACTION or not act.kind:
        return False
    if dialect == "mysql":
        return act.kind not in ("insert", "update", "delete", "replace", "select-for-update")
    return True


_HOW = {
    "create-index": "CREATE INDEX CONCURRENTLY, outside of a transaction.",
    "add-foreign-key": "Add it NOT VALID, and VALIDATE CONSTRAINT in a transaction of its own.",
    "add-foreign-key-referenced": "Add it NOT VALID, and VALIDATE CONSTRAINT afterwards.",
    "add-check": "Add it NOT VALID, and VALIDATE CONSTRAINT in a transaction of its own.",
    "set-not-null": "First a CHECK (… IS NOT NULL) NOT VALID, validate it, then SET NOT NULL.",
    "add-unique": "CREATE UNIQUE INDEX CONCURRENTLY, then ADD CONSTRAINT … USING INDEX.",
    "add-primary": "CREATE UNIQUE INDEX CONCURRENTLY, then ADD PRIMARY KEY USING INDEX.",
    "alter-column-type": "A new column, filled in batches, and a switch.",
    "add-column-rewrite": "Add the column without the default, set the default, fill in batches.",
    "add-column-scan": "Add the column alone; the constraint NOT VALID, or its index CONCURRENTLY.",
    "reindex": "REINDEX … CONCURRENTLY.",
    "refresh": "REFRESH MATERIALIZED VIEW CONCURRENTLY; it needs a unique index.",
    "vacuum-full": "pg_repack does it without keeping anybody out.",
    "cluster": "pg_repack does it without keeping anybody out.",
}

"""Measures on a scratch PostgreSQL what each statement really locks.

A statement runs in a transaction of its own; before it ends, the session reads its own rows of
``pg_locks``. One that cannot run in a transaction is made to wait instead: another session holds
SHARE UPDATE EXCLUSIVE on every table and reads the mode that is waited for.
"""

from __future__ import annotations

import re
import secrets
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from runbook_tui.domain.redact import redact
from runbook_tui.domain.text import safe_line
from runbook_tui.preflight.sql.locks import MODES
from runbook_tui.preflight.sql.planning import Step
from runbook_tui.preflight.sql.postgresql_table import CANNOT_BE_IN_A_TRANSACTION
from runbook_tui.preflight.sql.reading import acts
from runbook_tui.preflight.sql.scratch import LONGEST_ARGUMENT, Scratch
from runbook_tui.preflight.sql.statements import boundary

AT_ONCE = 150
"""Statements of one session."""
MOST_BYTES = 600_000
"""Of the arguments of one session."""
WAIT_S = 10.0
"""The longest that a statement may take to ask for its lock."""
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_PROGRAM = re.compile(r"(?is)\bcopy\b.*\b(?:from|to)\s+program\b")
"""Also in a body or a text that is executed, where it is written out."""
_RELATIONS = (
    "SELECT c.oid, CASE WHEN n.nspname = 'public' THEN '' ELSE n.nspname || '.' END || c.relname,"
    " c.relkind, coalesce(pg_relation_filenode(c.oid), 0) FROM pg_class c JOIN pg_namespace n"
    " ON n.oid = c.relnamespace WHERE c.relkind IN ('r','p','m','v','f','S')"
    " AND n.nspname !~ '^(pg_|information_schema)' ORDER BY c.oid"
)
_LOCKS = (
    "SELECT 'lock', l.relation, l.mode, coalesce(pg_relation_filenode(l.relation), 0)"
    " FROM pg_catalog.pg_locks l WHERE l.locktype = 'relation' AND l.granted"
    " AND l.pid = pg_backend_pid() AND l.relation >= 16384"
)


@dataclass(frozen=True)
class Measured:
    """What a statement locked. `locks`: of each relation that was there before the migration, the
    strongest mode. `rewritten`: those whose file is another one now.
    """

    locks: dict[str, str] = field(default_factory=dict)
    rewritten: frozenset[str] = frozenset()
    error: str = ""
    """Why it failed, in the server's words; what a failed statement locks is not known."""
    skipped: str = ""
    """Why it was not run."""
    quiet: bool = False
    """Whether it only begins or ends a transaction, and was left out."""


@dataclass(frozen=True)
class _Relation:
    name: str
    kind: str
    file: str


def measure(where: Scratch, steps: Sequence[Step]) -> list[Measured]:
    """Runs one migration's statements, each committed, and says what each locked."""
    before = relations(where)
    files = {oid: relation.file for oid, relation in before.items()}
    found: list[Measured] = [Measured()] * len(steps)
    settings: list[str] = []
    batch: list[int] = []
    size = 0

    def flush() -> None:
        nonlocal batch, size
        if batch:
            for n, measured in _run(where, steps, batch, list(settings), before, files):
                found[n] = measured
        batch, size = [], 0

    for n, step in enumerate(steps):
        why = _not_run(step)
        if why is not None:
            found[n] = Measured(skipped=why, quiet=not why)
            continue
        if any(act.kind in CANNOT_BE_IN_A_TRANSACTION for act in step.acts):
            flush()
            settings += _settings(steps[:n], settings)
            waited, had = _waiting(where, step, settings, before), dict(files)
            _refresh(where, before, files)
            new = {before[oid].name for oid in before if had[oid] != files[oid]}
            found[n] = Measured(waited.locks, frozenset(new), waited.error)
            continue
        batch.append(n)
        size += len(step.statement.text)
        renames = any(act.change == "rename" for act in step.acts)
        if len(batch) >= AT_ONCE or size > MOST_BYTES or renames:
            flush()
            settings += _settings(steps[: n + 1], settings)
            if renames:
                _refresh(where, before, files)
    flush()
    return found


def _settings(steps: Sequence[Step], had: Sequence[str]) -> list[str]:
    found = [s.statement.text for s in steps if s.statement.words(1) in (("set",), ("reset",))]
    return found[len(had) :]


def _refresh(where: Scratch, before: dict[str, _Relation], files: dict[str, str]) -> None:
    """The names and files that the relations have by now; no new ones are taken in."""
    for oid, relation in relations(where).items():
        if oid in before:
            before[oid] = relation
            files[oid] = relation.file


def _not_run(step: Step) -> str | None:
    statement = step.statement
    if statement.is_meta:
        return "a command to psql"
    if boundary(statement) or statement.words(1) in (("savepoint",), ("release",)):
        return ""
    # By the statement itself: what is run on the way back, or a second time, nobody has planned.
    own = acts(statement)
    if any(act.kind == "alter-server" for act in (*step.acts, *own)):
        return "it changes the whole server"
    troubles = (*step.troubles, *(act.trouble for act in own))
    if any("runs a program" in trouble for trouble in troubles) or _PROGRAM.search(
        _COMMENT.sub(" ", statement.text)
    ):
        return "it runs a program on the server"
    if len(statement.text.encode()) > LONGEST_ARGUMENT:
        return "it is too long to be measured"
    if "\0" in statement.text:
        return "it holds a NUL"
    return None


def relations(where: Scratch) -> dict[str, _Relation]:
    """Tables, views and sequences by their oid."""
    lines = where.run([_RELATIONS]).out.decode("utf-8", "replace").splitlines()
    fields = [line.rsplit("|", 2) for line in lines]
    return {
        head.split("|", 1)[0]: _Relation(head.split("|", 1)[1], kind, file)
        for head, kind, file in (f for f in fields if len(f) == 3)
    }


def _run(
    where: Scratch, steps: Sequence[Step], batch: Sequence[int], settings: Sequence[str],
    before: dict[str, _Relation], files: dict[str, str],
) -> Iterator[tuple[int, Measured]]:  # fmt: skip
    mark = f"@{secrets.token_hex(8)}"
    commands = list(settings)
    for n in batch:
        text = steps[n].statement.text
        if steps[n].statement.words(1) in (("set",), ("reset",)):
            commands += [text, f"\\echo {mark} {n} :ERROR :LAST_ERROR_MESSAGE"]
            continue
        commands += [
            "BEGIN", text, f"\\echo {mark} {n} :ERROR :LAST_ERROR_MESSAGE", _LOCKS, "COMMIT",
        ]  # fmt: skip
    answer = where.run(commands, limit=300.0)
    seen: dict[int, list[str]] = {}
    current: list[str] = []
    for line in answer.out.decode("utf-8", "replace").splitlines():
        if line.startswith(mark + " "):
            number, _, said = line[len(mark) + 1 :].partition(" ")
            current = seen.setdefault(int(number), [said])
        elif line.startswith("lock|"):
            current.append(line)
    for n in batch:
        if n not in seen:
            yield n, Measured(error=answer.trouble or "the session ended before it")
            continue
        failed, _, said = seen[n][0].partition(" ")
        if failed == "true":
            yield n, Measured(error=safe_line(redact(said), 200))
        else:
            yield n, _measured(seen[n][1:], before, files)


def _measured(
    lines: Sequence[str], before: dict[str, _Relation], files: dict[str, str]
) -> Measured:
    locks: dict[str, str] = {}
    rewritten = set()
    for line in lines:
        _, oid, mode, file = line.split("|")
        relation = before.get(oid)
        if relation is None:
            continue
        locks[relation.name] = _stronger(locks.get(relation.name, ""), _mode(mode))
        if file != "0" and relation.kind in "rm" and files.get(oid) != file:
            rewritten.add(relation.name)
            files[oid] = file
    return Measured(locks, frozenset(rewritten))


def _mode(name: str) -> str:
    """``ShareUpdateExclusiveLock`` → ``SHARE UPDATE EXCLUSIVE``."""
    words = "".join(f" {letter}" if letter.isupper() else letter for letter in name)
    return words.strip().upper().removesuffix(" LOCK")


def _stronger(one: str, other: str) -> str:
    return max(one, other, key=MODES.index)


def _waiting(
    where: Scratch, step: Step, settings: Sequence[str], before: dict[str, _Relation]
) -> Measured:
    """The lock that a statement asks for while another session holds the table."""
    key = secrets.randbits(40)
    held = [f'"{r.name}"'.replace(".", '"."') for r in before.values() if r.kind in "rp"]
    answer = None
    if held:
        results: list[str] = []

        def hold() -> None:
            said = where.run(_holding(held, key), 60.0)
            results.append(said.out.decode("utf-8", "replace"))

        holder = threading.Thread(target=hold, daemon=True)
        holder.start()
        query = (
            "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted"  # noqa: S608 - numbers
            f" AND classid = {key >> 32} AND objid = {key & 0xFFFFFFFF}"
        )
        wait = _until(query)
        answer = where.run([*settings, wait, step.statement.text, "\\echo :ERROR "
                            ":LAST_ERROR_MESSAGE"], limit=90.0)  # fmt: skip
        holder.join(90.0)
    else:
        results = []
        answer = where.run([*settings, step.statement.text, "\\echo :ERROR :LAST_ERROR_MESSAGE"])
    last = answer.out.decode("utf-8", "replace").strip().splitlines()[-1:] or [""]
    failed, _, said = last[0].partition(" ")
    if failed != "false":
        return Measured(error=safe_line(redact(said or answer.trouble or "it did not end"), 200))
    locks: dict[str, str] = {}
    for line in "".join(results).splitlines():
        if line.startswith("wait|") and line.split("|")[1] in before:
            _, oid, mode = line.split("|")
            locks[before[oid].name] = _mode(mode)
    return Measured(locks)


def _holding(held: Sequence[str], key: int) -> list[str]:
    waiting = (  # of constants alone
        "FROM pg_locks WHERE locktype = 'relation' AND NOT granted AND relation >= 16384"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    return [
        "BEGIN", f"LOCK TABLE {', '.join(held)} IN SHARE UPDATE EXCLUSIVE MODE",
        f"SELECT pg_advisory_xact_lock({key})", _until(f"SELECT 1 {waiting}"),
        f"SELECT 'wait', relation, mode {waiting}", "COMMIT",
    ]  # fmt: skip


def _until(query: str) -> str:
    """Waits until a query has a row, or for `WAIT_S` seconds."""
    return (
        f"DO $w$ DECLARE began timestamptz := clock_timestamp(); BEGIN WHILE NOT EXISTS ({query})"
        f" AND clock_timestamp() < began + interval '{WAIT_S} s' LOOP PERFORM pg_sleep(0.005);"
        " END LOOP; END $w$"
    )

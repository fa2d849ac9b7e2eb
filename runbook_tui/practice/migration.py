"""Schema migrations: the package's own, as shipped, and one rewritten by somebody who has done it.

The package's takes no lock and no transaction: between its statements the table is missing. The
rewritten one takes the lock first, adds a column, fills it in short batches while the service
answers, and keeps both columns in step, so that 4.2 and 5.0 both run on the result. It can be
interrupted and started again.
"""

from __future__ import annotations

import contextlib
import fcntl
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Literal

from runbook_tui.practice import package, releases
from runbook_tui.practice.layout import TRY_AGAIN, USAGE, LabError, Layout

BATCH = 600
PACE_S = 0.085
"""Pause after each batch, so that customers' requests get their turn."""
REPORT_EVERY = 10

ADD = (
    "ALTER TABLE orders ADD COLUMN amount_cents INTEGER",
    """CREATE TRIGGER orders_cents AFTER INSERT ON orders WHEN NEW.amount_cents IS NULL BEGIN
         UPDATE orders SET amount_cents = CAST(round(NEW.amount * 100) AS INTEGER)
         WHERE id = NEW.id;
       END""",
    """CREATE TRIGGER orders_amount AFTER INSERT ON orders WHEN NEW.amount = '' BEGIN
         UPDATE orders SET amount = printf('%.2f', NEW.amount_cents / 100.0)
         WHERE id = NEW.id;
       END""",
)
REMOVE = (
    "DROP TRIGGER IF EXISTS orders_cents",
    "DROP TRIGGER IF EXISTS orders_amount",
    "ALTER TABLE orders DROP COLUMN amount_cents",
    "PRAGMA user_version = 42",
)

Say = Callable[[str], None]
Plan = Literal["online", "offline", "as-shipped"]
"""Rewritten, in batches; the package's SQL in one transaction; the package's SQL as it came."""


def schema(layout: Layout) -> int:
    """The database's schema version, such as 42."""
    with closing(_connect(layout, 5)) as db:
        return _version(db)


def migrate(layout: Layout, to: str, plan: Plan, lock_timeout: float, say: Say) -> None:
    """Goes to the schema of 5.0 or 4.2, telling `say` line by line.

    `lock_timeout` in seconds; as shipped there is none. Raises LabError if a lock cannot be had in
    time, or the way is not possible.
    """
    if plan == "as-shipped":
        lock_timeout = 0.0
    with _only_one(layout), closing(_connect(layout, lock_timeout)) as db:
        at = _version(db)
        if (to, at) in (("5.0", 50), ("4.2", 42)) and not _half_done(db):
            say(f"schema {at} already; nothing to do")
            return
        with _locks(lock_timeout):
            if to == "4.2":
                _back(layout, db, say)
            elif plan == "online":
                _in_batches(db, PACE_S, say)
            elif _half_done(db):
                raise LabError(
                    "An online migration was begun and 4.2 runs on its columns. Nothing was "
                    "changed. Finish it with --plan online, or take it back with --to 4.2."
                )
            else:
                _with_package(layout, db, plan, say)


def rehearse(layout: Layout, say: Say) -> None:
    """The online migration on a copy of the database, as fast as it goes; nothing real changes."""
    copy = layout.run / "rehearsal.db"
    copy.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(copy, isolation_level=None)) as db:
            with closing(_connect(layout, 5)) as real:
                real.backup(db)
            say("rehearsing on a copy of the database")
            if _version(db) == 42:
                _in_batches(db, 0, say)
            wrong = db.execute(
                "SELECT count(*) FROM orders"
                " WHERE amount_cents <> CAST(round(amount * 100) AS INTEGER)"
            ).fetchone()[0]
            say(f"rehearsed: {wrong} amounts differ")
    finally:
        copy.unlink(missing_ok=True)


def _in_batches(db: sqlite3.Connection, pace: float, say: Say) -> None:
    began = time.monotonic()
    longest = 0.0
    if not _half_done(db):
        with _transaction(db):
            for statement in ADD:
                db.execute(statement)
        say("lock taken; column amount_cents added; 4.2 goes on writing")
    last = db.execute("SELECT coalesce(max(id), 0) FROM orders").fetchone()[0]
    total = db.execute("SELECT count(*) FROM orders WHERE amount_cents IS NULL").fetchone()[0]
    done = 0
    for number, first in enumerate(range(0, last, BATCH), 1):
        locked = time.monotonic()
        with _transaction(db):
            done += db.execute(
                "UPDATE orders SET amount_cents = CAST(round(amount * 100) AS INTEGER)"
                " WHERE id > ? AND id <= ? AND amount_cents IS NULL",
                (first, first + BATCH),
            ).rowcount
        longest = max(longest, time.monotonic() - locked)
        if number % REPORT_EVERY == 0:
            say(f"migrating orders  {done} of {total} rows  {100 * done // max(total, 1)} %")
        time.sleep(pace)
    with _transaction(db):
        left = db.execute("SELECT count(*) FROM orders WHERE amount_cents IS NULL").fetchone()[0]
        if left:
            raise LabError(
                f"{left} rows have no amount in cents. Both columns are there and 4.2 runs on; "
                "run the same command again.",
                TRY_AGAIN,
            )
        db.execute("PRAGMA user_version = 50")
    say(
        f"schema 50: {done} rows in {time.monotonic() - began:.1f} s, "
        f"longest lock {1000 * longest:.0f} ms"
    )


def _with_package(layout: Layout, db: sqlite3.Connection, plan: Plan, say: Say) -> None:
    statements = list(package.migrations(layout))
    began = time.monotonic()
    with _transaction(db) if plan == "offline" else contextlib.nullcontext():
        for statement in statements:
            db.execute(statement)
            first = next(
                line for line in statement.splitlines() if line and not line.startswith("--")
            )
            say(f"ok {first[:60]}")
    how = "in one transaction" if plan == "offline" else "without lock or transaction"
    say(f"schema 50: the package's own SQL {how}, {time.monotonic() - began:.1f} s")


def _back(layout: Layout, db: sqlite3.Connection, say: Say) -> None:
    if releases.current(layout) == "5.0":
        raise LabError(
            "5.0 is the active release and needs schema 50. Nothing was changed. "
            "First: labctl release activate 4.2"
        )
    if not _has(db, "amount"):
        raise LabError(
            "The package's own migration dropped the column amount: there is no way back but a "
            "snapshot. Nothing was changed."
        )
    with _transaction(db):
        for statement in REMOVE:
            db.execute(statement)
    say("schema 42: column amount_cents and its triggers removed")


def _connect(layout: Layout, timeout: float) -> sqlite3.Connection:
    return sqlite3.connect(layout.database, timeout=timeout, isolation_level=None)


def _version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def _has(db: sqlite3.Connection, column: str) -> bool:
    return any(row[1] == column for row in db.execute("PRAGMA table_info(orders)"))


def _half_done(db: sqlite3.Connection) -> bool:
    return _version(db) == 42 and _has(db, "amount_cents")


@contextlib.contextmanager
def _transaction(db: sqlite3.Connection) -> Iterator[None]:
    """All or nothing, with the write lock taken first."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


@contextlib.contextmanager
def _locks(lock_timeout: float) -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        if "locked" not in str(error):
            raise LabError(f"The database refused: {error}. See: labctl probe schema", 3) from None
        raise LabError(
            f"The write lock was not to be had in {lock_timeout:g} s: somebody else holds it. "
            "What was migrated so far stays valid and the service runs on. Find the writer, or "
            "labctl writers stop; then run the same command again.",
            TRY_AGAIN,
        ) from None


@contextlib.contextmanager
def _only_one(layout: Layout) -> Iterator[None]:
    if not layout.database.is_file():
        raise LabError(f"{layout.short(layout.database)} is missing. Nothing was changed.", USAGE)
    with (layout.run / "migrate.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LabError(
                "Another migration is running. This one changed nothing. Wait for it.", TRY_AGAIN
            ) from None
        yield

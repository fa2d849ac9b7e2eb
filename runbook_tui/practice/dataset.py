"""The database of 4.2 with its orders, the same in every lab."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

SCHEMA = """
CREATE TABLE orders (
    id        INTEGER PRIMARY KEY,
    customer  TEXT NOT NULL,
    placed_at TEXT NOT NULL,
    state     TEXT NOT NULL,
    amount    TEXT NOT NULL DEFAULT '',
    currency  TEXT NOT NULL
);
CREATE INDEX orders_by_customer ON orders (customer, id);
PRAGMA user_version = 42;
"""
CUSTOMERS = 2000
FIRST = datetime(2026, 1, 2, 8, tzinfo=UTC)


def create(path: Path, count: int) -> None:
    """Makes the database with `count` orders in the place of whatever is there."""
    for leftover in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
        leftover.unlink(missing_ok=True)
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = OFF")  # nothing to lose while it is being built
        db.execute("PRAGMA synchronous = OFF")
        db.executescript(SCHEMA)
        db.execute("BEGIN")
        db.executemany(
            "INSERT INTO orders (id, customer, placed_at, state, amount, currency)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            _orders(count),
        )
        db.execute("COMMIT")
        db.execute("PRAGMA journal_mode = WAL")


def _orders(count: int) -> Iterator[tuple[int, str, str, str, str, str]]:
    dice = random.Random(4711)  # noqa: S311
    moment = FIRST
    for number in range(1, count + 1):
        moment += timedelta(seconds=dice.randint(1, 600))
        cents = min(100 + int(dice.expovariate(1 / 4000)), 99_999_999)
        yield (
            number,
            f"c{dice.randrange(CUSTOMERS):04d}",
            moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "confirmed" if dice.random() < 0.97 else "pending",
            f"{cents // 100}.{cents % 100:02d}",
            "EUR" if dice.random() < 0.9 else "CHF",
        )

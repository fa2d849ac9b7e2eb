"""The orders in SQLite. 4.2 keeps amounts as text, such as 12.50."""

from __future__ import annotations

import sqlite3
from decimal import Decimal
from typing import Any

FIELDS = ("id", "customer", "placed_at", "state", "amount", "currency")
COLUMNS = "id, customer, placed_at, state, amount, currency"


class Store:
    """One connection; use it in the thread that made it."""

    def __init__(self, path: str, busy_timeout_ms: int) -> None:
        self._db = sqlite3.connect(path, timeout=busy_timeout_ms / 1000, isolation_level=None)
        self._db.execute("PRAGMA synchronous = NORMAL")

    def close(self) -> None:
        """Gives the connection back."""
        self._db.close()

    def schema(self) -> int:
        """The schema version, such as 42."""
        return int(self._db.execute("PRAGMA user_version").fetchone()[0])

    def order(self, order_id: int) -> dict[str, Any] | None:
        """One order."""
        query = f"SELECT {COLUMNS} FROM orders WHERE id = ?"  # noqa: S608
        row = self._db.execute(query, (order_id,)).fetchone()
        return _order(row) if row else None

    def of_customer(self, customer: str, limit: int) -> list[dict[str, Any]]:
        """A customer's newest orders."""
        query = f"SELECT {COLUMNS} FROM orders WHERE customer = ? ORDER BY id DESC LIMIT ?"  # noqa: S608
        return [_order(row) for row in self._db.execute(query, (customer, limit))]

    def place(self, customer: str, placed_at: str, amount: Decimal, currency: str) -> int:
        """Adds an order, not yet confirmed by the partner; answers with its id."""
        cursor = self._db.execute(
            "INSERT INTO orders (customer, placed_at, state, amount, currency)"
            " VALUES (?, ?, 'pending', ?, ?)",
            (customer, placed_at, f"{amount:.2f}", currency),
        )
        return int(cursor.lastrowid or 0)

    def mark(self, order_id: int, state: str) -> None:
        """Writes down what became of an order.

        What the partner acknowledged stays so: its event can arrive before its answer does.
        """
        self._db.execute(
            "UPDATE orders SET state = ? WHERE id = ? AND state <> 'acknowledged'",
            (state, order_id),
        )


def _order(row: tuple[Any, ...]) -> dict[str, Any]:
    return dict(zip(FIELDS, row, strict=True))

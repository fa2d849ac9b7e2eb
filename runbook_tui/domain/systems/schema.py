"""The schema of a PostgreSQL database."""

from __future__ import annotations

from typing import ClassVar

from runbook_tui.domain.runbook_model import EffectKind
from runbook_tui.domain.systems.base import SystemBase


class PostgresqlSchema(
    SystemBase, frozen=True, kw_only=True, tag_field="system", tag="postgresql-schema"
):
    """What a PostgreSQL database is built of, not its rows: read by psql in one read-only
    transaction, which waits at most 2 s for somebody's lock.

    Keys name the kind and the place: `table public.orders` (columns, types, defaults, owner,
    grants), `index …`, `constraint …`, `view …`, `materialized-view …`, `function …`, `trigger …`,
    `sequence …`, `type …`, `policy …`, `rule …`, `extension …`, `schema …`, `event-trigger …`.
    Where a sequence stands, roles, publications and default privileges are not compared. Nothing
    is put back: that is a down migration's.
    """

    kind: ClassVar[EffectKind] = "schema"
    restores: ClassVar[bool] = False
    has_secret: ClassVar[frozenset[str]] = frozenset({"connection", "password"})

    connection: str
    """Where it is, as libpq has it: a URL or `key=value` pairs, with the database."""
    password: str = ""
    """Where `connection` does not hold it."""
    schemas: tuple[str, ...] = ()
    """Schemas by name; all but the server's own where none is."""

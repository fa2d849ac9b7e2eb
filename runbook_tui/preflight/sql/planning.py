"""What a migration's statements do and lock, one after the other, on a schema that they change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from runbook_tui.preflight.sql import mysql, postgresql, sqlite
from runbook_tui.preflight.sql.acts import Act
from runbook_tui.preflight.sql.bodies import statements_in
from runbook_tui.preflight.sql.catalogue import Catalogue
from runbook_tui.preflight.sql.locks import Lock, strongest
from runbook_tui.preflight.sql.reading import acts
from runbook_tui.preflight.sql.statements import Statement
from runbook_tui.preflight.sql.tokens import Dialect

DEEPEST = 3
"""Functions that call functions are read this deep."""
_KNOWN_FUNCTIONS = frozenset(
    [
        "count",
        "max",
        "min",
        "sum",
        "avg",
        "coalesce",
        "nullif",
        "greatest",
        "least",
        "setval",
        "nextval",
        "currval",
        "lastval",
        "now",
        "concat",
        "lower",
        "upper",
        "length",
        "substring",
        "trim",
        "replace",
        "cast",
        "convert",
        "extract",
        "date_trunc",
        "to_char",
        "to_date",
        "to_timestamp",
        "to_number",
        "string_agg",
        "array_agg",
        "array_to_string",
        "string_to_array",
        "unnest",
        "generate_series",
        "row_number",
        "rank",
        "lag",
        "lead",
        "first_value",
        "last_value",
        "set_config",
        "current_setting",
        "current_schema",
        "current_database",
        "version",
        "format",
        "quote_ident",
        "quote_literal",
        "regexp_replace",
        "regexp_matches",
        "position",
        "md5",
        "random",
        "round",
        "abs",
        "floor",
        "ceil",
        "exists",
        "in",
        "any",
        "all",
        "values",
        "and",
        "or",
        "not",
        "as",
        "over",
        "filter",
        "using",
        "on",
        "select",
        "where",
        "from",
        "varchar",
        "char",
        "numeric",
        "decimal",
        "interval",
        "row",
        "array",
        "json_agg",
        "jsonb_agg",
        "json_build_object",
        "jsonb_build_object",
        "jsonb_set",
        "to_regclass",
        "obj_description",
        "has_table_privilege",
        "group_concat",
        "ifnull",
        "if",
        "last_insert_id",
        "database",
        "user",
        "unix_timestamp",
        "date_format",
        "hex",
        "unhex",
        "strftime",
        "printf",
        "changes",
        "typeof",
        "julianday",
        "total_changes",
        "char_length",
        "octet_length",
        "bit_length",
        "overlay",
        "exp",
        "ln",
        "log",
        "power",
        "sqrt",
        "sign",
        "mod",
        "div",
        "least",
        "date",
        "time",
        "datetime",
        "timestamp",
        "when",
        "then",
        "else",
        "case",
        "end",
        "by",
        "having",
        "limit",
        "offset",
        "union",
        "distinct",
        "split_part",
        "left",
        "right",
        "lpad",
        "rpad",
        "repeat",
        "reverse",
        "encode",
        "decode",
        "some",
        "is",
        "like",
        "ilike",
        "between",
        "within",
        "bool_and",
        "bool_or",
        "every",
        "percentile_cont",
        "numrange",
        "cardinality",
        "array_length",
        "sleep",
    ]
)


@dataclass(frozen=True)
class Step:
    """A statement, what it does, what it locks, and why that cannot be told."""

    statement: Statement
    acts: tuple[Act, ...] = ()
    locks: tuple[Lock, ...] = ()
    """The strongest of each table; tables made by this migration are left out."""
    troubles: tuple[str, ...] = ()
    made: frozenset[str] = field(default=frozenset(), repr=False)
    """Tables that this migration had made before this statement."""


def plan(
    statements: Sequence[Statement], dialect: Dialect, version: tuple[int, ...], known: Catalogue
) -> Iterator[Step]:
    """The steps of one migration. `known` is changed: it holds the schema after it."""
    known.new_migration()
    for statement in statements:
        made = frozenset(known.made)
        found: list[Act] = []
        locks: list[Lock] = []
        troubles: list[str] = []
        for act in _all_acts(statement, known, troubles, DEEPEST):
            if not known.is_missing(act):
                if not act.trouble and not _in_table(act, dialect):
                    what = act.kind.removeprefix("mysql-").replace("-", " ")
                    troubles.append(f"what {what} locks is not in the table of {dialect}")
                locks.extend(_locks(act, dialect, known, version))
            found.append(_with_type(act, known))
            known.apply(act)
            if act.trouble:
                troubles.append(act.trouble)
        if statement.cut and any(act.kind not in ("insert", "replace") for act in found):
            troubles.append("it is too long to be read to its end")
        kept = [lock for lock in locks if lock.table not in made]
        yield Step(statement, tuple(found), tuple(strongest(kept)), tuple(troubles), made)


def _locks(
    act: Act, dialect: Dialect, known: Catalogue, version: tuple[int, ...]
) -> Iterator[Lock]:
    if dialect == "postgresql":
        return postgresql.locks(act, known, version)
    if dialect == "mysql":
        return mysql.locks(act, known, version)
    return sqlite.locks(act, known, version)


_MODULES = {"postgresql": postgresql, "mysql": mysql, "sqlite": sqlite}


def _in_table(act: Act, dialect: Dialect) -> bool:
    module = _MODULES[dialect]
    return act.kind in module.TABLE or act.kind in module.NOTHING


def _with_type(act: Act, known: Catalogue) -> Act:
    before = known.columns.get((act.table, act.name))
    if act.kind != "alter-column-type" or before is None:
        return act
    return replace(act, before=before.type)


def _all_acts(
    statement: Statement, known: Catalogue, troubles: list[str], depth: int
) -> Iterator[Act]:
    for act in acts(statement):
        if act.kind == "do":
            yield from _inside(act.detail, known, troubles, depth)
        elif act.kind == "call":
            yield from _called(act, known, troubles, depth)
        else:
            yield act


def _called(act: Act, known: Catalogue, troubles: list[str], depth: int) -> Iterator[Act]:
    name = act.name
    if name in known.functions and known.functions[name] and depth:
        yield from _inside(known.functions[name], known, troubles, depth)
    elif name not in _KNOWN_FUNCTIONS and not name.startswith(("pg_", "json", "array_")):
        troubles.append(f"it calls {name}(), and what that does is not read")


def _inside(body: str, known: Catalogue, troubles: list[str], depth: int) -> Iterator[Act]:
    for statement, trouble in statements_in(body):
        if trouble:
            troubles.append(trouble)
            continue
        yield from _all_acts(statement, known, troubles, depth - 1)

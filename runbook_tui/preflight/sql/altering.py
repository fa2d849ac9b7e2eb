"""Reads ``ALTER TABLE``: each of its actions is an act of its own."""

from __future__ import annotations

from collections.abc import Iterator

from runbook_tui.preflight.sql.acts import Act, Reference
from runbook_tui.preflight.sql.columns import body, column
from runbook_tui.preflight.sql.cursor import Cursor, has, parts, words_of
from runbook_tui.preflight.sql.tokens import Token

# Storage parameters that need no more than SHARE UPDATE EXCLUSIVE.
# Source: PostgreSQL, CREATE TABLE "Storage Parameters"; src/backend/access/common/reloptions.c.
_LIGHT_OPTIONS = (
    "fillfactor", "toast", "parallel_workers", "vacuum_", "log_autovacuum", "autovacuum_",
    "n_distinct",
)  # fmt: skip
_MYSQL_OPTIONS = ("engine", "row_format", "auto_increment", "comment", "character", "charset",
                  "collate", "default", "convert", "force", "key_block_size", "stats_persistent",
                  "checksum", "compression", "encryption", "tablespace", "order", "partition",
                  "disable", "enable", "discard", "import")  # fmt: skip


def alter_table(cursor: Cursor, what: str = "table") -> Iterator[Act]:
    """The acts of an ``ALTER TABLE`` from behind its first two words."""
    if cursor.take("all", "in", "tablespace"):
        yield Act("set-tablespace", trouble="it moves all tables of a tablespace")
        return
    cursor.exists()
    cursor.take("only")
    table = cursor.name()
    cursor.sign("*")
    if not table:
        yield Act("alter-table-other", trouble="the table's name cannot be read")
        return
    prefix = "" if what == "table" else f"{what}-"
    for part in parts(cursor.rest()):
        for act in _action(Cursor(part), table, part):
            yield act if not prefix else _of_other(act, what)


def _of_other(act: Act, what: str) -> Act:
    if what == "materialized-view" and act.kind.startswith(("set-", "cluster")):
        return act
    kind = f"rename-{what}" if act.kind == "rename-table" else f"alter-{what}"
    return Act(kind, act.table, act.change, what, act.name, act.to)


def _action(cursor: Cursor, table: str, part: list[Token]) -> Iterator[Act]:
    if cursor.take("add"):
        yield from _add(cursor, table)
    elif cursor.take("drop"):
        yield from _drop(cursor, table, part)
    elif cursor.take("rename"):
        yield _rename(cursor, table)
    elif cursor.take("alter"):
        yield from _alter(cursor, table, part)
    elif verb := cursor.any("modify", "change"):
        cursor.take("column")
        old = cursor.part() if verb == "change" else ""
        made = column(cursor)
        if old and made.name != old:
            yield Act("rename-column", table, "rename", "column", old, made.name)
        yield Act(
            "alter-column-type", table, what="column", name=old or made.name, detail=made.type
        )
    elif cursor.take("set"):
        yield _set(cursor, table)
    elif cursor.take("reset"):
        light = all(_is_light(p) for p in parts(cursor.group()))
        yield Act("set-options" if light else "set-options-strong", table)
    elif cursor.take("validate", "constraint"):
        yield Act("validate-constraint", table, what="constraint", name=cursor.part())
    elif (state := cursor.any("enable", "disable")) and cursor.word() in _SWITCHED | _KEYS:
        yield _switched(cursor, table, state)
    else:
        yield _other(cursor, table)


_SWITCHED = frozenset({"trigger", "always", "replica", "rule", "row"})
_KEYS = frozenset({"keys"})


def _switched(cursor: Cursor, table: str, state: str) -> Act:
    cursor.any("always", "replica")
    if cursor.take("trigger"):
        return Act("switch-trigger", table, what="trigger", name=cursor.part())
    if cursor.take("row"):
        return Act("row-security", table)
    if cursor.take("keys"):
        return Act("switch-keys", table)
    cursor.take("rule")
    return Act("switch-rule", table, what="rule", name=cursor.part(), detail=state)


def _other(cursor: Cursor, table: str) -> Act:
    if cursor.take("attach", "partition"):
        return Act("attach-partition", table, reads=(cursor.name(),))
    if cursor.take("detach", "partition"):
        name = cursor.name()
        last = words_of(cursor.rest())
        kind = (
            "detach-partition-concurrently"
            if set(last) & {"concurrently", "finalize"}
            else ("detach-partition")
        )
        return Act(kind, table, reads=(name,))
    for words, kind in (
        (("owner", "to"), "owner"), (("cluster", "on"), "cluster-on"), (("of",), "of-type"),
        (("not", "of"), "of-type"), (("replica", "identity"), "replica-identity"),
        (("force", "row"), "row-security"), (("no", "force", "row"), "row-security"),
        (("merge", "partitions"), "merge-partitions"), (("split", "partition"), "merge-partitions"),
    ):  # fmt: skip
        if cursor.take(*words):
            return Act(kind, table)
    if cursor.take("inherit"):
        return Act("inherit", table, reads=(cursor.name(),))
    if cursor.take("no", "inherit"):
        return Act("no-inherit", table, reads=(cursor.name(),))
    if (option := cursor.word()) in _MYSQL_OPTIONS:
        charset = {"character": "convert", "charset": "convert", "collate": "table-charset"}
        if option == "default" or option == "character":
            option = "table-charset"
        return Act(f"mysql-{charset.get(option, option)}", table)
    if cursor.any("algorithm", "lock"):
        cursor.sign("=")
        return Act("mysql-hint", table, detail=cursor.part())
    return Act("alter-table-other", table, trouble=f"an action that is not known: {cursor.word()}")


def _add(cursor: Cursor, table: str) -> Iterator[Act]:
    name = cursor.part() if cursor.take("constraint") else ""
    not_valid = has(cursor.rest(), "not", "valid")
    if cursor.take("foreign"):
        cursor.take("key")
        references = body(cursor.tokens[1:], table).references
        kind = "add-foreign-key-not-valid" if not_valid else "add-foreign-key"
        name = name or (references[0].name if references else "")
        found = tuple(each._replace(name=name) for each in references)
        yield Act(kind, table, "make", "constraint", name, references=found)
        for each in found:
            yield Act(f"{kind}-referenced", each.table)
    elif key := cursor.any("primary", "unique"):
        cursor.any("key", "index")
        if not name and not cursor.is_sign("("):
            name = "" if cursor.word() in ("using", "nulls") else cursor.part()
        using = has(cursor.rest(), "using", "index") and not has(cursor.rest(), "using", "index",
                                                                "tablespace")  # fmt: skip
        kind = f"add-{key}-using-index" if using else f"add-{key}"
        if not name:
            names = [t.text for t in cursor.group() if t.kind in ("word", "name")]
            name = f"{table}_pkey" if key == "primary" else "_".join((table, *names, "key"))
        yield Act(kind, table, "make", "constraint", name)
    elif cursor.take("check"):
        kind = "add-check-not-valid" if not_valid else "add-check"
        test = " ".join(t.text for t in cursor.group())
        yield Act(kind, table, "make", "constraint", name, detail=test)
    elif cursor.take("exclude"):
        yield Act("add-exclude", table, "make", "constraint", name)
    elif cursor.take("not", "null"):
        kind = "add-not-null-not-valid" if not_valid else "set-not-null"
        yield Act(kind, table, "make", "constraint", name, detail=cursor.part())
    elif index := cursor.any("index", "key", "fulltext", "spatial"):
        cursor.any("index", "key")
        name = "" if cursor.is_sign("(") else cursor.part()
        kind = "add-index" if index in ("index", "key") else f"add-{index}"
        yield Act(kind, table, "make", "index", name)
    elif cursor.take("partition"):
        yield Act("mysql-add-partition", table)
    else:
        cursor.take("column")
        cursor.exists()
        if cursor.is_sign("("):  # MySQL: ADD (a int, b int)
            for part in parts(cursor.group()):
                yield from _add_column(Cursor(part), table)
        else:
            yield from _add_column(cursor, table)


def _add_column(cursor: Cursor, table: str) -> Iterator[Act]:
    made = column(cursor)
    placed = has(cursor.rest(), "first") or "after" in words_of(cursor.rest())
    named = made.constraint or f"{table}_{made.name}_fkey"
    references = (Reference(named, made.references, (made.name,)),)
    yield Act(
        "add-column", table, "make", "column", made.name, columns=(made,),
        references=references if made.references else (), detail="placed" if placed else "",
    )  # fmt: skip
    if made.references:
        scan = made.default != "none"
        kind = "add-foreign-key-referenced" if scan else "add-foreign-key-not-valid-referenced"
        yield Act(kind, made.references)


def _drop(cursor: Cursor, table: str, part: list[Token]) -> Iterator[Act]:
    cascade = words_of(part)[-1:] == ["cascade"]
    if cursor.any("constraint", "check"):
        cursor.exists()
        yield Act("drop-constraint", table, "drop", "constraint", cursor.part(), cascade=cascade)
    elif cursor.take("primary", "key"):
        yield Act("drop-primary", table, "drop", "constraint", "primary")
    elif cursor.take("foreign", "key"):
        cursor.exists()
        yield Act("drop-foreign-key", table, "drop", "constraint", cursor.part())
    elif cursor.any("index", "key"):
        cursor.exists()
        yield Act("drop-index", table, "drop", "index", cursor.part())
    elif cursor.take("partition"):
        yield Act("mysql-drop-partition", table, "drop", "partition", cursor.part())
    else:
        cursor.take("column")
        cursor.exists()
        yield Act("drop-column", table, "drop", "column", cursor.part(), cascade=cascade)


def _rename(cursor: Cursor, table: str) -> Act:
    if cursor.take("to") or cursor.take("as"):
        return Act("rename-table", table, "rename", "table", table, cursor.name())
    if cursor.take("constraint"):
        old = cursor.part()
        cursor.take("to")
        return Act("rename-constraint", table, "rename", "constraint", old, cursor.part())
    if cursor.word() in ("index", "key") and cursor.word(1) != "to":
        cursor.at += 1
        old = cursor.part()
        cursor.take("to")
        return Act("rename-index", table, "rename", "index", old, cursor.part())
    cursor.take("column")
    old = cursor.part()
    if cursor.take("to"):
        return Act("rename-column", table, "rename", "column", old, cursor.part())
    return Act("rename-table", table, "rename", "table", table, old)  # MySQL: RENAME new


def _alter(cursor: Cursor, table: str, part: list[Token]) -> Iterator[Act]:
    if cursor.take("constraint"):
        yield Act("alter-constraint", table, what="constraint", name=cursor.part())
        return
    if cursor.take("index"):
        yield Act("mysql-index-visible", table, what="index", name=cursor.part())
        return
    cursor.take("column")
    name = cursor.part()
    if cursor.take("type") or cursor.take("set", "data", "type"):
        yield Act("alter-column-type", table, what="column", name=name, detail=cursor.type(),
                  filtered=has(part, "using"))  # fmt: skip
        return
    kinds = (
        (("set", "not", "null"), "set-not-null"), (("drop", "not", "null"), "drop-not-null"),
        (("set", "default"), "set-default"), (("drop", "default"), "set-default"),
        (("set", "statistics"), "set-statistics"), (("set", "storage"), "set-storage"),
        (("set", "compression"), "set-storage"), (("add", "generated"), "identity"),
        (("drop", "identity"), "identity"), (("set", "generated"), "identity"),
        (("restart",), "identity"), (("drop", "expression"), "drop-expression"),
        (("set", "expression"), "set-expression"), (("reset",), "set-attribute"),
        (("set", "increment"), "identity"), (("set", "cache"), "identity"),
    )  # fmt: skip
    for words, kind in kinds:
        if cursor.take(*words):
            yield Act(kind, table, what="column", name=name, detail=name)
            return
    kind = "set-attribute" if cursor.take("set") else "alter-table-other"
    trouble = "" if kind == "set-attribute" else "a change of a column that is not known"
    yield Act(kind, table, what="column", name=name, trouble=trouble)


def _set(cursor: Cursor, table: str) -> Act:
    if cursor.is_sign("("):
        light = all(_is_light(part) for part in parts(cursor.group()))
        return Act("set-options" if light else "set-options-strong", table)
    kinds = {
        "schema": "set-schema", "tablespace": "set-tablespace", "logged": "set-logged",
        "unlogged": "set-logged", "access": "set-access-method",
    }  # fmt: skip
    if cursor.take("without", "cluster"):
        return Act("cluster-on", table)
    if cursor.take("without", "oids"):
        return Act("drop-column", table)
    kind = kinds.get(cursor.word(), "")
    if kind:
        cursor.at += 1
        return Act(kind, table, detail=cursor.name())
    return Act("alter-table-other", table, trouble=f"SET {cursor.word()} is not known")


def _is_light(part: list[Token]) -> bool:
    return bool(part) and part[0].text.startswith(_LIGHT_OPTIONS)

"""PostgreSQL 12 to 18: the lock of every kind of act, and where that is written.

Each row is held against a real server by the tests. Where the manual names no mode, the source file
of the server does.
"""

from __future__ import annotations

from runbook_tui.preflight.sql.locks import NONE, Duration, Row

ALTER = "PostgreSQL, ALTER TABLE"
LOCKING = "PostgreSQL, Explicit Locking"
CODE = "PostgreSQL source, AlterTableGetLockLevel"
AE, EX, SRE, SH = "ACCESS EXCLUSIVE", "EXCLUSIVE", "SHARE ROW EXCLUSIVE", "SHARE"
SUE, RE, RS, AS = "SHARE UPDATE EXCLUSIVE", "ROW EXCLUSIVE", "ROW SHARE", "ACCESS SHARE"


def _rows(mode: str, duration: Duration, source: str, *kinds: str) -> dict[str, Row]:
    return {kind: Row(mode, duration, source) for kind in kinds}


TABLE: dict[str, Row] = {
    **_rows(AE, "instant", ALTER,
            "add-column", "drop-column", "set-default", "drop-not-null", "set-storage",
            "rename-table", "rename-column", "rename-constraint", "set-schema", "owner", "of-type",
            "replica-identity", "inherit", "no-inherit", "drop-constraint",
            "drop-constraint-referenced",
            "add-check-not-valid", "add-not-null-not-valid", "add-unique-using-index",
            "add-primary-using-index", "detach-partition", "detached-partition",
            "detached-partition-later",
            "set-not-null-checked", "alter-column-type-widened", "set-options-strong", "identity",
            "drop-expression", "alter-table-other"),
    **_rows(AE, "instant", CODE, "row-security", "switch-rule", "alter-constraint",
            "drop-column-referenced"),
    **_rows(AE, "rewrite", ALTER,
            "add-column-rewrite", "alter-column-type", "set-logged", "set-tablespace",
            "set-access-method", "set-expression"),
    **_rows(AE, "scan", ALTER,
            "retyped-referenced", "add-check", "add-primary", "add-unique", "add-exclude",
            "set-not-null",
            "add-column-scan", "attached-partition", "default-partition"),
    **_rows(SRE, "scan", ALTER, "add-foreign-key", "add-foreign-key-referenced"),
    **_rows(SRE, "instant", ALTER,
            "add-foreign-key-not-valid", "add-foreign-key-not-valid-referenced", "switch-trigger"),
    **_rows(SUE, "instant", ALTER,
            "set-statistics", "set-attribute", "set-options", "cluster-on", "attach-partition",
            "inherit-parent", "detach-partition-concurrently"),
    **_rows(SUE, "scan", ALTER, "validate-constraint"),
    **_rows(RS, "scan", ALTER, "validate-constraint-referenced"),
    **_rows(SH, "scan", "PostgreSQL, CREATE INDEX", "create-index"),
    **_rows(SUE, "scan", "PostgreSQL, CREATE INDEX", "create-index-concurrently"),
    **_rows(AE, "instant", "PostgreSQL, DROP INDEX", "drop-index"),
    **_rows(SUE, "instant", "PostgreSQL, DROP INDEX", "drop-index-concurrently"),
    **_rows(SH, "scan", "PostgreSQL, REINDEX", "reindex"),
    **_rows(SUE, "scan", "PostgreSQL, REINDEX", "reindex-concurrently"),
    **_rows(NONE, "instant", "PostgreSQL, CREATE TABLE", "create-table", "replace-view"),
    **_rows(SRE, "instant", "PostgreSQL, CREATE TABLE", "create-table-referenced"),
    **_rows(SUE, "instant", "PostgreSQL, CREATE TABLE", "inherited"),
    **_rows(AE, "instant", "PostgreSQL, CREATE TABLE (PARTITION OF)", "partition-of"),
    **_rows(AE, "instant", LOCKING, "drop-table", "drop-table-referenced", "truncate"),
    **_rows(AE, "rewrite", LOCKING, "vacuum-full", "cluster"),
    **_rows(SUE, "scan", LOCKING, "vacuum", "analyze"),
    **_rows(SUE, "instant", LOCKING, "create-statistics", "comment"),
    **_rows(AE, "instant", "PostgreSQL source, RemoveObjects and get_object_address",
            "drop-trigger", "drop-rule", "drop-policy"),
    **_rows(AS, "instant", "PostgreSQL source, get_object_address_relobject", "comment-on-part"),
    **_rows(SRE, "instant", "PostgreSQL, CREATE TRIGGER", "create-trigger"),
    **_rows(AE, "instant", "PostgreSQL source, renametrig and DefineRule",
            "alter-trigger", "create-rule", "alter-rule", "create-policy", "alter-policy"),
    **_rows(AE, "rewrite", "PostgreSQL, REFRESH MATERIALIZED VIEW", "refresh"),
    **_rows(EX, "rows", "PostgreSQL, REFRESH MATERIALIZED VIEW", "refresh-concurrently"),
    **_rows(AE, "instant", LOCKING,
            "drop-view", "drop-materialized-view", "drop-sequence", "alter-view",
            "alter-materialized-view", "rename-view", "rename-materialized-view",
            "rename-sequence", "replaced-view"),
    **_rows(SRE, "instant", "PostgreSQL, ALTER SEQUENCE", "alter-sequence"),
    **_rows(SUE, "instant", "PostgreSQL, ALTER INDEX", "alter-index", "rename-index"),
    **_rows(NONE, "instant", "PostgreSQL, CREATE VIEW", "create-view", "create-materialized-view"),
    **_rows(SUE, "instant", "PostgreSQL, CREATE PUBLICATION", "publication"),
    **_rows(SH, "scan", "PostgreSQL source, validateDomainCheckConstraint", "domain-user"),
    **_rows(AS, "instant", "PostgreSQL source, process_owned_by", "sequence-owner"),
    **_rows(AS, "instant", "PostgreSQL source, ATExecDropInherit", "no-inherit-parent"),
    **_rows(RE, "instant", "PostgreSQL source, init_sequence", "sequence-value"),
    **_rows(SUE, "instant", "PostgreSQL source, RemoveStatisticsById", "drop-statistics"),
    **_rows(RE, "rows", LOCKING, "insert", "update", "delete", "merge"),
    **_rows(RS, "rows", LOCKING, "select-for-update"),
    **_rows(AS, "rows", LOCKING, "select"),
    **_rows(NONE, "instant", LOCKING,
            "create-other", "drop-other", "create-function", "alter-other", "alter-server",
            "alter-type", "alter-type-attribute", "add-enum-value", "alter-domain-scan",
            "comment-other", "grant", "pragma", "drop-schema"),
}  # fmt: skip

CANNOT_BE_IN_A_TRANSACTION = {
    "create-index-concurrently": "CREATE INDEX CONCURRENTLY",
    "drop-index-concurrently": "DROP INDEX CONCURRENTLY",
    "reindex-concurrently": "REINDEX CONCURRENTLY",
    "detach-partition-concurrently": "DETACH PARTITION CONCURRENTLY",
    "vacuum": "VACUUM", "vacuum-full": "VACUUM FULL",
}  # fmt: skip
"""Acts that fail inside of a transaction. Source: the manual's page of each command."""


def row(kind: str, version: tuple[int, ...]) -> Row | None:
    """The row of a kind for a server's version, such as (15,); None where there is none.

    Differences by version: `attach-partition` takes ACCESS EXCLUSIVE before 12 (release notes 12);
    renaming an index does before 12 (release notes 12).
    """
    if version < (12,) and kind in ("attach-partition", "rename-index"):
        return Row(AE, "instant", f"{ALTER} 11")
    return TABLE.get(kind)

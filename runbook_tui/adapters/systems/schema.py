"""The schema of a PostgreSQL database, read by psql."""

from __future__ import annotations

import json
import re
from urllib.parse import parse_qsl, unquote, urlsplit

from runbook_tui.adapters.process.tools import LocalTools
from runbook_tui.adapters.systems.asked import PLAIN, limit, said
from runbook_tui.adapters.systems.base import InOrder, Kept, NotAskedError, NotPutBackError
from runbook_tui.adapters.systems.schema_queries import QUERIES
from runbook_tui.domain.systems.schema import PostgresqlSchema
from runbook_tui.domain.systems.seen import Value
from runbook_tui.domain.text import safe_line

# Names are written with their schemas, whatever the search path of the user.
_OPTIONS = (
    "-c search_path=pg_catalog -c default_transaction_read_only=on -c lock_timeout=2s"
    " -c client_min_messages=error"
)
_VARIABLES = {
    "host": "PGHOST", "hostaddr": "PGHOSTADDR", "port": "PGPORT", "dbname": "PGDATABASE",
    "user": "PGUSER", "password": "PGPASSWORD", "passfile": "PGPASSFILE", "service": "PGSERVICE",
    "sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT", "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY", "sslcrl": "PGSSLCRL", "channel_binding": "PGCHANNELBINDING",
    "gssencmode": "PGGSSENCMODE", "krbsrvname": "PGKRBSRVNAME", "require_auth": "PGREQUIREAUTH",
    "target_session_attrs": "PGTARGETSESSIONATTRS", "connect_timeout": "PGCONNECT_TIMEOUT",
}  # fmt: skip
"""Source: PostgreSQL, libpq, "Environment Variables"."""
_PAIR = re.compile(r"\s*(\w+)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|((?:[^\s'\\]|\\.)*))")


class PostgresqlDatabase(InOrder):
    """One database."""

    def __init__(self, config: PostgresqlSchema) -> None:
        self._config = config

    def look(self, kept: Kept) -> dict[str, Value]:
        # Nothing of it stands among the arguments: a list of processes shows them to everybody.
        given = {**connection(self._config.connection)}
        if self._config.password:
            given["password"] = self._config.password
        within = limit(self._config)
        env = {_VARIABLES[key]: value for key, value in given.items()}
        env = {"PGCONNECT_TIMEOUT": str(max(2, int(within / 2))), **env}
        env |= {"PGOPTIONS": _OPTIONS, "PGCLIENTENCODING": "UTF8", "PGAPPNAME": "runbook-tui"}
        argv = ["psql", "-X", "-q", "-A", "-t", "-w", "-v", "ON_ERROR_STOP=1"]
        for command in ("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", *QUERIES, "COMMIT"):
            argv += ["-c", command]
        answer = LocalTools().run(argv, env={**PLAIN, **env}, limit=within)
        if answer.exit != 0 or answer.cut:
            raise NotAskedError(_without(given, said(answer, argv)))
        found: dict[str, Value] = {}
        for line in answer.out.splitlines():
            key, schema, value = json.loads(line)
            if not self._config.schemas or schema in self._config.schemas:
                found[safe_line(key)] = {name: each for name, each in value.items() if each}
        return found

    def line(self, key: str, value: Value) -> str:
        columns = value.get("columns") or []
        parts = [f"{len(columns)} columns"] if columns else []
        parts += [f"version {value['version']}"] if "version" in value else []
        parts += [", ".join(value["labels"])] if value.get("labels") else []
        kind = key.split(" ", 1)[0]
        if kind in ("index", "constraint"):
            # A definition names columns, and values only where somebody wrote them into the schema.
            parts += [value["is"]] + ([] if value.get("valid") else ["not valid"])
        return ", ".join(parts) or (f"owner {value['owner']}" if "owner" in value else "there")

    def put(self, key: str, wanted: Value | None, now: Value | None, kept: Kept) -> str:
        raise NotPutBackError("a schema is put back by a down migration")


def connection(text: str) -> dict[str, str]:
    """The parts of a connection string of libpq's. Raises NotAskedError."""
    if text.startswith(("postgresql://", "postgres://")):
        given = _of_url(text)
    else:
        given, at = {}, 0
        while at < len(text.rstrip()):
            pair = _PAIR.match(text, at)
            if pair is None:
                raise NotAskedError("the connection cannot be read as a URL or key=value pairs")
            value = pair[2] if pair[2] is not None else pair[3]
            given[pair[1]] = re.sub(r"\\(.)", r"\1", value)
            at = pair.end()
    if strange := sorted(set(given) - set(_VARIABLES)):
        raise NotAskedError(f"the connection has an option that is not known: {strange[0]}")
    if not {"dbname", "service"} & given.keys():
        raise NotAskedError("the connection names no database: dbname=")
    return given


def _of_url(text: str) -> dict[str, str]:
    try:
        url = urlsplit(text)
        found = {
            "host": unquote(url.hostname or ""), "port": str(url.port or ""),
            "user": unquote(url.username or ""), "password": unquote(url.password or ""),
            "dbname": unquote(url.path.lstrip("/")),
        }  # fmt: skip
    except ValueError as error:
        raise NotAskedError("the connection is no URL that can be read") from error
    found |= dict(parse_qsl(url.query))
    return {key: value for key, value in found.items() if value}


def _without(given: dict[str, str], words: str) -> str:
    password = given.get("password", "")
    return words.replace(password, "‹redacted›") if len(password) > 3 else words

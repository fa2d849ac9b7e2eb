"""A scratch PostgreSQL: a database of our own on a server that holds nothing else, driven by psql.

It works only in a database that it has made itself, under a random name, and drops it at the end.
It refuses a server that holds any other database but ``postgres``, templates and ones with
``scratch`` in their name: a server with more on it is none to try migrations on. The connection
must name its host; nothing is taken from a service file or guessed from the environment.

Statements go as ``-c`` arguments. psql hands those to the server as they are: no ``\\!``, no
variables, no back-quotes of a foreign script are ever obeyed here. The password goes by the
environment, so that no list of processes shows it.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import parse_qsl, unquote, urlsplit

from runbook_tui.domain.redact import redact
from runbook_tui.domain.text import safe_line
from runbook_tui.preflight.ports import Answer, Tools

LIMIT_MS = 30_000
"""The longest that one statement may take on the scratch server."""
LONGEST_ARGUMENT = 120_000
"""Bytes of one statement; Linux takes no argument of 131,072 or more (MAX_ARG_STRLEN)."""
PREFIX = "runbook_scratch_"
_OTHERS = (
    "SELECT datname FROM pg_database WHERE NOT datistemplate AND datname <> 'postgres'"
    " AND datname NOT LIKE '%scratch%' ORDER BY 1"
)
_PAIR = re.compile(r"\s*(\w+)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|([^\s']*))")
_PASSED_ON = ("sslmode", "sslrootcert", "sslcert", "sslkey", "hostaddr")


class ScratchError(Exception):
    """The scratch server cannot be used; the message says why, in words."""


class Scratch(Protocol):
    """Runs SQL in a database of its own."""

    def run(self, commands: Sequence[str], limit: float = 60.0) -> Answer:
        """Runs commands in one session, in their order, going on after one that fails.

        Output unaligned, rows only, fields parted by ``|``. A command that begins with a backslash
        is one to psql: only ``\\echo`` is ever given by us.
        """


@dataclass(frozen=True)
class Server:
    """Where a scratch server is. `password`: empty where none is needed."""

    options: tuple[tuple[str, str], ...]
    password: str = ""

    def conninfo(self, database: str) -> str:
        """A connection string without the password."""
        pairs = dict(self.options)
        pairs.setdefault("hostaddr", "")
        pairs["dbname"] = database
        return " ".join(f"{key}='{_escaped(value)}'" for key, value in pairs.items())


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "\\'")


def server(connection: str) -> Server:
    """Reads a connection string, as URL or as ``key=value`` pairs. Raises ScratchError."""
    if connection.startswith(("postgresql://", "postgres://")):
        given = _of_url(connection)
    else:
        given = {}
        at = 0
        while at < len(connection.rstrip()):
            pair = _PAIR.match(connection, at)
            if pair is None:
                raise ScratchError("the scratch connection cannot be read as key=value pairs")
            value = pair[2] if pair[2] is not None else pair[3]
            given[pair[1]] = re.sub(r"\\(.)", r"\1", value)
            at = pair.end()
    given.pop("dbname", None)
    password = given.pop("password", "")
    if not given.get("host") and not given.get("hostaddr"):
        raise ScratchError("the scratch connection names no host: say which server it is")
    strange = sorted(set(given) - {"host", "port", "user", "application_name", *_PASSED_ON})
    if strange:
        raise ScratchError(f"the scratch connection has options that are not known: {strange[0]}")
    given.setdefault("port", "5432")
    return Server(tuple(sorted(given.items())), password)


def _of_url(connection: str) -> dict[str, str]:
    try:
        url = urlsplit(connection)
        found = {
            "host": unquote(url.hostname or ""), "port": str(url.port or 5432),
            "user": unquote(url.username or ""), "password": unquote(url.password or ""),
        }  # fmt: skip
    except ValueError as error:
        raise ScratchError("the scratch connection is no URL") from error
    found |= dict(parse_qsl(url.query))
    return {key: value for key, value in found.items() if value}


@dataclass(frozen=True)
class PsqlScratch:
    """A database on a server, driven by psql."""

    tools: Tools
    program: str
    server: Server
    database: str

    def run(self, commands: Sequence[str], limit: float = 60.0) -> Answer:
        """See `Scratch.run`."""
        argv = [self.program, "-X", "-q", "-A", "-t", "-w", "-d"]
        argv.append(self.server.conninfo(self.database))
        for command in commands:
            if command.startswith("\\") and not command.startswith("\\echo "):
                return Answer(None, trouble="a command to psql is not obeyed")
            argv += ["-c", command]
        options = f"-c statement_timeout={LIMIT_MS} -c client_min_messages=error"
        env = {"PGOPTIONS": options, "PGCONNECT_TIMEOUT": "10", "PGCLIENTENCODING": "UTF8"}
        if self.server.password:
            env["PGPASSWORD"] = self.server.password
        return self.tools.run(argv, env=env, limit=limit)


@contextmanager
def database(tools: Tools, connection: str) -> Iterator[PsqlScratch]:
    """A new database on the scratch server, dropped at the end. Raises ScratchError."""
    program = tools.find("psql")
    if program is None:
        raise ScratchError("psql is not on this machine: nothing can be measured")
    where = server(connection)
    postgres = PsqlScratch(tools, program, where, "postgres")
    others = _asked(postgres, _OTHERS)
    if others:
        names = safe_line(", ".join(others.split("\n")), 80)
        raise ScratchError(f"the scratch server holds other databases ({names}): it is none")
    name = PREFIX + secrets.token_hex(6)
    _asked(postgres, f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'")
    try:
        yield PsqlScratch(tools, program, where, name)
    finally:
        postgres.run([f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"])


def _asked(where: PsqlScratch, command: str) -> str:
    answer = where.run([command])
    if answer.exit != 0:
        said = answer.trouble or answer.err.decode("utf-8", "replace")
        raise ScratchError(f"the scratch server: {safe_line(redact(said.strip()), 200)}")
    return answer.out.decode("utf-8", "replace").strip()


def version(where: Scratch) -> int:
    """The server's main version, such as 15. Raises ScratchError."""
    answer = where.run(["SHOW server_version_num"])
    try:
        return int(answer.out) // 10_000
    except ValueError as error:
        raise ScratchError("the scratch server does not say its version") from error

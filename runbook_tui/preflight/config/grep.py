"""The one command that finds all keys of a matrix, for whoever wants to look by hand."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Sequence

from runbook_tui.preflight.config.matrix import KeyMatrix, Row

_SPECIAL = re.compile(r"[][\\.^$*+?(){}|]")
MOST_FILES = 30
"""Files that are named one by one."""


def pattern(matrix: KeyMatrix, rows: Iterable[Row]) -> str:
    """A POSIX extended regular expression that finds every key of the rows as a whole word.

    It knows nothing of sections and values: it finds more than the check, never less.
    """
    ends = f"({_any_of(matrix.suffixes)})?" if matrix.suffixes else ""
    keys = _any_of(sorted({row.key for row in rows}))
    return f"(^|[^[:alnum:]_]){_before(matrix)}({keys}){ends}([^[:alnum:]_]|$)"


def _before(matrix: KeyMatrix) -> str:
    """What stands before a key in a variable of the environment."""
    before = matrix.env.partition("{key}")[0]
    literal = [_SPECIAL.sub(r"\\\g<0>", part) for part in before.split("{section}")]
    return f"({'[[:alnum:]_]+'.join(literal)})?" if before else ""


def command(expression: str, matrix: KeyMatrix, paths: Sequence[str], *, deep: bool) -> str:
    """The command for a shell, in one line. `deep`: the paths are folders.

    There is no `--`: a grep that keeps to POSIX takes one behind the pattern for a file.
    """
    capitals = "i" if matrix.ignore_case or matrix.env else ""
    options = f"-nE{capitals}{'r' if deep else ''}"
    safe = [f"./{path}" if path.startswith("-") else path for path in paths]
    return shlex.join(["grep", options, expression, *safe])


def env_name(matrix: KeyMatrix, row: Row) -> str:
    """How a row's key is called as an environment variable; empty where it has no such name."""
    if not matrix.env or (_by_section(matrix) and not row.section):
        return ""
    section, key = (re.sub(r"\W", "_", each) for each in (row.section, row.key))
    return matrix.env.replace("{section}", section).replace("{key}", key).upper()


def _by_section(matrix: KeyMatrix) -> bool:
    return "{section}" in matrix.env


def _any_of(words: Iterable[str]) -> str:
    return "|".join(_SPECIAL.sub(r"\\\g<0>", word) for word in words)

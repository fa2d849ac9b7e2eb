"""What `lint` and `diff` print, and the exit code that says whether a script may go on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import msgspec

from runbook_tui.cli import exits, say
from runbook_tui.cli.reading import runbook_path
from runbook_tui.formats.load import Loaded, RunbookError, load, load_files

if TYPE_CHECKING:
    from runbook_tui.formats.problem import Problem

UNREADABLE = frozenset(
    {
        "no-file",
        "unreadable",
        "not-a-file",
        "too-large",
        "encoding",
        "binary",
        "invisible-character",
        "no-c-parser",
        "syntax",
        "many-documents",
        "alias",
        "too-many-nodes",
        "too-deep",
        "tag",
        "empty",
    }
)
"""Codes of problems that leave nothing to check: bad input, not a bad runbook."""


def check(named: Sequence[str], as_json: bool) -> int:
    """Lints; prints every problem; gives the exit code."""
    found: list[Problem] = []
    unreadable = False
    for name in named:
        try:
            problems = load(runbook_path(name)).problems
        except RunbookError as error:
            problems = error.problems
            unreadable = unreadable or any(p.code in UNREADABLE for p in problems)
        found.extend(problems)
        if not as_json:
            for problem in problems:
                say.out(problem.one_line())
    errors = sum(problem.severity == "error" for problem in found)
    warnings = len(found) - errors
    if as_json:
        say.json_out([msgspec.to_builtins(problem) for problem in found])
    elif found:
        say.err(f"{_count(errors, 'error')}, {_count(warnings, 'warning')}")
    else:
        say.err("no errors, no warnings")
    if unreadable:
        return exits.BAD_USAGE
    return exits.NO if errors else exits.FINE


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def compare(a: str, b: str, *, as_json: bool, exit_code: bool) -> int:
    """Prints what changed in meaning from `a` to `b`; gives the exit code.

    Raises RunbookError, StopError (2), LogFailure.
    """
    from runbook_tui.formats.diff import diff, in_words

    before, after = _named(a).runbook, _named(b).runbook
    changes = diff(before, after)
    if as_json:
        say.json_out([msgspec.to_builtins(change) for change in changes])
    else:
        for change in changes:
            say.out(in_words(change) + ("" if change.alters else "  (words only)"))
        if not changes:
            say.err("nothing changed in meaning")
    return exits.NO if changes and exit_code else exits.FINE


def _named(name: str) -> Loaded:
    """The runbook of ``FILE`` or ``FILE@REV``; a file that is there wins over a revision."""
    file, at, revision = name.rpartition("@")
    if not at or Path(name).exists():
        return load(runbook_path(name), lint=False)
    path = runbook_path(file)
    return load_files(path.name, _AtRevision(path, revision), lint=False)


class _AtRevision:
    """The files beside a runbook, as they were at a git revision."""

    def __init__(self, main: Path, revision: str) -> None:
        self._folder = main.parent
        self._revision = revision
        self._main = main.name

    def __getitem__(self, name: str) -> bytes:
        from runbook_tui.adapters.gitlog import LogError, file_at

        try:
            return file_at(self._folder / PurePosixPath(name), self._revision)
        except LogError as error:
            if name != self._main:
                raise KeyError(name) from None
            raise exits.bad_input(
                f"{self._folder / name}@{self._revision}: {error.message}", error.hint
            ) from None

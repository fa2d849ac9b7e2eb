"""Reads the runbook that somebody named: a file, or a folder with a ``runbook.yaml`` in it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from runbook_tui.cli.exits import BAD_USAGE

if TYPE_CHECKING:
    from runbook_tui.domain.events import Mode
    from runbook_tui.formats.load import Loaded
    from runbook_tui.formats.problem import Problem

MAIN = "runbook.yaml"


def runbook_path(named: str) -> Path:
    """The file that `named` means."""
    path = Path(named)
    return path / MAIN if path.is_dir() else path


def load_named(named: str) -> tuple[Path, Loaded]:
    """The runbook, not linted yet. Raises RunbookError where no runbook can be made of it."""
    from runbook_tui.formats.load import load

    path = runbook_path(named)
    return path, load(path, lint=False)


def load_sound(named: str) -> tuple[Path, Loaded, tuple[str, ...]]:
    """The runbook, fit to be run or at least rehearsed, and what only a live run is refused for.

    Raises RunbookError, CannotOpenError (2).
    """
    path, loaded = load_named(named)
    return path, loaded, check_sound(loaded, "rehearsal")


LIVE_ONLY = frozenset({"does-not-fit"})
"""Errors that forbid a live run and no other: how long it takes is what a rehearsal finds out."""


def stops(problem: Problem, mode: Mode) -> bool:
    """Whether a run in `mode` cannot be held with what lint found."""
    return problem.severity == "error" and (mode == "live" or problem.code not in LIVE_ONLY)


def check_sound(loaded: Loaded, mode: Mode) -> tuple[str, ...]:
    """Lints a runbook for a run in `mode`; gives what only a live run is refused for.

    Raises CannotOpenError (2), with what is wrong, where something does.
    """
    from runbook_tui.formats.load import linted
    from runbook_tui.opening import CannotOpenError

    errors = linted(loaded).errors
    fatal = [problem for problem in errors if stops(problem, mode)]
    if not fatal:
        return tuple(problem.one_line() for problem in errors)
    lines = [problem.one_line() for problem in fatal]
    count = len(fatal)
    lines.append(f"{count} error{'' if count == 1 else 's'}: a runbook with errors is not run")
    hint = "nothing was started; mend it, runbook-tui lint shows all that is wrong"
    if all(problem.code in LIVE_ONLY for problem in fatal):
        hint = (
            "nothing was started; make it fit, or find out how long it really takes: "
            "runbook-tui run RUNBOOK --mode rehearsal"
        )
    raise CannotOpenError("\n".join(lines), hint, BAD_USAGE)

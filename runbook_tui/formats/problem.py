"""What is wrong with a runbook, and where: the one shape in which every reader here complains."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from runbook_tui.domain.text import safe_line

Severity = Literal["error", "warning"]

MAX_PROBLEMS = 100
"""A file that is not a runbook at all would fill screens: after so many we stop and say so."""


class Location(Struct, frozen=True):
    """A place in a file; line and column count from 1."""

    file: str
    line: int = 1
    col: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.col}"


class Problem(Struct, frozen=True, kw_only=True):
    """One thing that is wrong, in one printable line each for message and hint."""

    file: str
    line: int
    col: int
    severity: Severity = "error"
    code: str
    """A stable kebab-case name, for scripts and for the documentation."""
    message: str
    hint: str = ""
    """What to do about it; may be empty."""

    def one_line(self) -> str:
        """``file:line:col: message (hint)``, with ``warning:`` before the message of a warning."""
        kind = "warning: " if self.severity == "warning" else ""
        hint = f" ({self.hint})" if self.hint else ""
        return f"{self.file}:{self.line}:{self.col}: {kind}{self.message}{hint}"


class RunbookError(Exception):
    """The file cannot become a runbook. `problems` says why, each with its place; never empty."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = in_order(problems)
        super().__init__("\n".join(p.one_line() for p in self.problems))


class TooManyProblemsError(Exception):
    """Raised inside the readers to stop at `MAX_PROBLEMS`; never leaves this package."""


class ProblemList:
    """Collects problems, each once, up to `limit`."""

    def __init__(self, limit: int = MAX_PROBLEMS) -> None:
        self.limit = limit
        self.found: dict[Problem, None] = {}

    def add(
        self, at: Location, code: str, message: str, hint: str = "", severity: Severity = "error"
    ) -> None:
        """Notes a problem at `at`. Raises TooManyProblemsError when the list is full."""
        problem = Problem(
            file=at.file,
            line=at.line,
            col=at.col,
            severity=severity,
            code=code,
            message=safe_line(message, 400),
            hint=safe_line(hint, 400),
        )
        self.found[problem] = None
        if len(self.found) >= self.limit:
            text = f"more than {self.limit} problems; the rest is not listed"
            self.found[
                replace(problem, code="too-many", message=text, hint="mend the first ones first")
            ] = None
            raise TooManyProblemsError

    @property
    def errors(self) -> bool:
        """Whether anything found is an error."""
        return any(p.severity == "error" for p in self.found)


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """The problems in reading order: by file in order of appearance, then by place."""
    listed = list(problems)
    files = {name: i for i, name in enumerate(dict.fromkeys(p.file for p in listed))}
    return tuple(sorted(listed, key=lambda p: (files[p.file], p.line, p.col)))


def shown(text: str, limit: int = 60) -> str:
    """Foreign text as it may stand inside a message: one safe line, in backquotes, cut short."""
    return f"`{safe_line(text[: limit * 4], limit)}`"


def fail(at: Location, code: str, message: str, hint: str = "") -> RunbookError:
    """An error with one problem, ready to raise."""
    problems = ProblemList()
    problems.add(at, code, message, hint)
    return RunbookError(problems.found)

"""A command to start and how it ended, as plain data between execution and processes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from runbook_tui.domain.output import Clean, OutputStore, Stream

How = Literal["exited", "timed-out", "cancelled", "not-started"]
OnOutput = Callable[[Stream, Sequence[str]], None]
"""Called with raw lines as they come; never safe for a terminal as they are."""


@dataclass(frozen=True)
class Job:
    """A command to start. `mark` names the attempt: run, step and number."""

    argv: tuple[str, ...]
    cwd: str
    """Absolute."""
    env: Mapping[str, str]
    """To add to the environment."""
    timeout: float
    """Seconds."""
    mark: str
    clean: Clean = str
    """Takes secrets out of a line; used where a line is cut, see `OutputStore`."""


@dataclass(frozen=True)
class Ended:
    """How a command ended. `exit` is negative for a signal, None where it never started."""

    how: How
    exit: int | None
    seconds: float
    output: OutputStore
    trouble: str = ""
    """Why it did not start."""


class Running(Protocol):
    """A command under way."""

    async def run(self, job: Job, on_output: OnOutput) -> Ended:
        """Starts the command and returns when it has ended. Never raises for what it does."""

    def cancel(self) -> None:
        """Ends it; `run` then returns with ``cancelled``."""


class Processes(Protocol):
    """Where commands are started."""

    def create(self) -> Running:
        """One command's handle."""

    def marked(self, mark: str) -> tuple[int, ...]:
        """Processes of this machine that still carry the mark of an attempt."""

"""Where the checks of `lint` write down what they find."""

from __future__ import annotations

from runbook_tui.domain.runbook import Runbook, Step
from runbook_tui.formats.places import SourceMap
from runbook_tui.formats.problem import Problem, ProblemList, Severity

Path = tuple[str | int, ...]
"""A place in the model, as `SourceMap` takes it."""

MAX_FOUND = 500
"""Problems of meaning that one lint lists."""


class Report:
    """A runbook under lint: its steps with their paths, and the problems found so far."""

    def __init__(self, runbook: Runbook, source_map: SourceMap) -> None:
        self.runbook = runbook
        self._map = source_map
        self._found = ProblemList(MAX_FOUND)
        self.steps: list[tuple[Path, Step]] = [
            (("phases", p, "steps", s), step)
            for p, phase in enumerate(runbook.phases)
            for s, step in enumerate(phase.steps)
        ]

    def error(self, path: Path, code: str, message: str, hint: str = "") -> None:
        """What makes the plan wrong, at the value of `path`."""
        self._found.add(self._map.at(*path), code, message, hint)

    def at_key(
        self, path: Path, code: str, message: str, hint: str = "", severity: Severity = "error"
    ) -> None:
        """Like `error`, at the key of `path` rather than at its value."""
        self._found.add(self._map.key(*path), code, message, hint, severity)

    def warning(self, path: Path, code: str, message: str, hint: str = "") -> None:
        """What makes the plan weaker than it could be."""
        self._found.add(self._map.at(*path), code, message, hint, "warning")

    @property
    def found(self) -> tuple[Problem, ...]:
        """The problems in the order they were found."""
        return tuple(self._found.found)

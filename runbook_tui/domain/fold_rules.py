"""How the fold refuses an event."""

from __future__ import annotations

from runbook_tui.domain.text import safe_line


class FoldRefusedError(Exception):
    """An event that cannot follow the state it meets. The state is unchanged."""

    def __init__(self, reason: str) -> None:
        # An event of a foreign log may say anything, and the reason quotes it.
        super().__init__(safe_line(reason, 500))


def require(holds: bool, reason: str) -> None:
    """Raises FoldRefusedError where something does not hold."""
    if not holds:
        raise FoldRefusedError(reason)

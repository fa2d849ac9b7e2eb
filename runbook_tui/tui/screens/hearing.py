"""A screen over the run screen that shows what is said about the run itself."""

from __future__ import annotations


class Hearing:
    """Is told what the run screen is told while it lies over it."""

    def say(self, message: str, *, bad: bool = False) -> None:
        """Shows a short word."""
        raise NotImplementedError

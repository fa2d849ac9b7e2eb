"""A screen over the run screen that shows what is said about the run itself."""

from __future__ import annotations

from abc import abstractmethod


class Hearing:
    """Is told what the run screen is told while it lies over it."""

    @abstractmethod
    def say(self, message: str, *, bad: bool = False) -> None:
        """Shows a short word."""

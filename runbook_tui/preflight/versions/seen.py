"""What was seen of an installed version, and the ways of not seeing it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Seen:
    """A version's text as it was found. `said`: the line that it was found in."""

    version: str
    place: str
    said: str
    line: int = 0


class NotKnownError(Exception):
    """The installed version could not be learnt; the message says why, `key` what kind of why."""

    def __init__(self, message: str, key: str = "installed-unknown") -> None:
        super().__init__(message)
        self.key = key


class NotInstalledError(Exception):
    """It was looked, and the package is not installed."""

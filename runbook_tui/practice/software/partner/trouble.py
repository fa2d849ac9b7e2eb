"""How the listener for messages is told to answer, so that people can rehearse trouble.

A word in a file, which is read with every request: whoever writes it changes the very next answer,
and a restart keeps it.
"""

from __future__ import annotations

from pathlib import Path

OK = "ok"
HANG = "hang"
SLOW = "slow"
TEMPERS = {
    OK: "takes messages and answers",
    HANG: "takes messages and never answers: whether they arrived shows only at the partner",
    SLOW: "takes messages and answers some seconds late",
    "500": "takes nothing, answers HTTP 500",
    "429": "takes nothing, answers HTTP 429 and asks to wait half a minute",
    "refuse": "takes nothing, answers HTTP 503",
}
"""Each temper, and what the listener does in it."""
REFUSALS = {
    "500": (500, "something went wrong here"),
    "429": (429, "too many requests, try again later"),
    "refuse": (503, "not available, try again later"),
}
"""Status and words of a temper that takes nothing."""
RETRY_AFTER_S = 30
"""What a 429 asks for, in seconds."""


class Trouble:
    """The temper in a file."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def temper(self) -> str:
        """One of `TEMPERS`; `ok` where there is no file or another word in it."""
        try:
            word = self._file.read_text(encoding="utf-8").strip()
        except (OSError, ValueError):
            return OK
        return word if word in TEMPERS else OK

"""What a screen lends to acts: the clipboard, and the terminal to a person's own editor."""

from __future__ import annotations

from abc import abstractmethod

from textual.app import SuspendNotSupported
from textual.screen import Screen

from runbook_tui.opening import CannotOpenError, Opening


class Lending(Screen[None], inherit_bindings=False):
    """A screen that has these."""

    opening: Opening

    @abstractmethod
    def say(self, message: str, *, bad: bool = False, seconds: float = 0.0) -> None:
        """A short word."""

    @property
    def width(self) -> int:
        """Columns of the terminal."""
        return self.app.size.width

    def copy(self, text: str) -> None:
        """To the clipboard and to a file."""
        self.app.copy_to_clipboard(text)

    def edited(self, text: str, name: str) -> str | None:
        """A text as the person's own editor leaves it; None where that does not work."""
        if self.opening.edit is None:
            self.say("There is no editor here.", bad=True)
            return None
        try:
            with self.app.suspend():
                return self.opening.edit(text, name)
        except (CannotOpenError, SuspendNotSupported) as error:
            self.say(str(error) or "This terminal cannot be lent to an editor.", bad=True)
            return None

"""Asks before something is done. The key is another one than opened it; Cancel is the default."""

from __future__ import annotations

from collections.abc import Sequence

from textual.binding import Binding
from textual.content import Content

from runbook_tui.tui.folding import Line
from runbook_tui.tui.screens.dialog import Dialog

_SCROLLING = (
    Binding("down,j", "scroll(1)", show=False),
    Binding("up,k", "scroll(-1)", show=False),
    Binding("space", "page(1)", show=False),
    Binding("end", "scroll(100000)", show=False),
    Binding("home", "scroll(-100000)", show=False),
)


class Confirm(Dialog[bool]):
    """Shows in full what would be done, to what, and waits for ``y``.

    Enter, esc and n cancel. A ``y`` that comes too soon after opening is not for this dialog, and
    none is taken before the end of the text was in sight.
    """

    BINDINGS = [  # noqa: RUF012
        Binding("y", "agree", show=False),
        Binding("n,enter", "leave", show=False),
        *_SCROLLING,
    ]

    READ_ON = "page-down or j to read on"

    def __init__(self, title: str, body: Content | str | Sequence[Line], verb: str) -> None:
        super().__init__(title, body, _CANCEL)
        self._verb = verb
        self._too_soon = False

    def keys_line(self) -> str:
        if self.seen:
            return f"y {self._verb} · {_CANCEL}"
        return ("not before you saw its end: " if self._too_soon else "") + super().keys_line()

    def action_agree(self) -> None:
        """Does it, once it was seen to its end."""
        if not self.meant("y"):
            return
        if self.seen:
            self.dismiss(True)
        else:
            self._too_soon = True
            self.show_keys()

    def action_leave(self) -> None:
        """Does nothing."""
        if self.settled:
            self.dismiss(False)


_CANCEL = "enter, n or esc cancel"


class Notice(Dialog[bool]):
    """Something that must be read before going on."""

    BINDINGS = [  # noqa: RUF012
        Binding("enter", "leave", show=False),
        *_SCROLLING,
    ]

    READ_ON = "page-down or j to read on"

    def __init__(self, title: str, body: Content | str) -> None:
        super().__init__(title, body, "enter understood")

    def action_leave(self) -> None:
        """Goes on: first in the text, then in the run."""
        if not self.settled:
            return
        if self.seen:
            self.dismiss(True)
        else:
            self.action_page(1)

"""Whether a place in a file is in a comment, by the file's format."""

from __future__ import annotations

import re

from runbook_tui.preflight.scan.formats import Format
from runbook_tui.preflight.scan.lines import Surroundings

_BEGIN: dict[Format, tuple[str, ...]] = {
    "conf": ("#", ";", "//", "!", "--", "/*", "* ", "<!--", "dnl ", "%", '"'),
    "shell": ("#", ": "),
    "yaml": ("#",),
    "json": ("//", "/*", "*"),
    "xml": ("<!--",),
    "sql": ("--", "/*", "*", "#"),
    "code": ("#", "//", "/*", "*", "--", ";", "%", "<!--", ">>>", "..."),
    "prose": (),
    "bundle": (),
}
_BLOCK: dict[Format, tuple[str, str]] = {
    "xml": ("<!--", "-->"),
    "code": ("/*", "*/"),
    "sql": ("/*", "*/"),
}
_INLINE = re.compile(r"(?:^|\s)(?:#|//)\s")


class Comments:
    """The comments of one file."""

    def __init__(self, format_: Format, around: Surroundings) -> None:
        self._format = format_
        self._around = around

    def whole(self, number: int, text: str) -> bool:
        """Whether a whole line, from 1, is one or lies inside of one."""
        return self.begins(text) or self.around(number)

    def begins(self, text: str) -> bool:
        """Whether a line begins as one."""
        return text.lstrip().startswith(_BEGIN[self._format]) and not text.startswith("#!")

    def around(self, number: int) -> bool:
        """Whether a line, from 1, lies inside of one."""
        block = _BLOCK.get(self._format)
        return block is not None and self._around.inside(number, *block)

    def before(self, text: str, at: int) -> bool:
        """Whether a comment begins before a place in its line."""
        if self._format not in ("conf", "shell", "yaml", "code"):
            return False
        return _INLINE.search(text[:at]) is not None

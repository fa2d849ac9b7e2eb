"""What a place in a file is: a comment, the name of a document, or something that counts."""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path

from runbook_tui.preflight.scan import formats
from runbook_tui.preflight.scan.comments import Comments
from runbook_tui.preflight.scan.formats import Format
from runbook_tui.preflight.scan.lines import Surroundings
from runbook_tui.preflight.trees import Tree

_REFERENCE = re.compile(
    r"""(?i)\$schema["']?\s*:|xmlns|schemaLocation|<!DOCTYPE|^\s*Documentation\s*=|@(?:see|link|license)
    |\b(?:homepage|licen[cs]e|bugs?|bug[_-]?tracker|repository|docs?_?url|documentation|changelog|funding)
    ["']?\s*[:=>]|^\s*(?:Url|Vcs-\w+|Homepage|Bug-\w+|Format|Source)\s*:""",
    re.VERBOSE,
)
# What people click on, not what a program asks.
_LINK = re.compile(r"(?i)<a\s[^<>]{0,150}href\s*=\s*\\?[\"'][^\"'<>]{0,20}$")


class FileLines:
    """The lines of one file of a tree. `name`: the file's name in it."""

    def __init__(self, tree: Tree, path: str, name: str) -> None:
        self._tree = tree
        self._path = path
        around = Surroundings(path)
        self.format: Format = formats.of(name, around)
        self._comments = Comments(self.format, around)

    @cached_property
    def place(self) -> str:
        """What people call the file."""
        return self._tree.place(Path(self._path))

    def begins_comment(self, text: str) -> bool:
        """Whether a line is one comment."""
        return self._comments.begins(text)

    def is_in_comment(self, number: int, text: str, at: int) -> bool:
        """Whether a place in a line, from 1, is read by people only."""
        return self._comments.before(text, at) or self._comments.around(number)

    def is_reference(self, text: str, at: int) -> bool:
        """Whether an address is the name of a schema, or where a document or the source is."""
        before = text[max(0, at - 200) : at]
        return _REFERENCE.search(before) is not None or _LINK.search(before) is not None

"""A text that is drawn anew only where it has changed: over a slow line every byte counts."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static


class Still(Static):
    """Shows a text. Told the same again, it leaves the terminal alone."""

    def __init__(self, *, id: str, fixed: bool = False) -> None:  # noqa: A002 - Textual's own name
        """`fixed`: its size does not depend on the text, so nothing needs to be laid out anew."""
        super().__init__(id=id, markup=False)
        self._fixed = fixed
        self._shown: Content | None = None

    def show(self, content: Content) -> None:
        """Shows `content`."""
        if self._shown is not None and self._shown.is_same(content):
            return
        self._shown = content
        self.update(content, layout=not self._fixed)

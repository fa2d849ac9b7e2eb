"""The keys of a screen in as many lines as they need."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from textual.content import Content


def key_lines(
    keys: Iterable[tuple[str, str]], width: int, off: Collection[str] = frozenset()
) -> Content:
    """Keys with their words; none is parted from its word. `off`: keys that do nothing now."""
    lines: list[list[str | tuple[str, str]]] = [[]]
    used = 0
    for key, label in keys:
        size = len(key) + len(label) + 3
        if used and used + size - 2 > width:
            lines.append([])
            used = 0
        quiet = key in off
        word = (f" {label}  ", "$quiet strike" if quiet else "")
        lines[-1] += [(key, "$quiet" if quiet else "bold $accent"), word]
        used += size
    return Content("\n").join(Content.assemble(*line) for line in lines)

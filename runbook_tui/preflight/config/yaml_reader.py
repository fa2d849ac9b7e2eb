"""YAML with the line of every key: several documents in a file, each read by itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from runbook_tui.preflight.config.settings import Read, Setting, Trouble
from runbook_tui.preflight.ports import BadDocumentError

Scalars = Callable[[str], Iterator[tuple[tuple[str, ...], str, int]]]
LARGEST = 1024**2
"""Letters of a document that are parsed: about ten seconds of work."""
_WHERE = re.compile(r"[^\n]*?:(\d+):\d+: ?([^\n]*)")


def read_yaml(text: str, scalars: Scalars) -> Iterator[Read]:
    """Every scalar with its keys and list positions. `scalars`: that of the port Documents."""
    for first, part in _documents(text):
        if len(part) > LARGEST:
            yield Trouble(first, f"a YAML document of more than {LARGEST // 1024} KiB")
            continue
        try:
            for path, value, line in scalars(part):
                if path:
                    yield Setting(path, value, first + line - 1, nested=True)
        except BadDocumentError as error:
            found = _WHERE.match(str(error))
            line = int(found[1]) if found else 1
            why = found[2] if found else str(error).split("\n")[0]
            yield Trouble(first + line - 1, f"no YAML that is read here: {why}")
        except RecursionError:
            yield Trouble(first, "no YAML that can be read: nested too deep")


def _documents(text: str) -> Iterator[tuple[int, str]]:
    """The documents and the line each begins in. A `---` at the margin ends whatever is open."""
    lines = text.split("\n")
    first = 0
    for number, line in enumerate(lines):
        if re.match(r"---(?:\s|$)", line) and number > first:
            yield first + 1, "\n".join(lines[first:number])
            first = number
    part = "\n".join(lines[first:])
    if part.strip(" \t\r\n-"):
        yield first + 1, part

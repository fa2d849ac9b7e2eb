"""Old hosts wherever they are written, also where nothing else says that it is a host."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from runbook_tui.preflight.hosts.endpoints import Computed, Endpoint
from runbook_tui.preflight.scan.batches import Patterns

_EDGE = r"[A-Za-z0-9_-]"


class OldNames:
    """Looks for certain hosts by their names."""

    def __init__(self, hosts: Sequence[str]) -> None:
        words = "|".join(re.escape(host) for host in hosts)
        self.patterns: Patterns = (f"(?i){words}",) if words else ()
        """What ripgrep looks for."""
        self._host = (
            re.compile(rf"(?i)(?<!{_EDGE})(?<!\.)(?:{words})(?!{_EDGE})") if words else None
        )

    def more(
        self, text: str, found: Sequence[Endpoint | Computed]
    ) -> Iterator[Endpoint | Computed]:
        """What stands in a line besides what was found in it."""
        if self._host is None:
            return
        taken = [(each.begin, each.end) for each in found if isinstance(each, Endpoint)]
        for match in self._host.finditer(text):
            begin, end = match.span()
            if not any(begin < other_end and other < end for other, other_end in taken):
                yield Endpoint(match.group(), None, "address", begin, end)

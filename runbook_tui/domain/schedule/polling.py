"""How long to wait between two questions about a condition."""

from __future__ import annotations

from collections.abc import Iterator

from runbook_tui.domain.runbook import Poll
from runbook_tui.domain.units import seconds


def intervals(poll: Poll) -> Iterator[float]:
    """Seconds to wait after the first question, after the second and so on, for ever.

    Each is the one before times `backoff`, and none is above `longest` (else `limit`). Raises
    ValueError where a text is no duration.
    """
    most = seconds(poll.longest if poll.longest is not None else poll.limit)
    interval = seconds(poll.interval)
    while True:
        # An interval above the most is what the runbook asked for, if it begins with it.
        yield interval
        interval = max(interval, min(interval * poll.backoff, most))


def asked(poll: Poll) -> str:
    """How often a condition is asked for, in words."""
    every = f"asked every {poll.interval}"
    if poll.backoff > 1:
        longest = f" up to {poll.longest}" if poll.longest else ""
        every = f"asked after {poll.interval}, then each time {poll.backoff:g} × as long{longest}"
    return f"{every}, for {poll.limit} at most"

"""Time spans of systemd: ``1h 30min``, ``50``, ``2d``.

Source: systemd.time(7), "Parsing time spans".
"""

from __future__ import annotations

import re
from datetime import timedelta

_UNITS = {
    ("usec", "us", "μs", "µs"): 1e-6,
    ("msec", "ms"): 1e-3,
    ("seconds", "second", "sec", "s", ""): 1.0,
    ("minutes", "minute", "min", "m"): 60.0,
    ("hours", "hour", "hr", "h"): 3600.0,
    ("days", "day", "d"): 86400.0,
    ("weeks", "week", "w"): 7 * 86400.0,
    ("months", "month", "M"): 2_629_800.0,
    ("years", "year", "y"): 31_557_600.0,
}
_SECONDS = {name: seconds for names, seconds in _UNITS.items() for name in names}
_PART = re.compile(r"\s*(\d{1,12}(?:\.\d{1,9})?)\s*([A-Za-zμµ]{0,7})\s*")
LONGEST = 200
FOREVER = timedelta(days=365_000)


def span(text: str) -> timedelta | None:
    """A span; None where it is none."""
    text = text.strip()
    if text == "infinity":
        return FOREVER
    if not text or len(text) > LONGEST:
        return None
    seconds, position = 0.0, 0
    while position < len(text):
        match = _PART.match(text, position)
        if match is None or match[2] not in _SECONDS:
            return None
        seconds += float(match[1]) * _SECONDS[match[2]]
        position = match.end()
    return min(timedelta(seconds=min(seconds, FOREVER.total_seconds())), FOREVER)

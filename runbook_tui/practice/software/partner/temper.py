"""When the partner fails, and for how long.

It fails a small share of first requests, and then needs a moment for that order: asked again
within `RECOVERY` it often fails once more, asked later it seldom does. So a client that retries
sooner is quicker on average and slower at the tail, and sends more retries: 4.2 waits 60 ms,
5.0 only 25 ms.
"""

from __future__ import annotations

import random
import threading
import time
from collections import OrderedDict

FIRST = 0.045
SOON = 0.40
LATER = 0.03
RECOVERY = 0.045
REMEMBERED = 10_000


class Temper:
    """Decides whether a request for an order fails; seeded, so that a lab is like another."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311
        self._lock = threading.Lock()
        self._failed: OrderedDict[int, float] = OrderedDict()

    def fails(self, order: int) -> bool:
        """Whether this request fails."""
        now = time.monotonic()
        with self._lock:
            before = self._failed.pop(order, None)
            again = SOON if before is not None and now - before < RECOVERY else LATER
            fails = self._random.random() < (FIRST if before is None else again)
            if fails:
                self._failed[order] = now
                while len(self._failed) > REMEMBERED:
                    self._failed.popitem(last=False)
            return fails

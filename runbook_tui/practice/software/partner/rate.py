"""How many requests a token may make.

Statuspage lets each token make 60 requests in any 60 seconds and answers more with 420 or 429
(https://developer.statuspage.io, "Rate Limiting"), with a `Retry-After` in seconds
(https://community.atlassian.com/t5/Statuspage-articles/Upcoming-rate-limiting-changes-to-Statuspage-REST-API/ba-p/1455362;
a comment there says that 420 stayed, for the sake of older clients).
"""

from __future__ import annotations

import math
import threading
import time
from collections import deque

EXCEEDED = 420
WINDOW_S = 60.0


class RateLimit:
    """Counts the requests of the last minute."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._taken: deque[float] = deque()

    def wait(self) -> int:
        """Takes one request: 0, or the whole seconds after which the next is taken."""
        now = time.monotonic()
        with self._lock:
            while self._taken and self._taken[0] <= now - WINDOW_S:
                self._taken.popleft()
            if len(self._taken) < self._most:
                self._taken.append(now)
                return 0
            return max(1, math.ceil(self._taken[0] + WINDOW_S - now)) if self._taken else 60

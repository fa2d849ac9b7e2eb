"""What the service tells about itself, in the Prometheus text format."""

from __future__ import annotations

import threading
import time
from bisect import bisect_left
from collections import Counter

from .release import VERSION

BOUNDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5)
"""Seconds. 0.1 is the objective; a bound must lie on it or its percentile is a guess."""


class Metrics:
    """Counters and histograms, safe to use from every request's thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._started = time.time()
        self._requests: Counter[tuple[str, int]] = Counter()
        self._buckets: dict[str, list[int]] = {}
        self._seconds: dict[str, float] = {}
        self._partner: Counter[str] = Counter()
        self._retries = 0

    def request(self, endpoint: str, code: int, seconds: float) -> None:
        """One request answered."""
        with self._lock:
            self._requests[endpoint, code] += 1
            buckets = self._buckets.setdefault(endpoint, [0] * (len(BOUNDS) + 1))
            buckets[bisect_left(BOUNDS, seconds)] += 1
            self._seconds[endpoint] = self._seconds.get(endpoint, 0.0) + seconds

    def partner(self, outcome: str, retries: int) -> None:
        """One confirmation asked for at the partner, with its retries."""
        with self._lock:
            self._partner[outcome] += 1
            self._retries += retries

    def render(self) -> str:
        """All of it as text."""
        with self._lock:
            lines = [
                "# HELP orders_build_info The release that runs.",
                "# TYPE orders_build_info gauge",
                f'orders_build_info{{version="{VERSION}"}} 1',
                "# HELP process_start_time_seconds When it started, since 1970.",
                "# TYPE process_start_time_seconds gauge",
                f"process_start_time_seconds {self._started:.3f}",
                "# HELP orders_http_requests_total Requests answered.",
                "# TYPE orders_http_requests_total counter",
                *(
                    f'orders_http_requests_total{{endpoint="{endpoint}",code="{code}"}} {count}'
                    for (endpoint, code), count in sorted(self._requests.items())
                ),
                "# HELP orders_http_request_duration_seconds Time to answer a request.",
                "# TYPE orders_http_request_duration_seconds histogram",
            ]
            for endpoint, buckets in sorted(self._buckets.items()):
                lines += self._histogram(endpoint, buckets)
            lines += [
                "# HELP orders_partner_requests_total Confirmations asked for, by their outcome.",
                "# TYPE orders_partner_requests_total counter",
                *(
                    f'orders_partner_requests_total{{outcome="{outcome}"}} {count}'
                    for outcome, count in sorted(self._partner.items())
                ),
                "# HELP orders_partner_retries_total Times the partner had to be asked again.",
                "# TYPE orders_partner_retries_total counter",
                f"orders_partner_retries_total {self._retries}",
            ]
        return "\n".join(lines) + "\n"

    def _histogram(self, endpoint: str, buckets: list[int]) -> list[str]:
        name = "orders_http_request_duration_seconds"
        label = f'endpoint="{endpoint}"'
        lines: list[str] = []
        total = 0
        for bound, count in zip((*(str(b) for b in BOUNDS), "+Inf"), buckets, strict=True):
            total += count
            lines.append(f'{name}_bucket{{{label},le="{bound}"}} {total}')
        lines.append(f"{name}_sum{{{label}}} {self._seconds[endpoint]:.6f}")
        lines.append(f"{name}_count{{{label}}} {total}")
        return lines

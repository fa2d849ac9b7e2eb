"""Tries whether endpoints can be connected to, a few at a time, each with its own time limit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from typing import NamedTuple

from runbook_tui.preflight.ports import Network

AT_ONCE = 8
LOOK = 0.25
"""Seconds after which there is a chance to be ended."""


class Answer(NamedTuple):
    """Whether one endpoint could be connected to, in words."""

    host: str
    port: int
    words: str


def probe(
    network: Network, endpoints: Sequence[tuple[str, int]], limit: float
) -> Iterator[Answer | None]:
    """An answer for each endpoint as it comes; None now and then. Ended early, it waits for those
    under way, `limit` seconds at most, and begins no other.
    """
    pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="probe")
    try:
        asked = {
            pool.submit(network.connect, host, port, limit=limit): (host, port)
            for host, port in endpoints
        }
        waiting = set(asked)
        while waiting:
            done, waiting = wait(waiting, timeout=LOOK, return_when=FIRST_COMPLETED)
            for each in done:
                trouble = each.result()
                words = (
                    f"cannot be reached from here: {trouble}"
                    if trouble
                    else "can be reached from here"
                )
                yield Answer(*asked[each], words)
            yield None
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
